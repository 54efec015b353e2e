"""A mail of ours goes out once: through deaths at any step, double deliveries and lost answers."""

import asyncio
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from b2b import wire
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import Redemption
from b2b.domain.mail import Letter, LetterId, Stage
from b2b.domain.outcome import AlreadyGuest, Assigned, NotDone
from b2b.domain.policy import UserType
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId, Delivery
from tests.fakes.house import FakeHouse, a_request
from tests.fakes.queues import MAILS
from tests.fakes.queues import Letter as Message
from tests.flows.examples import LAG, a_house, a_policy

LENA = "lena@fabrikam.com"
MAILBOX = "guests@contoso.com"
LOST = TryLater(Reason("directory_unreachable", "No answer."), timedelta(seconds=10), unclear=True)
BUSY = TryLater(Reason("throttled", "Asks for a pause."), timedelta(seconds=30))
NO = Refused(Reason("mail_refused", "Exchange answered 400."))


def mailing_house(**how: Any) -> FakeHouse:
    policy = a_policy(delivery=Delivery.MAIL, **how.pop("partner", {}))
    return a_house(policy=policy, mailbox=how.pop("mailbox", MAILBOX), **how)


def mailed(house: FakeHouse) -> list[str]:
    return [one.to for one in house.mailbox.sent]


def the_letter(house: FakeHouse) -> Letter:
    (letter,) = house.outbox.kept.values()
    return letter


async def until_posted(house: FakeHouse) -> None:
    """The guest is invited, and the letter waits to be sent."""
    while not house.queues.held(MAILS):
        house.clock.reach(house.queues.next_at() or house.clock())
        await house._give(house.queues.take())


async def test_a_guest_is_invited_without_microsofts_mail_and_gets_ours_with_the_link() -> None:
    house = mailing_house()
    await house.ask(a_request(groups=["Aurora"], display_name="Lena", message="Hi <b>you</b>"))
    await house.deliver()

    guest = house.directory.account(LENA).id
    (sent,) = house.mailbox.sent
    assert house.row().outcome == Assigned(guest, 1)
    assert house.directory.mails == []
    assert sent.to == LENA
    assert sent.name == "Lena"
    assert sent.sender_name == "contoso.com"
    assert f"https://redeem.example/{guest}" in sent.written.text
    assert "Hi <b>you</b>" in sent.written.text
    assert the_letter(house).stage is Stage.SENT


async def test_the_outbox_never_holds_the_link_and_forgets_what_the_mail_told() -> None:
    house = mailing_house()
    await house.ask(a_request(display_name="Lena", message="Welcome"))
    await until_posted(house)
    waiting = str(the_letter(house))
    await house.deliver()

    assert "redeem.example" not in waiting
    assert "Welcome" in waiting
    assert "redeem.example" not in str(the_letter(house))
    assert "Welcome" not in str(the_letter(house))
    assert "Lena" not in str(the_letter(house))


@pytest.mark.parametrize("lag", [timedelta(0), LAG])
async def test_death_at_any_step_mails_once(lag: timedelta) -> None:
    """Every step of onboarding and mailing: before it, and after it was done."""
    for step in count(1):
        house = mailing_house(lag=lag, dies_at=step)
        await house.ask(a_request(groups=["Aurora"]))
        await house.deliver()

        guest = house.directory.account(LENA).id
        assert mailed(house) == [LENA], step
        assert house.row().outcome == Assigned(guest, 1), step
        assert the_letter(house).stage is Stage.SENT, step
        assert house.messages() == [], step
        if house.footing.held:
            assert step > 30
            return


async def test_two_deaths_at_any_steps_mail_once() -> None:
    deaths = 0
    for first in range(15, 60, 3):
        for second in range(1, 30, 4):
            house, dead = mailing_house(dies_at=first), False
            await house.ask(a_request())
            while (moment := house.queues.next_at()) is not None:
                house.clock.reach(moment)
                await house._give(house.queues.take())
                if not dead and house.footing.steps >= first:
                    dead, house.footing.steps, house.footing.dies_at = True, 0, second

            assert mailed(house) == [LENA], (first, second)
            deaths += dead
    assert deaths > 50


@pytest.mark.parametrize("times", [2, 3])
async def test_every_message_delivered_several_times_mails_once(times: int) -> None:
    house = mailing_house()
    await house.ask(a_request(groups=["Aurora"]))
    await house.deliver(times=times)

    assert mailed(house) == [LENA]


async def test_a_letter_delivered_again_much_later_is_not_sent_again() -> None:
    house = mailing_house()
    await house.ask(a_request())
    await house.deliver()
    house.clock.advance(timedelta(days=9))
    house.queues.put(_again(house, the_letter(house).id))
    await house.deliver()

    assert mailed(house) == [LENA]


