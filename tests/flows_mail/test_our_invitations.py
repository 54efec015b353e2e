"""Who gets an invitation of ours, what becomes of it when nobody can send it, and who does not."""

import pytest

from b2b.domain.errors import TryLater
from b2b.domain.guest import Redemption
from b2b.domain.mail import LetterId, Stage
from b2b.domain.outcome import AlreadyGuest, NotDone
from b2b.domain.policy import UserType
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId
from b2b.flows import mail_reasons
from tests.fakes.house import a_request
from tests.flows_mail.scene import (
    BUSY,
    LENA,
    NO,
    again,
    mailed,
    mailing_house,
    the_letter,
    until_posted,
)


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
    assert letter.reason == mail_reasons.given_up(BUSY.reason)
    assert BUSY.reason.sentence in letter.reason.sentence
    assert house.messages() == []


@pytest.mark.parametrize("method", ["turn", "draft", "send"])
async def test_people_can_see_what_a_mail_waits_for(method: str) -> None:
    house = mailing_house()
    house.mailbox.says_next(method, BUSY)
    await house.ask(a_request())
    await until_posted(house)
    with pytest.raises(TryLater):
        await house.mailing.send(the_letter(house).id)
    waits_for = the_letter(house).reason
    await house.deliver()

    assert waits_for == BUSY.reason
    assert mailed(house) == [LENA]
    assert the_letter(house).reason is None


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
    house.queues.put(again(house, LetterId("f" * 32)))
    await house.deliver()

    assert [one.code for one in house.set_aside] == ["unknown_letter"]
