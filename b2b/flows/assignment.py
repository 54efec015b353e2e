"""Many assignments become memberships and access packages, and close their rows."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from b2b import events
from b2b.domain.access import Assignment
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId, invited_as_member
from b2b.domain.outcome import AlreadyGuest, Assigned, NotDone, Outcome, Taken, status_of
from b2b.domain.packages import AccessPackage, Order
from b2b.domain.reason import Reason
from b2b.domain.request import Address
from b2b.flows.memberships import NO_TIME_LEFT, SLICE, Findings, Seat, change_all
from b2b.flows.packages import Packaging
from b2b.flows.slices import in_slices
from b2b.ports import Clock, Directory, Ledger, Queues

log = logging.getLogger(__name__)

TIME = timedelta(seconds=120)
__all__ = ["SLICE", "TIME", "Assigning"]
Turn = Callable[[Order], Awaitable[None]]


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
    ledger: Ledger
    queues: Queues
    clock: Clock

    async def assign(self, assignments: Sequence[Assignment]) -> Mapping[Assignment, TryLater]:
        """Closes the row of each, but for those answered: they have to be asked for again.

        Ends well within the five minutes of the messages' lock, which nobody renews.
        """
        closed = await in_slices(assignments, self._closed)
        due = [one for one, done in zip(assignments, closed, strict=True) if not done]
        endings = await self._work_off(due, self.clock() + TIME)
        later = {one: end.wait for one, end in endings.items() if end.wait is not None}
        ended = [one for one in due if one not in later]
        await in_slices(ended, lambda one: self._close(one, endings[one].refusal))
        for batch in dict.fromkeys(one.row.batch for one in assignments if one not in later):
            await self.queues.publish(batch)
        return later

    async def _closed(self, assignment: Assignment) -> bool:
        row = await self.ledger.row(assignment.row)
        return row is not None and row.outcome is not None

    async def _work_off(
        self, due: Sequence[Assignment], until: datetime
    ) -> Mapping[Assignment, _Ending]:
        """Groups first, for they take many at a time; what is to be taken away comes last."""
        as_members = frozenset([one.guest for one in due if await self._as_member(one)])
        add = self.directory.add_members
        remove = partial(self.directory.remove_members, as_members=as_members)
        wanted = [seat for one in due for seat in _seats(one)]
        given = await change_all(wanted, add, clock=self.clock, until=until)
        unwanted = [seat for one in due for seat in _seats_to_leave(one)]
        taken = await change_all(unwanted, remove, clock=self.clock, until=until)
        packages = await in_slices(due, lambda one: self._packages(one, as_members, until))
        return {
            one: _together([_of_groups(one, given, taken), *ends])
            for one, ends in zip(due, packages, strict=True)
        }

    async def _as_member(self, assignment: Assignment) -> bool:
        """By the ledger, not by the message alone."""
        row = await self.ledger.row(assignment.row) if assignment.as_member else None
        record = await self.ledger.guest(Address(row.email)) if row is not None else None
        return invited_as_member(record, assignment.guest)

    async def _packages(
        self, assignment: Assignment, as_members: frozenset[GuestId], until: datetime
    ) -> list[_Ending]:
        """One after the other: the row closes when each of them has come to its end."""
        as_member = assignment.guest in as_members
        return [
            await self._package(turn, _order(assignment, package, as_member), until)
            for turn, package in self._turns(assignment)
        ]

    def _turns(self, assignment: Assignment) -> Iterator[tuple[Turn, AccessPackage]]:
        yield from ((self.packaging.give, one) for one in assignment.packages)
        yield from ((self.packaging.extend, one) for one in assignment.extends)
        yield from ((self.packaging.take, one) for one in assignment.remove_packages)

    async def _package(self, turn: Turn, order: Order, until: datetime) -> _Ending:
        if self.clock() >= until:
            return _Ending(wait=NO_TIME_LEFT)
        try:
            await turn(order)
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
