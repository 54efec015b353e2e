"""Assignments become memberships; each row ends with the worst that any of its groups said."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from b2b.domain.access import Assignment
from b2b.domain.batch import LedgerRow
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId, GuestRecord, Standing
from b2b.domain.outcome import AlreadyGuest, Assigned, Failed, NotDone
from b2b.domain.policy import UserType
from b2b.domain.reason import Reason
from b2b.domain.request import Address, GroupId, RequestId, RowRef
from b2b.flows.assignment import SLICE, TIME
from tests.fakes.house import BATCH, FakeHouse
from tests.fakes.queues import RESULTS
from tests.flows.examples import AURORA, FINANCE, LAG, WORKSPACE, a_house, a_policy

NO_GUESTS = Reason("group_is_dynamic", "Aurora fills itself by a rule.")
PAUSE = TryLater(Reason("throttled", "Asks for a pause."), timedelta(minutes=2))
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
    gone = GroupId("no-such-group")
    house = a_house(policy=a_policy(groups={"Gone": gone}))
    one = seat(house, 2, gone)
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


@pytest.mark.parametrize(
    ("difference", "code"),
    [
        ({"row": RowRef.of_line(BATCH, 9)}, "no_such_row"),
        ({"request": RequestId("of-another")}, "row_of_another_request"),
        ({"content": "of-another"}, "row_of_another_request"),
    ],
)
async def test_what_the_ledger_does_not_know_is_refused_and_nothing_is_given(
    difference: Mapping[str, object], code: str
) -> None:
    house = a_house()
    known = seat(house, 2, AURORA)
    house.ledger.kept[known.row] = replace(house.row(), content="asked")
    forged = replace(known, **{"content": "asked", **difference})  # type: ignore[arg-type]
    endings = await house.assigning.assign([forged])
    ending = endings[forged]

    assert isinstance(ending, Refused)
    assert ending.reason.code == code
    assert house.directory.groups[AURORA].members == set()
    assert house.row().outcome is None


@pytest.mark.parametrize("content", ["", "asked"])
async def test_a_message_of_an_older_version_has_no_digest_and_is_done(content: str) -> None:
    house = a_house()
    one = seat(house, 2, AURORA)
    house.ledger.kept[one.row] = replace(house.row(), content="asked")
    await house.assigning.assign([replace(one, content=content)])

    assert house.row().outcome == Assigned(one.guest, 1)


@pytest.mark.parametrize("asked", ["groups", "remove_groups", "packages", "remove_packages"])
async def test_what_the_policy_dropped_while_the_message_waited_is_refused(asked: str) -> None:
    house = a_house()
    one = seat(house, 2)
    wanted = {asked: (AURORA if "groups" in asked else WORKSPACE,)}
    house.policy.now = a_policy(groups={"Finance": FINANCE}, access_packages={})
    await house.assigning.assign([replace(one, **wanted)])  # type: ignore[arg-type]
    outcome = house.row().outcome

    assert isinstance(outcome, NotDone)
    assert outcome.reason.code == "access_not_in_policy"
    assert house.directory.groups[AURORA].members == set()


async def test_a_package_of_ours_that_the_policy_dropped_is_not_made_longer() -> None:
    house = a_house()
    one = replace(seat(house, 2, AURORA), extends=(WORKSPACE,))
    house.policy.now = a_policy(access_packages={})
    await house.assigning.assign([one])

    assert house.row().outcome == Assigned(one.guest, 1)


async def test_without_a_policy_everything_waits() -> None:
    house = a_house()
    one = seat(house, 2, AURORA)
    house.policy.now = Reason("policy_faulty", "Mend it.")
    with pytest.raises(TryLater):
        await house.assigning.assign([one])

    assert house.row().outcome is None


@pytest.mark.parametrize(
    ("invited_as_member", "internal", "refused"),
    [
        (False, True, "member_of_tenant"),
        (False, False, "external_member"),  # a guest of ours whom an administrator converted
        (True, True, "member_of_tenant"),
        (True, False, None),
    ],
)
async def test_a_member_is_given_nothing_unless_invited_as_one(
    invited_as_member: bool, internal: bool, refused: str | None
) -> None:
    """The message may say what it likes: the ledger knows whom we invited as a member."""
    house = a_house(policy=a_policy(user_type=UserType.MEMBER))
    member, guest = seat(house, 2, AURORA), seat(house, 3, AURORA)
    account = house.directory.account("guest-2@fabrikam.com")
    account.member, account.internal = True, internal
    if invited_as_member:
        record = GuestRecord(
            address=Address("guest-2@fabrikam.com"),
            standing=Standing.INVITED,
            request=member.request,
            since=house.clock(),
            guest=member.guest,
            as_member=True,
        )
        await house.ledger.keep_guest(record)
    await house.assigning.assign([replace(member, as_member=True), guest])
    outcome = house.row(2).outcome

    assert (member.guest in house.directory.groups[AURORA].members) is (refused is None)
    assert guest.guest in house.directory.groups[AURORA].members
    if refused is not None:
        assert isinstance(outcome, NotDone)
        assert outcome.reason.code == refused


async def test_a_member_gets_no_access_package_either() -> None:
    house = a_house()
    one = replace(seat(house, 2), packages=(WORKSPACE,))
    house.directory.account("guest-2@fabrikam.com").member = True
    await house.assigning.assign([one])

    assert isinstance(house.row().outcome, NotDone)
    assert house.grants.kept == {}


async def test_when_accounts_cannot_be_read_those_wait_or_are_refused_with_the_reason() -> None:
    house = a_house()
    one = seat(house, 2, AURORA)
    house.directory.says_next("kinds", PAUSE)
    assert set(await house.assigning.assign([one])) == {one}
    house.directory.says_next("kinds", Refused(PRIVILEGED))
    await house.assigning.assign([one])

    assert house.row().outcome == NotDone(PRIVILEGED, one.guest)
    assert house.directory.groups[AURORA].members == set()
