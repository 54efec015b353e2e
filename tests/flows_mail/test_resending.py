"""Mails that were not sent are asked for once more by a person; nobody gets one twice."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import pytest

from b2b.domain.errors import TryLater
from b2b.domain.guest import Redemption
from b2b.domain.mail import Facts, LetterId, Line, MailKind, Section, Stage
from b2b.domain.request import Address, Delivery
from b2b.flows import mail_reasons
from b2b.flows.resending import TOO_OLD_AFTER
from tests.fakes.footing import Died
from tests.fakes.house import DAY, LEASE, FakeHouse, a_request
from tests.fakes.queues import MAILS
from tests.flows_mail.scene import (
    BUSY,
    LENA,
    LOST,
    NO,
    again,
    mailed,
    mailing_house,
    the_letter,
    until_posted,
)


async def dropped(method: str = "draft", **how: object) -> FakeHouse:
    """Exchange has refused the mail a moment ago."""
    house = mailing_house(**how)
    house.mailbox.says_next(method, NO)
    await house.ask(a_request(display_name="Lena", message="Welcome, Lena"))
    await house.deliver()
    assert the_letter(house).stage is Stage.DROPPED
    return house


@pytest.mark.parametrize("method", ["draft", "send"])
async def test_a_dropped_mail_goes_out_whole_when_it_is_asked_for_again(method: str) -> None:
    """Within the hour in which the bus takes a message of the same id for a duplicate."""
    house = await dropped(method)
    (asked,) = await house.resending.resend([Address(LENA.upper())])
    await house.deliver()

    assert asked.refusal is None
    (sent,) = house.mailbox.sent
    assert (sent.to, sent.name) == (LENA, "Lena")
    assert "Welcome, Lena" in sent.written.text
    assert the_letter(house).stage is Stage.SENT
    assert "Welcome" not in str(the_letter(house))


async def test_asked_for_again_and_again_it_goes_out_once() -> None:
    house = await dropped()
    for _ in range(3):
        await house.resending.resend([])
        house.clock.advance(timedelta(seconds=2))
    assert len(house.queues.held(MAILS)) == 1
    await house.deliver(times=2)

    assert mailed(house) == [LENA]
    assert await house.resending.resend([]) == []


@pytest.mark.parametrize("method", ["draft", "send"])
async def test_death_at_any_step_of_asking_again_mails_once(method: str) -> None:
    for step in count(1):
        house = await dropped(method)
        house.footing.steps, house.footing.dies_at = 0, step
        try:
            await house.resending.resend([])
        except Died:
            await house.resending.resend([])
        await house.deliver()

        assert mailed(house) == [LENA], step
        assert the_letter(house).stage is Stage.SENT, step
        if house.footing.held:
            assert step > 10
            return


async def test_a_mail_that_was_given_up_has_another_day() -> None:
    house = mailing_house()
    for _ in range(400):
        house.mailbox.says_next("send", BUSY)
    await house.ask(a_request())
    await house.deliver()
    assert the_letter(house).reason == mail_reasons.given_up(BUSY.reason)
    house.mailbox.coming.clear()
    house.clock.advance(3 * DAY)
    house.mailbox.says_next("send", BUSY)
    await house.resending.resend([])
    await house.deliver()

    assert mailed(house) == [LENA]
    assert len(house.mailbox.drafts) == 1


async def test_a_draft_that_may_have_been_sent_when_it_was_given_up_is_looked_at_first() -> None:
    """The mailbox cannot be asked any more: whether the draft went out is not known."""
    house = mailing_house()
    house.mailbox.says_next("send", LOST, done=True)
    await house.ask(a_request())
    await until_posted(house)
    with pytest.raises(TryLater):
        await house.mailing.send(the_letter(house).id)
    house.mailbox.says_next("is_sent", LOST)
    house.clock.advance(DAY)
    await house.mailing.send(the_letter(house).id)
    assert the_letter(house).stage is Stage.DROPPED
    await house.resending.resend([])
    await house.deliver()

    assert mailed(house) == [LENA]
    assert the_letter(house).stage is Stage.SENT


async def test_a_draft_whose_answer_was_lost_is_taken_up_again() -> None:
    house = mailing_house()
    house.mailbox.says_next("draft", LOST, done=True)
    await house.ask(a_request())
    await until_posted(house)
    with pytest.raises(TryLater):
        await house.mailing.send(the_letter(house).id)
    house.clock.advance(DAY)
    await house.mailing.send(the_letter(house).id)
    assert the_letter(house).reason == mail_reasons.given_up(None)
    await house.resending.resend([])
    await house.deliver()

    assert mailed(house) == [LENA]
    assert len(house.mailbox.drafts) == 1


async def test_a_letter_whose_message_is_lost_is_on_its_way_again_after_a_day() -> None:
    house = mailing_house()
    await house.ask(a_request())
    await until_posted(house)
    house.queues.letters.clear()
    (early,) = await house.resending.resend([])
    assert early.letter.again is None
    house.clock.advance(DAY)
    await house.resending.resend([])
    await house.deliver()

    assert mailed(house) == [LENA]


async def test_what_is_no_longer_so_stays_unsent_and_forgotten() -> None:
    house = await dropped()
    house.directory.account(LENA).redemption = Redemption.ACCEPTED
    (first,) = await house.resending.resend([])
    await house.deliver()
    (second,) = await house.resending.resend([])

    assert (first.refusal, second.refusal) == (None, the_letter(house).reason)
    assert mailed(house) == []
    assert "Welcome" not in str(the_letter(house))


async def test_only_the_readers_who_were_named_are_mailed() -> None:
    house = await dropped()

    assert await house.resending.resend([Address("bo@fabrikam.com")]) == []
    await house.deliver()
    assert mailed(house) == []


@pytest.mark.parametrize("kind", [MailKind.DIGEST, MailKind.REMOVED])
@pytest.mark.parametrize(("days", "refused"), [(6, False), (7, True)])
async def test_news_of_last_week_is_not_sent_again(
    kind: MailKind, days: int, refused: bool
) -> None:
    house = await dropped()
    section = Section("ending", 1, (Line("ada@fabrikam.com", date(2026, 12, 1)),))
    old = replace(
        the_letter(house),
        id=LetterId("0" * 32),
        kind=kind,
        at=house.clock() - timedelta(days=days),
        facts=Facts(address=Address(LENA), sections=(section,)),
    )
    house.outbox.kept = {old.id: old}
    assert timedelta(days=7) == TOO_OLD_AFTER
    (asked,) = await house.resending.resend([])

    assert (asked.refusal is not None) is refused
    assert the_letter(house).facts.sections == (section,)


async def test_microsofts_mail_that_may_have_gone_out_is_never_asked_for_twice() -> None:
    """Its writer died, and whoever came next came a day too late."""
    house = mailing_house()
    await house.ask(a_request())
    await until_posted(house)
    letter = replace(
        the_letter(house), carrier=Delivery.GRAPH, stage=Stage.WRITING, claimed=house.clock()
    )
    house.outbox.kept[letter.id] = letter
    house.clock.advance(DAY + LEASE)
    house.queues.put(again(house, letter.id))
    await house.deliver()

    assert the_letter(house).reason == mail_reasons.SENT_UNSEEN
    assert await house.resending.resend([]) == []
    assert house.directory.mails == []
