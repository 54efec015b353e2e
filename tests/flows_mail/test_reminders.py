"""Letters that a sweep posted: sent while they are true, and Microsoft's mail at most once."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest

from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestRecord, Redemption, Standing
from b2b.domain.mail import Facts, Letter, MailKind, Stage, letter_id
from b2b.domain.policy import Lifecycle, Mode, Policy
from b2b.domain.reason import Reason
from b2b.domain.request import Address, Delivery, RequestId
from b2b.flows import mail_reasons
from tests.fakes.house import FakeHouse
from tests.fakes.queues import MAILS
from tests.flows.examples import a_house, a_policy

LENA = Address("lena@fabrikam.com")
MAILBOX = "guests@contoso.com"
ENDS = date(2026, 12, 1)
ENFORCE = replace(a_policy(), lifecycle=Lifecycle(mode=Mode.ENFORCE))
LOST = TryLater(Reason("directory_unreachable", "No answer."), timedelta(seconds=10), unclear=True)
BUSY = TryLater(Reason("throttled", "Asks for a pause."), timedelta(seconds=30))


def reminding_house(**how: Any) -> FakeHouse:
    return a_house(policy=how.pop("policy", ENFORCE), mailbox=MAILBOX, **how)


async def posted(
    house: FakeHouse, kind: MailKind, *, carrier: Delivery = Delivery.MAIL, **account: Any
) -> Letter:
    """A letter about a guest of this state, who is promised a stay until ENDS."""
    guest = house.directory.holds(LENA, **account)
    record = GuestRecord(
        address=LENA,
        standing=Standing.INVITED,
        request=RequestId("r"),
        since=house.clock(),
        guest=guest,
        expires_on=ENDS,
    )
    house.ledger.guests[LENA] = replace(record, version="0")
    letter = Letter(
        id=letter_id(kind, LENA, "occasion"),
        kind=kind,
        to=LENA,
        language="de",
        at=house.clock(),
        guest=guest,
        carrier=carrier,
        facts=Facts(address=LENA, until=ENDS, redirect_url="https://apps.example"),
    )
    dies, house.footing.dies_at = house.footing.dies_at, None
    await house.posting.post(letter)
    house.footing.dies_at, house.footing.steps = dies, 0
    return letter


def standing(house: FakeHouse) -> Letter:
    (letter,) = house.outbox.kept.values()
    return letter


PENDING: dict[str, Any] = {"redemption": Redemption.PENDING}
TRUE = [
    (MailKind.REDEEM, PENDING),
    (MailKind.ENDS_SOON, {}),
    (MailKind.GUEST_ENDS_SOON, {}),
    (MailKind.BLOCKED, {"enabled": False}),
    (MailKind.REMOVED, {"deleted": True}),
    (MailKind.DIGEST, {}),
]


@pytest.mark.parametrize(("kind", "account"), TRUE)
async def test_what_is_still_so_is_told_once(kind: MailKind, account: dict[str, Any]) -> None:
    house = reminding_house()
    await posted(house, kind, **account)
    await house.deliver(times=2)

    (sent,) = house.mailbox.sent
    assert sent.to == LENA
    assert ("redeem.example" in sent.written.text) is kind.carries_link


@pytest.mark.parametrize("kind", [MailKind.ENDS_SOON, MailKind.GUEST_ENDS_SOON, MailKind.BLOCKED])
@pytest.mark.parametrize("by_us", [True, False])
async def test_a_member_is_told_as_a_guest_is_if_it_was_us_who_invited_one(
    kind: MailKind, by_us: bool
) -> None:
    """Whom others made a member is not told of a block that is none of ours."""
    house = reminding_house()
    await posted(house, kind, member=True, internal=False, enabled=kind is not MailKind.BLOCKED)
    house.ledger.guests[LENA] = replace(house.ledger.guests[LENA], as_member=by_us)
    await house.deliver()

    told = by_us or kind is not MailKind.BLOCKED
    assert [sent.to for sent in house.mailbox.sent] == [LENA] * told


@pytest.mark.parametrize(
    ("kind", "account"),
    [
        (MailKind.REDEEM, {"redemption": Redemption.ACCEPTED}),
        (MailKind.REDEEM, {"redemption": Redemption.PENDING, "enabled": False}),
        (MailKind.REDEEM, {"deleted": True}),
        (MailKind.REDEEM, {"member": True}),
        (MailKind.BLOCKED, {"enabled": True}),
        (MailKind.BLOCKED, {"deleted": True}),
        (MailKind.REMOVED, {}),
    ],
)
async def test_what_is_no_longer_so_is_not_told(kind: MailKind, account: dict[str, Any]) -> None:
    house = reminding_house()
    await posted(house, kind, **account)
    await house.deliver()

    assert house.mailbox.sent == []
    assert standing(house).stage is Stage.DROPPED


@pytest.mark.parametrize("kind", [MailKind.ENDS_SOON, MailKind.GUEST_ENDS_SOON])
async def test_a_stay_that_was_renewed_meanwhile_does_not_end_soon(kind: MailKind) -> None:
    house = reminding_house()
    await posted(house, kind)
    renewed = replace(house.ledger.guests[LENA], expires_on=date(2027, 12, 1))
    house.ledger.guests[LENA] = renewed
    await house.deliver()

    assert house.mailbox.sent == []


@pytest.mark.parametrize(("kind", "account"), TRUE)
async def test_a_policy_set_back_to_report_tells_nobody(
    kind: MailKind, account: dict[str, Any]
) -> None:
    house = reminding_house(policy=a_policy())
    await posted(house, kind, **account)
    await house.deliver()

    assert house.mailbox.sent == []
    assert standing(house).reason is not None


@pytest.mark.parametrize(
    ("kind", "account"),
    [
        (MailKind.REDEEM, PENDING),
        (MailKind.BLOCKED, {"enabled": False}),
        (MailKind.REMOVED, {"deleted": True}),
    ],
)
async def test_another_account_at_the_address_is_not_told(
    kind: MailKind, account: dict[str, Any]
) -> None:
    house = reminding_house()
    await posted(house, kind, **account)
    house.directory.accounts.clear()
    house.directory.holds("somebody@fabrikam.com")
    house.directory.holds(LENA, **account)
    await house.deliver()

    assert house.mailbox.sent == []
    assert standing(house).reason == mail_reasons.NOT_THIS_GUEST


async def test_microsofts_reminder_is_asked_for_once() -> None:
    house = reminding_house()
    await posted(house, MailKind.REDEEM, carrier=Delivery.GRAPH, **PENDING)
    await house.deliver(times=3)

    assert house.directory.mails == [LENA]
    assert house.mailbox.sent == []
    assert standing(house).stage is Stage.SENT


async def test_microsofts_reminder_is_never_doubled_by_a_death_at_any_step() -> None:
    lost = 0
    for step in count(1):
        house = reminding_house(dies_at=step)
        await posted(house, MailKind.REDEEM, carrier=Delivery.GRAPH, **PENDING)
        await house.deliver()

        assert len(house.directory.mails) <= 1, step
        assert standing(house).over, step
        lost += not house.directory.mails
        if house.footing.held:
            break

    assert step > 6
    assert lost <= 2  # between the claim and the request nobody can tell: it is not asked again


@pytest.mark.parametrize(
    ("error", "done", "mails"), [(BUSY, False, 1), (LOST, True, 1), (LOST, False, 0)]
)
async def test_microsofts_reminder_without_an_answer_is_not_repeated(
    error: TryLater, done: bool, mails: int
) -> None:
    house = reminding_house()
    await posted(house, MailKind.REDEEM, carrier=Delivery.GRAPH, **PENDING)
    house.directory.says_next("invite", error, done=done)
    await house.deliver()

    letter = standing(house)
    assert len(house.directory.mails) == mails
    assert letter.stage is Stage.SENT
    assert (letter.reason is not None) is (error is LOST)


async def test_many_at_once_ask_microsoft_once() -> None:
    house = reminding_house()
    letter = await posted(house, MailKind.REDEEM, carrier=Delivery.GRAPH, **PENDING)
    await asyncio.gather(*(house.mailing.send(letter.id) for _ in range(6)), return_exceptions=True)
    await house.deliver()

    assert house.directory.mails == [LENA]


@pytest.mark.parametrize(
    "change", [lambda p: p, lambda p: replace(p, mail=replace(p.mail, organisation="Contoso Ltd"))]
)
async def test_mails_call_us_by_the_policys_name_or_the_first_own_domain(
    change: Callable[[Policy], Policy],
) -> None:
    policy = change(ENFORCE)
    house = reminding_house(policy=policy)
    await posted(house, MailKind.ENDS_SOON)
    await house.deliver()

    (sent,) = house.mailbox.sent
    assert sent.sender_name == (policy.mail.organisation or "contoso.com")
    assert not house.queues.held(MAILS)
