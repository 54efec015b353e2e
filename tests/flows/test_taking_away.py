"""Access is taken away and the account stays: who is asked about, what is refused, what is left."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.outcome import AlreadyGuest, NotDone, Taken
from b2b.domain.packages import Progress
from b2b.domain.policy import Lifecycle, Mode
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId
from tests.fakes.house import FakeHouse, a_request
from tests.flows.examples import AURORA, FINANCE, LAG, WORKSPACE, a_house, a_policy

LENA = Address("lena@fabrikam.com")
LOST = TryLater(Reason("directory_unreachable", "..."), timedelta(seconds=10), unclear=True)
BOTH = {"remove_groups": ("Aurora",), "remove_access_packages": ("Workspace",)}
TAKING = BatchId("taking")
ENFORCED = replace(a_policy(), lifecycle=Lifecycle(mode=Mode.ENFORCE))


def with_lena(**traits: object) -> tuple[FakeHouse, GuestId]:
    """She is in both groups and holds the package."""
    house = a_house(policy=ENFORCED)
    lena = house.directory.holds(LENA, **traits)
    for group in (AURORA, FINANCE):
        house.directory.group(group).members.add(lena)
    house.packages.holds(lena, WORKSPACE.package)
    return house, lena


async def taken(house: FakeHouse, **what: object) -> object:
    await house.ask(a_request(batch=TAKING, **(what or BOTH)))
    await house.deliver()
    return house.row(batch=TAKING).outcome


def why(outcome: object) -> str:
    assert isinstance(outcome, NotDone), outcome
    return outcome.reason.code


async def test_groups_and_packages_are_taken_and_the_account_is_left_as_it_is() -> None:
    house, lena = with_lena()
    before = house.directory.account(LENA)

    assert await taken(house) == Taken(lena, 1, 1)
    assert house.directory.groups[AURORA].members == set()
    assert house.directory.groups[FINANCE].members == {lena}
    assert house.packages.live(lena) == set()
    assert house.directory.account(LENA) is before
    assert before.enabled
    assert (house.directory.mails, house.ledger.guests) == ([], {})


async def test_a_stay_goes_on_as_it_was_promised() -> None:
    house = a_house()
    await house.ask(a_request(groups=["Aurora"], expires_on=date(2026, 12, 24)))
    await house.deliver()
    promised = house.ledger.guests[LENA]
    await taken(house, remove_groups=("Aurora",), expires_on=date(2027, 6, 30))

    assert house.ledger.guests[LENA] == promised


async def test_who_has_nothing_to_lose_is_done() -> None:
    house = a_house(policy=ENFORCED)
    lena = house.directory.holds(LENA)

    assert await taken(house) == Taken(lena, 1, 1)
    assert house.packages.asked == []


async def test_a_blocked_guest_loses_access_as_well_and_stays_blocked() -> None:
    house, lena = with_lena(enabled=False)

    assert await taken(house) == Taken(lena, 1, 1)
    assert not house.directory.account(LENA).enabled


@pytest.mark.parametrize(
    ("traits", "code"),
    [({"member": True}, "member_of_tenant"), ({"deleted": True}, "guest_in_recycle_bin")],
)
async def test_members_and_deleted_guests_are_left_alone(
    traits: dict[str, bool], code: str
) -> None:
    house, lena = with_lena(**traits)

    assert why(await taken(house)) == code
    assert house.directory.groups[AURORA].members == {lena}
    assert house.packages.live(lena) == {WORKSPACE.package}


async def test_nobody_is_invited_in_order_to_lose_something() -> None:
    house = a_house()

    assert why(await taken(house)) == "no_such_guest"
    assert why(await taken(house, groups=["Finance"], remove_groups=("Aurora",))) == "no_such_guest"
    assert house.directory.guests() == []


async def test_who_was_invited_a_moment_ago_can_lose_access() -> None:
    house = a_house(lag=LAG)
    await house.ask(a_request(groups=["Aurora"]))
    await house.deliver_once()
    outcome = await taken(house, remove_groups=("Aurora",))

    assert isinstance(outcome, Taken)


@pytest.mark.parametrize("what", ["remove_groups", "remove_access_packages"])
async def test_only_what_the_policy_lists_can_be_taken(what: str) -> None:
    house, _ = with_lena()

    assert why(await taken(house, **{what: ("Board",)})).endswith("_not_allowed")


@pytest.mark.parametrize("kind", ["groups", "access_packages"])
async def test_nothing_is_given_and_taken_at_once(kind: str) -> None:
    house, _ = with_lena()
    name = "Aurora" if kind == "groups" else "Workspace"
    outcome = await taken(house, **{kind: (name,), f"remove_{kind}": (name.upper(),)})

    assert why(outcome) == "gives_and_takes"


async def test_one_row_moves_a_guest_from_one_group_to_another() -> None:
    house = a_house(policy=ENFORCED)
    lena = house.directory.holds(LENA)
    house.directory.group(AURORA).members.add(lena)
    outcome = await taken(house, groups=["Finance"], remove_groups=("Aurora",))

    assert outcome == AlreadyGuest(lena, 1)
    assert house.directory.groups[AURORA].members == set()
    assert house.directory.groups[FINANCE].members == {lena}


async def test_a_guest_who_became_a_member_meanwhile_keeps_everything() -> None:
    house, lena = with_lena()
    await house.ask(a_request(batch=TAKING, **BOTH))  # type: ignore[arg-type]
    await house.deliver_once()
    house.directory.account(LENA).member = True
    house.packages.members.add(lena)
    await house.deliver()

    assert why(house.row(batch=TAKING).outcome) == "member_of_tenant"
    assert house.directory.groups[AURORA].members == {lena}
    assert house.packages.live(lena) == {WORKSPACE.package}


async def test_a_membership_by_another_group_is_told() -> None:
    house, lena = with_lena()
    house.directory.group(AURORA).by_another.add(lena)

    assert why(await taken(house)) == "member_through_another_group"


async def test_a_group_that_lets_nobody_go_is_told() -> None:
    house, _ = with_lena()
    house.directory.group(AURORA).lets_nobody_go = Reason("group_is_dynamic", "By a rule.")

    assert why(await taken(house)) == "group_is_dynamic"


@pytest.mark.parametrize("ending", [Progress.FAILED, Progress.DENIED])
async def test_a_package_that_cannot_be_taken_is_told(ending: Progress) -> None:
    house, lena = with_lena()
    house.packages.ending = ending

    assert why(await taken(house)).startswith("package_")
    assert house.packages.live(lena) == {WORKSPACE.package}


async def test_an_answer_that_was_lost_is_looked_for() -> None:
    house, lena = with_lena()
    house.packages.says_next("take", LOST, done=True)

    assert await taken(house) == Taken(lena, 1, 1)
    assert house.packages.kinds() == ["take"]


async def test_everything_delivered_twice_takes_once() -> None:
    house, lena = with_lena()
    await house.ask(a_request(batch=TAKING, **BOTH))  # type: ignore[arg-type]
    await house.deliver(times=2)

    assert house.row(batch=TAKING).outcome == Taken(lena, 1, 1)
    assert house.packages.kinds() == ["take"]


async def test_killed_between_any_two_steps_it_is_taken_once() -> None:
    for step in range(1, 500):
        house, lena = with_lena()
        house.footing.dies_at = step
        outcome = await taken(house)

        assert outcome == Taken(lena, 1, 1), step
        assert house.packages.live(lena) == set(), step
        assert house.packages.kinds() == ["take"], step
        if house.footing.held:
            return
    raise AssertionError("the story has no end")


async def test_what_was_taken_can_be_given_again_and_taken_again() -> None:
    house, lena = with_lena()
    await taken(house)
    for number in range(2):
        give, take = BatchId(f"give-{number}"), BatchId(f"take-{number}")
        await house.ask(a_request(batch=give, access_packages=("Workspace",)))
        await house.deliver()
        assert house.packages.live(lena) == {WORKSPACE.package}
        await house.ask(a_request(batch=take, remove_access_packages=("Workspace",)))
        await house.deliver()
        assert house.packages.live(lena) == set()


async def test_the_columns_of_a_file_and_the_words_of_its_results() -> None:
    house, lena = with_lena()
    content = (
        "email,removeGroups,removeAccessPackages\nlena@fabrikam.com,Aurora;Finance,Workspace\n"
    )
    await house.drop("leavers.csv", content)
    await house.deliver()

    (row,) = house.ledger.kept.values()
    assert row.outcome == Taken(lena, 2, 1)
    results = house.files.text("results", f"{row.ref.batch}/results.csv")
    assert "access_removed" in results
    assert "the account stays" in results
    assert '"access_removed": 1' in house.files.text("results", f"{row.ref.batch}/summary.json")


async def test_in_report_mode_nothing_is_taken_from_guests_of_others() -> None:
    house, lena = with_lena()
    house.policy.now = a_policy()

    assert why(await taken(house)) == "not_managed_report_only"
    assert house.directory.groups[AURORA].members == {lena}
    assert house.packages.live(lena) == {WORKSPACE.package}


async def test_in_report_mode_managed_guests_lose_access_as_always() -> None:
    house = a_house()
    await house.ask(a_request(groups=["Aurora"]))
    await house.deliver()

    assert isinstance(await taken(house, remove_groups=("Aurora",)), Taken)
    assert house.directory.groups[AURORA].members == set()


async def test_a_policy_that_turned_to_report_meanwhile_counts() -> None:
    house, lena = with_lena()
    await house.ask(a_request(batch=TAKING, **BOTH))  # type: ignore[arg-type]
    await house.deliver_once()
    house.policy.now = a_policy()
    await house.deliver()

    assert why(house.row(batch=TAKING).outcome) == "not_managed_report_only"
    assert house.directory.groups[AURORA].members == {lena}
