"""Guest or member is not inside or outside: what each kind of account gets."""

from dataclasses import replace

import pytest

from b2b.domain.guest import GuestId
from b2b.domain.outcome import AlreadyGuest, Invited, NotDone, Taken
from b2b.domain.policy import UserType
from b2b.domain.request import BatchId
from tests.fakes.house import FakeHouse, a_request
from tests.flows.examples import AURORA, FINANCE, WORKSPACE, a_house, a_policy

LENA = "lena@fabrikam.com"
NEXT = BatchId("the-next")
LAST = BatchId("the-last")


def _member_house() -> FakeHouse:
    return a_house(policy=a_policy(user_type=UserType.MEMBER))


async def _invited() -> tuple[FakeHouse, GuestId]:
    house = _member_house()
    await house.ask(a_request())
    await house.deliver()
    outcome = house.row().outcome
    assert isinstance(outcome, Invited)
    return house, outcome.guest


async def test_whom_we_invited_as_a_member_gets_more_groups_by_a_later_request() -> None:
    house, lena = await _invited()
    await house.ask(a_request(groups=["Aurora"], batch=NEXT))
    await house.deliver()

    assert house.row(batch=NEXT).outcome == AlreadyGuest(lena, 1)
    assert lena in house.directory.group(AURORA).members


async def test_whom_we_invited_as_a_member_loses_groups_as_a_guest_does() -> None:
    house, lena = await _invited()
    house.directory.group(AURORA).members.add(lena)
    await house.ask(a_request(remove_groups=("Aurora",), batch=NEXT))
    await house.deliver()

    assert isinstance(house.row(batch=NEXT).outcome, Taken)
    assert lena not in house.directory.group(AURORA).members


async def test_whom_we_invited_as_a_member_gets_and_loses_packages_as_a_guest_does() -> None:
    house, lena = await _invited()
    house.packages.members.add(lena)
    await house.ask(a_request(access_packages=("Workspace",), batch=NEXT))
    await house.deliver()
    given = house.packages.live(lena)
    await house.ask(a_request(remove_access_packages=("Workspace",), batch=LAST))
    await house.deliver()

    assert given == {WORKSPACE.package}
    assert house.packages.live(lena) == set()


@pytest.mark.parametrize(
    ("traits", "code"),
    [
        ({"member": True}, "member_of_tenant"),
        ({"member": True, "internal": False}, "external_member"),
        ({"internal": True}, "internal_guest"),
        ({"member": True, "deleted": True}, "deleted_account_of_own"),
        ({"internal": True, "deleted": True}, "deleted_account_of_own"),
        ({"member": True, "internal": False, "deleted": True}, "deleted_external_member"),
        ({"deleted": True}, "guest_in_recycle_bin"),
    ],
)
@pytest.mark.parametrize("asks", [{"groups": ["Aurora"]}, {"remove_groups": ("Aurora",)}])
async def test_accounts_of_others_are_refused_by_what_they_are(
    traits: dict[str, bool], code: str, asks: dict[str, object]
) -> None:
    house = _member_house()
    account = house.directory.holds(LENA, **traits)
    house.directory.group(AURORA).members.add(GuestId("somebody"))
    await house.ask(a_request(**asks))  # type: ignore[arg-type]
    await house.deliver()

    outcome = house.row().outcome
    assert isinstance(outcome, NotDone)
    assert outcome.reason.code == code
    assert account not in house.directory.group(AURORA).members
    assert house.directory.mails == []


async def test_a_guest_whom_others_made_a_member_receives_nothing_more() -> None:
    house = a_house()
    await house.ask(a_request())
    await house.deliver()
    house.directory.account(LENA).member = True
    await house.ask(a_request(groups=["Finance"], batch=NEXT))
    await house.deliver()

    outcome = house.row(batch=NEXT).outcome
    assert isinstance(outcome, NotDone)
    assert outcome.reason.code == "external_member"
    assert not house.directory.group(FINANCE).members


async def test_a_message_that_calls_an_account_ours_needs_the_ledger_to_agree() -> None:
    house, lena = await _invited()
    record = house.ledger.guests[LENA]
    house.directory.group(AURORA).members.add(lena)
    await house.ask(a_request(remove_groups=("Aurora",), batch=NEXT))
    await house.deliver_once()
    house.ledger.guests[LENA] = replace(house.ledger.guests[LENA], as_member=False)
    await house.deliver()

    assert record.as_member
    assert isinstance(house.row(batch=NEXT).outcome, NotDone)
    assert lena in house.directory.group(AURORA).members