async def test_one_letter_sent_by_many_at_once_is_sent_once() -> None:
    house = mailing_house()
    await house.ask(a_request())
    await until_posted(house)
    letter = the_letter(house).id
    ended = await asyncio.gather(
        *(house.mailing.send(letter) for _ in range(8)), return_exceptions=True
    )
    await house.deliver()

    assert mailed(house) == [LENA]
    assert len(house.mailbox.drafts) == 1
    assert all(one is None or isinstance(one, TryLater) for one in ended)


@pytest.mark.parametrize("method", ["turn", "draft", "send"])
@pytest.mark.parametrize(("error", "done"), [(BUSY, False), (LOST, False), (LOST, True)])
async def test_a_lost_answer_or_a_pause_neither_doubles_nor_loses_a_mail(
    method: str, error: TryLater, done: bool
) -> None:
    house = mailing_house()
    for _ in range(3):
        house.mailbox.says_next(method, error, done=done and method != "turn")
    await house.ask(a_request())
    await house.deliver()

    assert mailed(house) == [LENA]
    assert house.mailbox.coming[method] == [] or done
    assert len(house.mailbox.coming[method]) < 3
    assert sum(not one.sent for one in house.mailbox.drafts.values()) == 0


async def test_a_mail_that_exchange_refuses_is_dropped_with_the_reason() -> None:
    house = mailing_house()
    house.mailbox.says_next("draft", NO)
    await house.ask(a_request())
    await house.deliver()

    letter = the_letter(house)
    assert mailed(house) == []
    assert letter.stage is Stage.DROPPED
    assert letter.reason == NO.reason


async def test_a_mailbox_that_cannot_be_used_for_a_day_ends_the_wait() -> None:
    house = mailing_house()
    for _ in range(400):
        house.mailbox.says_next("draft", BUSY)
    await house.ask(a_request())
    await house.deliver()

    letter = the_letter(house)
    assert letter.stage is Stage.DROPPED
    assert letter.reason is not None
    assert letter.reason.code == "given_up"
    assert house.messages() == []


async def test_mails_wait_while_the_policy_has_a_fault() -> None:
    house = mailing_house()
    await house.ask(a_request())
    sound = house.policy.now
    await until_posted(house)
    house.policy.now = Reason("policy_faulty", "The policy has faults.")
    with pytest.raises(TryLater):
        await house.mailing.send(the_letter(house).id)
    house.policy.now = sound
    await house.deliver()

    assert mailed(house) == [LENA]


async def test_who_redeemed_meanwhile_is_not_mailed() -> None:
    house = mailing_house()
    await house.ask(a_request())
    await until_posted(house)
    house.directory.account(LENA).redemption = Redemption.ACCEPTED
    await house.deliver()

    assert mailed(house) == []
    assert the_letter(house).reason is not None


async def test_invited_members_cannot_get_a_fresh_link_so_the_request_is_refused() -> None:
    house = mailing_house(partner={"user_type": UserType.MEMBER})
    await house.ask(a_request())
    await house.deliver()

    outcome = house.row().outcome
    assert isinstance(outcome, NotDone)
    assert outcome.reason.code == "no_mail_for_members"


@pytest.mark.parametrize("redemption", list(Redemption))
async def test_who_was_a_guest_before_is_not_mailed(redemption: Redemption) -> None:
    house = mailing_house()
    guest = house.directory.holds(LENA, redemption=redemption)
    await house.ask(a_request())
    await house.deliver()

    assert house.row().outcome == AlreadyGuest(guest, 0)
    assert house.outbox.kept == {}


async def test_two_requests_for_one_guest_are_one_mail() -> None:
    house = mailing_house()
    await house.ask(a_request(), a_request(batch=BatchId("another")))
    await house.deliver()

    assert mailed(house) == [LENA]


async def test_without_a_mailbox_the_request_is_refused_and_says_so() -> None:
    house = mailing_house(mailbox="")
    await house.ask(a_request())
    await house.deliver()

    outcome = house.row().outcome
    assert isinstance(outcome, NotDone)
    assert outcome.reason.code == "no_mailbox"
    assert "MAIL_FROM" in outcome.reason.sentence
    assert house.directory.guests() == []


@pytest.mark.parametrize("allowed", [False, True])
async def test_links_in_a_message_stand_only_where_the_policy_allows_them(allowed: bool) -> None:
    house = mailing_house(partner={"allow_links_in_message": allowed})
    await house.ask(a_request(message="Look: https://wiki.example/x"))
    await house.deliver()

    (sent,) = house.mailbox.sent
    assert ("wiki.example" in sent.written.text) is allowed


async def test_an_unknown_letter_is_set_aside() -> None:
    house = mailing_house()
    house.queues.put(_again(house, LetterId("f" * 32)))
    await house.deliver()

    assert [one.code for one in house.set_aside] == ["unknown_letter"]


def _again(house: FakeHouse, letter: LetterId) -> Message:
    """Under an id that the bus does not know."""
    name = f"again-{house.clock()}-{len(house.queues.letters)}"
    return Message(MAILS, name, wire.write_mail(letter), house.clock())
