"""Assignments become memberships; each row ends with the worst that any of its groups said."""

from dataclasses import replace
from datetime import datetime, timedelta

from b2b.domain.access import Assignment
from b2b.domain.batch import LedgerRow
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.outcome import AlreadyGuest, Assigned, Failed, NotDone
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId, RequestId, RowRef
from b2b.flows.assignment import SLICE, TIME
from tests.fakes.house import BATCH, FakeHouse
from tests.fakes.queues import RESULTS
from tests.flows.examples import AURORA, FINANCE, LAG, WORKSPACE, a_house

NO_GUESTS = Reason("group_is_dynamic", "Aurora fills itself by a rule.")
PRIVILEGED = Reason("permission_missing", "Protected by a role.")


def seat(
    house: FakeHouse, line: int, *groups: GroupId, invited: bool = True, lag: bool = False
) -> Assignment:
    """A guest of the directory who waits on that line for those groups."""
    address = f"guest-{line}@fabrikam.com"
    seen = {"seen_from": house.clock() + LAG} if lag else {}
    guest = house.directory.holds(address, **seen)
    ref, request = RowRef.of_line(BATCH, line), RequestId(f"request-{line}")
    house.ledger.kept[ref] = LedgerRow(ref=ref, email=address, sender="uploads", request=request)
    return Assignment(request, ref, guest, groups, invited)


async def test_overlapping_wishes_give_each_guest_their_own_groups() -> None:
    house = a_house()
    one, two = seat(house, 2, AURORA, FINANCE), seat(house, 3, AURORA)
    three = seat(house, 4, FINANCE, invited=False)
    later = await house.assigning.assign([one, two, three])

    assert later == {}
    assert house.directory.groups[AURORA].members == {one.guest, two.guest}
    assert house.directory.groups[FINANCE].members == {one.guest, three.guest}
    assert house.row(2).outcome == Assigned(one.guest, 2)
    assert house.row(3).outcome == Assigned(two.guest, 1)
    assert house.row(4).outcome == AlreadyGuest(three.guest, 1)


async def test_one_refused_guest_does_not_cost_the_others_their_access() -> None:
    house = a_house()
    one, two = seat(house, 2, AURORA), seat(house, 3, AURORA)
    house.directory.groups[AURORA].refuses[one.guest] = PRIVILEGED
    await house.assigning.assign([one, two])

    assert house.row(2).outcome == NotDone(PRIVILEGED, one.guest)
    assert house.row(3).outcome == Assigned(two.guest, 1)


async def test_a_guest_not_yet_replicated_is_asked_for_again_and_the_others_are_done() -> None:
    house = a_house()
    fresh, seen = seat(house, 2, AURORA, lag=True), seat(house, 3, AURORA)
    later = await house.assigning.assign([fresh, seen])

    assert list(later) == [fresh]
    assert later[fresh].reason.code == "not_replicated"
    assert house.row(2).outcome is None
    assert house.row(3).outcome == Assigned(seen.guest, 1)


async def test_a_group_that_takes_nobody_closes_every_row_that_asks_for_it() -> None:
    house = a_house()
    house.directory.groups[AURORA].takes_nobody = NO_GUESTS
    both, other = seat(house, 2, AURORA, FINANCE), seat(house, 3, FINANCE)
    await house.assigning.assign([both, other])

    assert house.row(2).outcome == NotDone(NO_GUESTS, both.guest)
    assert house.row(3).outcome == Assigned(other.guest, 1)
    assert house.directory.groups[FINANCE].members == {both.guest, other.guest}


async def test_a_throttled_group_holds_up_only_those_who_want_it() -> None:
    house = a_house()
    one, two = seat(house, 2, AURORA), seat(house, 3, FINANCE)
    pause = TryLater(Reason("throttled", "..."), timedelta(seconds=42))
    house.directory.says_next("add_members", pause)  # the first group asked is the first one's
    later = await house.assigning.assign([one, two])

    assert later == {one: pause}
    assert house.row(2).outcome is None
    assert house.row(3).outcome == Assigned(two.guest, 1)


async def test_of_several_waits_the_longest_counts() -> None:
    house = a_house()
    one = seat(house, 2, AURORA, FINANCE)
    waits = [TryLater(Reason("throttled", "..."), timedelta(seconds=s)) for s in (42, 7)]
    house.directory.says_next("add_members", *waits)
    later = await house.assigning.assign([one])

    assert later == {one: waits[0]}


async def test_a_refusal_ends_the_waiting_for_another_group() -> None:
    house = a_house()
    one = seat(house, 2, AURORA, FINANCE)
    house.directory.groups[FINANCE].takes_nobody = NO_GUESTS
    house.directory.says_next("add_members", TryLater(Reason("throttled", "..."), timedelta(1)))
    later = await house.assigning.assign([one])

    assert later == {}
    assert house.row(2).outcome == NotDone(NO_GUESTS, one.guest)


async def test_a_closed_row_gives_no_more_access() -> None:
    house = a_house()
    one = seat(house, 2, AURORA)
    crashed = Failed(Reason("crashed", "..."))
    await house.ledger.close(one.row, crashed)
    await house.assigning.assign([one])

    assert house.directory.groups[AURORA].members == set()
    assert house.row(2).outcome == crashed


async def test_an_assignment_delivered_twice_ends_the_same() -> None:
    house = a_house()
    one = seat(house, 2, AURORA)
    await house.assigning.assign([one])
    await house.assigning.assign([one])

    assert house.row(2).outcome == Assigned(one.guest, 1)
    assert house.directory.groups[AURORA].members == {one.guest}


async def test_results_are_asked_for_only_when_something_ended() -> None:
    house = a_house()
    fresh = seat(house, 2, AURORA, lag=True)
    await house.assigning.assign([fresh])
    before = len(house.queues.held(RESULTS))
    house.clock.advance(LAG)
    await house.assigning.assign([fresh])

    assert before == 0
    assert len(house.queues.held(RESULTS)) == 1


async def test_an_unknown_group_is_told_in_the_row() -> None:
    house = a_house()
    one = seat(house, 2, GroupId("no-such-group"))
    await house.assigning.assign([one])

    outcome = house.row(2).outcome
    assert isinstance(outcome, NotDone)
    assert outcome.reason.code == "group_not_found"
    assert outcome.guest == GuestId(one.guest)


async def test_whoever_is_left_when_the_time_is_up_is_asked_for_again() -> None:
    house = a_house()
    seats = [seat(house, line, AURORA) for line in range(2, 2 + SLICE + 1)]
    slow = replace(house.assigning, clock=_Hasty(house, TIME))
    later = await slow.assign(seats)

    assert list(later) == seats[SLICE:]
    assert house.row(2).outcome == Assigned(seats[0].guest, 1)
    assert house.row(2 + SLICE).outcome is None


async def test_no_package_is_asked_for_once_the_time_is_up() -> None:
    house = a_house()
    seats = [replace(seat(house, line), packages=(WORKSPACE,)) for line in (2, 3)]
    slow = replace(house.assigning, clock=_Hasty(house, TIME))
    later = await slow.assign(seats)

    assert [later[one].reason.code for one in seats] == ["package_on_its_way", "no_time_left"]
    assert house.packages.kinds() == ["give"]


class _Hasty:
    """Each look at it makes it later."""

    def __init__(self, house: FakeHouse, by: timedelta) -> None:
        self._clock, self._by, self._looks = house.clock, by / 2, 0

    def __call__(self) -> datetime:
        self._looks += 1
        return self._clock() + self._by * (self._looks - 1)
