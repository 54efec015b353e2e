"""Access packages from the row of a file to their delivery, or to the reason why not."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.outcome import AlreadyGuest, Assigned, Failed, NotDone
from b2b.domain.packages import Held, Holding, Order, Progress, end_of_stay
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId
from tests.fakes.house import FakeHouse, a_request
from tests.fakes.queues import ASSIGNMENTS
from tests.flows.examples import ARCHIVE, AURORA, LAG, WORKSPACE, a_house

LENA = Address("lena@fabrikam.com")
UNTIL = date(2027, 1, 31)
LOST = TryLater(Reason("directory_unreachable", "..."), timedelta(seconds=10), unclear=True)
BUSY = TryLater(Reason("directory_busy", "..."), timedelta(seconds=10))
NEWER = BatchId("newer")


async def asked(house: FakeHouse, *packages: str, until: date = UNTIL, **how: object) -> GuestId:
    """Lena asks for packages, and everything is delivered until nothing is left."""
    await house.ask(a_request(access_packages=packages, expires_on=until, **how))  # type: ignore[arg-type]
    await house.deliver()
    return house.directory.account(LENA).id


def why(house: FakeHouse) -> str:
    outcome = house.row().outcome
    assert isinstance(outcome, NotDone | Failed), outcome
    return outcome.reason.code


async def test_a_package_is_given_to_the_end_of_the_stay_and_the_row_waits_for_it() -> None:
    house = a_house()
    lena = await asked(house, "Workspace", groups=["Aurora"])

    (held,) = house.packages.assigned
    assert house.row().outcome == Assigned(lena, 1, 1)
    assert held.ends == end_of_stay(UNTIL)
    assert house.packages.live(lena) == {WORKSPACE.package}
    assert house.directory.groups[AURORA].members == {lena}
    assert house.packages.kinds() == ["give"]


async def test_a_row_without_groups_waits_for_its_packages_too() -> None:
    house = a_house()
    await house.ask(
        a_request(
            access_packages=(
                "workspace",
                "Archive",
            ),
            expires_on=UNTIL,
        )
    )
    while house.queues.held(ASSIGNMENTS) == []:
        await house.deliver_once()
    await house.deliver_once()

    assert house.row().outcome is None
    await house.deliver()
    lena = house.directory.account(LENA).id
    assert house.row().outcome == Assigned(lena, 0, 2)
    assert house.packages.live(lena) == {WORKSPACE.package, ARCHIVE.package}


async def test_the_last_day_belongs_to_the_stay() -> None:
    assert end_of_stay(date(2026, 12, 31)).isoformat() == "2027-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (Progress.FAILED, "package_delivery_failed"),
        (Progress.DENIED, "package_denied"),
        (Progress.CANCELED, "package_canceled"),
        (Progress.PARTLY, "package_partly_delivered"),
    ],
)
async def test_a_bad_ending_is_told_in_the_row(ending: Progress, code: str) -> None:
    house = a_house()
    house.packages.ending = ending
    await asked(house, "Workspace")

    assert why(house) == code
    assert house.packages.kinds() == ["give"]


async def test_one_bad_ending_leaves_the_other_package_its_delivery() -> None:
    house = a_house()
    refusal = Refused(Reason("package_refused", "Outside the scope."))
    house.packages.says_next("give", refusal)
    lena = await asked(house, "Workspace", "Archive")

    assert why(house) == "package_refused"
    assert house.packages.live(lena) == {ARCHIVE.package}


async def test_a_refused_row_dropped_again_asks_again() -> None:
    house = a_house()
    house.packages.ending = Progress.DENIED
    await house.drop("a.csv", "email,accessPackages\nlena@fabrikam.com,Workspace\n")
    await house.deliver()
    first = [row.outcome for row in house.ledger.kept.values()]
    house.packages.ending = Progress.DONE
    await house.drop("again.csv", "email,accessPackages\nlena@fabrikam.com,Workspace\n")
    await house.deliver()

    assert isinstance(first[0], NotDone)
    (row,) = house.ledger.kept.values()
    assert isinstance(row.outcome, Assigned)
    assert house.packages.kinds() == ["give", "give"]


async def test_without_the_licence_the_row_says_so() -> None:
    house = a_house()
    house.packages.licensed = False
    await asked(house, "Workspace")

    assert why(house) == "packages_not_licensed"


async def test_a_package_that_waits_for_approval_is_waited_for_a_day() -> None:
    house = a_house()
    house.packages.takes = timedelta(days=9)
    await asked(house, "Workspace")

    outcome = house.row().outcome
    assert isinstance(outcome, Failed)
    assert "package_on_its_way" in outcome.reason.sentence
    assert house.packages.kinds() == ["give"]


@pytest.mark.parametrize("lag", [timedelta(0), LAG])
async def test_everything_delivered_twice_asks_once(lag: timedelta) -> None:
    house = a_house(lag=lag)
    await house.ask(a_request(access_packages=("Workspace",), expires_on=UNTIL))
    await house.deliver(times=2)

    assert house.packages.kinds() == ["give"]
    assert house.row().outcome == Assigned(house.directory.account(LENA).id, 0, 1)


async def test_killed_between_any_two_steps_the_package_is_asked_for_once() -> None:
    for step in range(1, 500):
        house = a_house(lag=LAG, dies_at=step)
        lena = await asked(house, "Workspace", "Archive", groups=["Aurora"])

        assert house.row().outcome == Assigned(lena, 1, 2), step
        assert sorted(house.packages.kinds()) == ["give", "give"], step
        if house.footing.held:
            return
    raise AssertionError("the story has no end")


async def test_an_answer_that_was_lost_is_looked_for() -> None:
    house = a_house()
    house.packages.says_next("give", LOST, done=True)
    lena = await asked(house, "Workspace")

    assert house.packages.kinds() == ["give"]
    assert house.row().outcome == Assigned(lena, 0, 1)


async def test_what_became_of_a_request_is_learnt_though_its_answer_was_lost() -> None:
    house = a_house()
    house.packages.says_next("give", LOST, done=True)
    house.packages.ending = Progress.DENIED
    await asked(house, "Workspace")

    assert why(house) == "package_denied"
    assert house.packages.kinds() == ["give"]


async def test_an_end_that_entitlement_management_cuts_is_not_asked_for_again_and_again() -> None:
    house = a_house()
    house.packages.caps = house.clock() + timedelta(days=10)
    lena = await asked(house, "Workspace")

    assert house.packages.kinds() == ["give"]
    assert house.row().outcome == Assigned(lena, 0, 1)


async def nothing_is_recorded(held: Held) -> None:
    assert held.holding is Holding.DELIVERED


async def test_what_was_done_for_a_request_is_not_done_again_for_it() -> None:
    house = a_house()
    lena = house.directory.holds(LENA)
    order = Order(lena, WORKSPACE, "request.0", UNTIL)
    for turn, kinds in (
        (house.packaging.give, ["give"]),
        (partial(house.packaging.take, before=nothing_is_recorded), ["give", "take"]),
    ):
        mine = replace(order, ticket=kinds[-1])
        with pytest.raises(TryLater):
            await turn(mine)
        house.clock.advance(timedelta(minutes=3))
        await turn(mine)
        by_hand = house.packages.assigned[0]
        by_hand.holding = None if by_hand.holding else Holding.DELIVERED
        await turn(mine)
        by_hand.holding = None if by_hand.holding else Holding.DELIVERED

        assert house.packages.kinds() == kinds


async def test_a_request_that_was_lost_on_its_way_is_made_again_after_a_while() -> None:
    house = a_house()
    house.packages.says_next("give", LOST)
    began = house.clock()
    lena = await asked(house, "Workspace")

    assert house.packages.kinds() == ["give"]
    assert house.row().outcome == Assigned(lena, 0, 1)
    assert house.packages.asked[0].at - began >= timedelta(minutes=5)


async def test_a_pause_of_the_directory_is_no_request() -> None:
    house = a_house()
    house.packages.says_next("give", BUSY, BUSY)
    lena = await asked(house, "Workspace")

    assert house.packages.kinds() == ["give"]
    assert house.row().outcome == Assigned(lena, 0, 1)


async def test_what_is_held_already_is_not_asked_for() -> None:
    house = a_house()
    lena = house.directory.holds(LENA)
    house.packages.holds(lena, WORKSPACE.package)
    await asked(house, "Workspace")

    assert house.packages.asked == []
    assert house.row().outcome == AlreadyGuest(lena, 0, 1)


async def test_what_somebody_else_asked_for_is_waited_for() -> None:
    house = a_house()
    lena = house.directory.holds(LENA)
    await house.packages.give(lena, WORKSPACE, None)
    await asked(house, "Workspace")

    assert house.packages.kinds() == ["give"]
    assert house.row().outcome == AlreadyGuest(lena, 0, 1)


async def test_what_somebody_else_got_only_a_part_of_is_told() -> None:
    house = a_house()
    lena = house.directory.holds(LENA)
    house.packages.holds(lena, WORKSPACE.package, Holding.PARTLY)
    await asked(house, "Workspace")

    assert why(house) == "package_partly_delivered"


async def test_two_requests_at_once_ask_once() -> None:
    house = a_house()
    house.directory.holds(LENA)
    for batch in (BatchId("one"), BatchId("two")):
        await house.ask(a_request(access_packages=("Workspace",), expires_on=UNTIL, batch=batch))
    await house.deliver()

    assert house.packages.kinds() == ["give"]
    for batch in (BatchId("one"), BatchId("two")):
        assert isinstance(house.row(batch=batch).outcome, AlreadyGuest)


async def test_a_package_that_was_taken_by_hand_is_given_again_to_a_newer_request() -> None:
    house = a_house()
    lena = await asked(house, "Workspace")
    house.packages.assigned[0].holding = None
    await asked(house, "Workspace", batch=NEWER)

    assert house.packages.kinds() == ["give", "give"]
    assert house.packages.live(lena) == {WORKSPACE.package}


@pytest.mark.parametrize("named", [("Workspace",), ()])
async def test_a_newer_request_with_a_later_end_makes_the_package_last_longer(
    named: tuple[str, ...],
) -> None:
    house = a_house()
    await asked(house, "Workspace")
    later = UNTIL + timedelta(days=60)
    await asked(house, *named, until=later, batch=NEWER)

    (held,) = house.packages.assigned
    assert house.packages.kinds() == ["give", "extend"]
    assert held.ends == end_of_stay(later)
    assert isinstance(house.row(batch=NEWER).outcome, AlreadyGuest)


@pytest.mark.parametrize("at_once", [True, False])
async def test_an_end_that_was_refused_is_asked_for_again_by_a_newer_request(
    at_once: bool,
) -> None:
    house = a_house()
    await asked(house, "Workspace")
    later = UNTIL + timedelta(days=60)
    if at_once:
        house.packages.says_next("extend", Refused(Reason("package_denied", "...")))
    else:
        house.packages.ending = Progress.DENIED
    await asked(house, until=later, batch=NEWER)
    house.packages.ending = Progress.DONE
    await asked(house, until=later, batch=BatchId("newest"))

    refused = house.row(batch=NEWER).outcome
    assert isinstance(refused, NotDone)
    assert refused.reason.code == "package_denied"
    assert house.packages.kinds() == ["give", *["extend"] * (1 if at_once else 2)]
    assert house.packages.assigned[0].ends == end_of_stay(later)


async def test_an_earlier_end_shortens_nothing() -> None:
    house = a_house()
    await asked(house, "Workspace")
    await asked(house, "Workspace", until=UNTIL - timedelta(days=30), batch=NEWER)

    assert house.packages.kinds() == ["give"]


async def test_a_longer_stay_brings_no_package_back_that_was_taken_by_hand() -> None:
    house = a_house()
    lena = await asked(house, "Workspace")
    house.packages.assigned[0].holding = None
    await asked(house, until=UNTIL + timedelta(days=60), batch=NEWER)

    assert house.packages.live(lena) == set()
    assert house.packages.kinds() == ["give"]
    assert house.row(batch=NEWER).outcome == AlreadyGuest(lena, 0)


async def test_killed_between_any_two_steps_a_longer_stay_is_asked_for_once() -> None:
    for step in range(1, 500):
        house = a_house()
        await asked(house, "Workspace")
        house.footing.steps, house.footing.dies_at = 0, step
        later = UNTIL + timedelta(days=60)
        await asked(house, until=later, batch=NEWER)

        assert house.packages.kinds() == ["give", "extend"], step
        assert house.packages.assigned[0].ends == end_of_stay(later), step
        if house.footing.held:
            return
    raise AssertionError("the story has no end")


async def test_an_operators_renewal_asks_for_a_later_end_and_does_not_wait() -> None:
    house = a_house()
    lena = await asked(house, "Workspace")
    later = UNTIL + timedelta(days=60)
    await house.packaging.renew(lena, later)
    house.clock.advance(timedelta(hours=1))
    await house.packaging.renew(lena, later)

    assert house.packages.kinds() == ["give", "extend"]
    assert house.packages.live(lena) == {WORKSPACE.package}
    assert house.packages.assigned[0].ends == end_of_stay(later)


@pytest.mark.parametrize("shorter", [timedelta(0), timedelta(days=1)])
async def test_a_renewal_shortens_no_package(shorter: timedelta) -> None:
    house = a_house()
    lena = await asked(house, "Workspace")
    await house.packaging.renew(lena, UNTIL - shorter)

    assert house.packages.kinds() == ["give"]
    assert house.packages.assigned[0].ends == end_of_stay(UNTIL)


@pytest.mark.parametrize("first", ["taken by us", "refused us"])
async def test_a_renewal_leaves_alone_what_somebody_else_gave(first: str) -> None:
    house = a_house()
    if first == "refused us":
        house.packages.ending = Progress.DENIED
    lena = await asked(house, "Workspace")
    house.packages.ending = Progress.DONE
    if first == "taken by us":
        await house.ask(a_request(remove_access_packages=("Workspace",), batch=NEWER))
        await house.deliver()
    kinds = house.packages.kinds()
    theirs = house.packages.holds(lena, WORKSPACE.package, ends=end_of_stay(UNTIL))
    later = UNTIL + timedelta(days=60)
    await house.packaging.renew(lena, later)
    await asked(house, until=later, batch=BatchId("longer"))

    assert house.packages.kinds() == kinds
    assert theirs.ends == end_of_stay(UNTIL)


async def test_a_renewal_goes_on_when_entitlement_management_refuses() -> None:
    house = a_house()
    lena = await asked(house, "Workspace")
    house.packages.licensed = False
    await house.packaging.renew(lena, UNTIL + timedelta(days=60))

    assert house.packages.kinds() == ["give"]
