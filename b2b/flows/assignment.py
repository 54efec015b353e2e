"""Many assignments become memberships and access packages, and close their rows."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from b2b import events
from b2b.domain.access import AccountKind, Assignment
from b2b.domain.batch import LedgerRow
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId, invited_as_member
from b2b.domain.outcome import AlreadyGuest, Assigned, NotDone, Outcome, Taken, status_of
from b2b.domain.packages import AccessPackage, Order
from b2b.domain.policy import Partner
from b2b.domain.reason import Reason
from b2b.domain.request import Address
from b2b.flows import assignment_checks as checks
from b2b.flows.memberships import NO_TIME_LEFT, SLICE, Findings, Seat, change_all
from b2b.flows.packages import Packaging
from b2b.flows.recording_removals import RecordingRemovals
from b2b.flows.slices import in_slices
from b2b.ports import AccessRemovals, Clock, Directory, Ledger, PolicyNow, Queues

log = logging.getLogger(__name__)

TIME = timedelta(seconds=120)
POLICY_PAUSE = timedelta(minutes=5)
__all__ = ["SLICE", "TIME", "Assigning", "Endings"]
Turn = Callable[[Order], Awaitable[None]]
Endings = Mapping[Assignment, TryLater | Refused]
_Kind = AccountKind | Refused | TryLater  # or why it could not be read


@dataclass(frozen=True, slots=True)
class _Ending:
    """Why one assignment is refused, or what it has to wait for; neither when all is done."""

    refusal: Reason | None = None
    wait: TryLater | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigning:
    """What giving and taking access may touch."""

    directory: Directory
    packaging: Packaging
    removals: AccessRemovals
    ledger: Ledger
    queues: Queues
    policy: PolicyNow
    clock: Clock

    async def assign(self, assignments: Sequence[Assignment]) -> Endings:
        """Closes the row of each, but for those answered: they have to be asked for again, or
        are refused because the ledger does not know them.

        Ends well within the five minutes of the messages' lock, which nobody renews.
        """
        until = self.clock() + TIME
        found = await in_slices(assignments, lambda assignment: self.ledger.row(assignment.row))
        rows = dict(zip(assignments, found, strict=True))
        unknown = {
            assignment: Refused(reason)
            for assignment, row in rows.items()
            if (reason := checks.why_unknown(assignment, row)) is not None
        }
        due = {
            assignment: row
            for assignment, row in rows.items()
            if assignment not in unknown and row is not None and row.outcome is None
        }
        endings = await self._ends(due, until)
        later = {one: end.wait for one, end in endings.items() if end.wait is not None}
        ended = [assignment for assignment in due if assignment not in later]
        await in_slices(ended, lambda one: self._close(one, endings[one].refusal))
        done = [one for one in rows if one not in later and one not in unknown]
        for batch in dict.fromkeys(one.row.batch for one in done):
            await self.queues.publish(batch)
        return {**later, **unknown}

    async def _ends(
        self, due: Mapping[Assignment, LedgerRow], until: datetime
    ) -> Mapping[Assignment, _Ending]:
        """What the present policy or the account forbids is not begun."""
        endings: dict[Assignment, _Ending] = {}
        allowed: dict[Assignment, Assignment] = {}  # as asked, and as it may be done
        partners = await self._partners(due)
        kinds, as_members = await self._kinds(due), await self._as_members(due)
        for assignment in due:
            as_member = assignment.guest in as_members
            kind = kinds.get(assignment.guest)
            answer = _allowed(assignment, partners[assignment], kind, as_member=as_member)
            if isinstance(answer, Assignment):
                allowed[assignment] = answer
            else:
                endings[assignment] = answer
        rows = {allowed[asked]: due[asked] for asked in allowed}
        worked = await self._work_off(rows, as_members, until)
        return endings | {asked: worked[done] for asked, done in allowed.items()}

    async def _partners(
        self, due: Mapping[Assignment, LedgerRow]
    ) -> Mapping[Assignment, Partner | Reason]:
        """By the policy of this moment. Without one everything waits."""
        if not due:
            return {}
        try:
            policy = await self.policy()
        except Refused as refusal:
            raise TryLater(refusal.reason, POLICY_PAUSE) from refusal
        return {
            assignment: checks.partner_of_row(policy, assignment, row)
            for assignment, row in due.items()
        }

    async def _kinds(self, due: Mapping[Assignment, LedgerRow]) -> Mapping[GuestId, _Kind]:
        guests = list(dict.fromkeys(one.guest for one in due if one.gives))
        slices = [guests[at : at + SLICE] for at in range(0, len(guests), SLICE)]
        kinds: dict[GuestId, _Kind] = {}
        for found in await in_slices(slices, self._kinds_of):
            kinds |= found
        return kinds

    async def _kinds_of(self, guests: Sequence[GuestId]) -> Mapping[GuestId, _Kind]:
        try:
            return await self.directory.kinds(guests)
        except (Refused, TryLater) as failure:
            return dict.fromkeys(guests, failure)

    async def _as_members(self, due: Mapping[Assignment, LedgerRow]) -> frozenset[GuestId]:
        """Whom we invited with userType Member: by the ledger, not by the message alone."""
        found = set()
        for assignment, row in due.items():
            if assignment.as_member:
                record = await self.ledger.guest(Address(row.email))
                if invited_as_member(record, assignment.guest):
                    found.add(assignment.guest)
        return frozenset(found)

    async def _work_off(
        self, due: Mapping[Assignment, LedgerRow], as_members: frozenset[GuestId], until: datetime
    ) -> Mapping[Assignment, _Ending]:
        """Groups first, for they take many at a time; what is to be taken away comes last."""
        add = self.directory.add_members
        rows = {seat: row for one, row in due.items() for seat in _seats_to_leave(one)}
        remove = partial(self._recording.take_groups, rows=rows, as_members=as_members)
        wanted = [seat for one in due for seat in _seats(one)]
        given = await change_all(wanted, add, clock=self.clock, until=until)
        unwanted = [seat for one in due for seat in _seats_to_leave(one)]
        taken = await change_all(unwanted, remove, clock=self.clock, until=until)
        packages = await in_slices(
            list(due), lambda one: self._packages(one, due[one], as_members, until)
        )
        return {
            one: _together([_of_groups(one, given, taken), *ends])
            for one, ends in zip(due, packages, strict=True)
        }

    @property
    def _recording(self) -> RecordingRemovals:
        return RecordingRemovals(
            directory=self.directory,
            packaging=self.packaging,
            removals=self.removals,
            clock=self.clock,
        )

    async def _packages(
        self,
        assignment: Assignment,
        row: LedgerRow,
        as_members: frozenset[GuestId],
        until: datetime,
    ) -> list[_Ending]:
        """One after the other: the row closes when each of them has come to its end."""
        as_member = assignment.guest in as_members
        return [
            await self._package(partial(turn, _order(assignment, package, as_member)), until)
            for turn, package in self._turns(assignment, row)
        ]

    def _turns(
        self, assignment: Assignment, row: LedgerRow
    ) -> Iterator[tuple[Turn, AccessPackage]]:
        yield from ((self.packaging.give, one) for one in assignment.packages)
        yield from ((self.packaging.extend, one) for one in assignment.extends)
        take = partial(self._recording.take_package, row)
        yield from ((take, one) for one in assignment.remove_packages)

    async def _package(self, turn: Callable[[], Awaitable[None]], until: datetime) -> _Ending:
        if self.clock() >= until:
            return _Ending(wait=NO_TIME_LEFT)
        try:
            await turn()
        except Refused as refusal:
            return _Ending(refusal=refusal.reason)
        except TryLater as wait:
            return _Ending(wait=wait)
        return _Ending()

    async def _close(self, assignment: Assignment, refusal: Reason | None) -> None:
        outcome = _outcome(assignment, refusal)
        await self.ledger.close(assignment.row, outcome)
        log.info(
            events.REQUEST_CLOSED,
            extra={"request": assignment.request, "ending": status_of(outcome)},
        )


def _allowed(
    assignment: Assignment,
    partner: Partner | Reason,
    kind: _Kind | None,
    *,
    as_member: bool,
) -> Assignment | _Ending:
    if isinstance(partner, Reason):
        return _Ending(refusal=partner)
    allowed = checks.allowed_by(partner, assignment)
    if isinstance(allowed, Reason):
        return _Ending(refusal=allowed)
    if not assignment.gives:
        return allowed
    if isinstance(kind, Refused):
        return _Ending(refusal=kind.reason)
    against = (
        kind if isinstance(kind, TryLater) else checks.why_not_given(kind, as_member=as_member)
    )
    if isinstance(against, TryLater):
        return _Ending(wait=against)
    return allowed if against is None else _Ending(refusal=against)


def _seats(assignment: Assignment) -> list[Seat]:
    return [(group, assignment.guest) for group in assignment.groups]


def _seats_to_leave(assignment: Assignment) -> list[Seat]:
    return [(group, assignment.guest) for group in assignment.remove_groups]


def _order(assignment: Assignment, package: AccessPackage, as_member: bool) -> Order:
    ticket, until = assignment.ticket, assignment.until
    return Order(assignment.guest, package, ticket, until, as_member)


def _of_groups(assignment: Assignment, given: Findings, taken: Findings) -> _Ending:
    seats, leaves = _seats(assignment), _seats_to_leave(assignment)
    refusal = given.refusal(seats) or taken.refusal(leaves)
    return _Ending(refusal, _longest([*given.waits(seats), *taken.waits(leaves)]))


def _together(endings: Sequence[_Ending]) -> _Ending:
    """The first refusal, once nothing is waited for any more."""
    refusal = next((end.refusal for end in endings if end.refusal is not None), None)
    return _Ending(refusal, _longest([end.wait for end in endings if end.wait is not None]))


def _longest(waits: Sequence[TryLater]) -> TryLater | None:
    return max(waits, key=lambda wait: wait.after, default=None)


def _outcome(assignment: Assignment, refusal: Reason | None) -> Outcome:
    guest = assignment.guest
    if refusal is not None:
        return NotDone(refusal, guest)
    if assignment.takes and not assignment.gives:
        return Taken(guest, len(assignment.remove_groups), len(assignment.remove_packages))
    given = Assigned if assignment.invited else AlreadyGuest
    return given(guest, len(assignment.groups), len(assignment.packages))
