"""Many assignments become memberships, twenty guests at a time, and close their rows."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from b2b import events
from b2b.domain.access import Assignment
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.outcome import AlreadyGuest, Assigned, NotDone, Outcome, status_of
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId
from b2b.flows.slices import in_slices
from b2b.ports import Clock, Directory, Ledger, Queues

log = logging.getLogger(__name__)


SLICE = 20  # guests of one group between two looks at the clock
TIME = timedelta(seconds=120)
_NO_TIME_LEFT = TryLater(
    Reason("no_time_left", "The groups of this batch took too long."), timedelta(seconds=1)
)
Seat = tuple[GroupId, GuestId]


@dataclass(slots=True)
class _Findings:
    """What each group said of each guest that is not a member of it now."""

    refused: dict[Seat, Reason]
    later: dict[Seat, TryLater]

    def refusal(self, assignment: Assignment) -> Reason | None:
        return next((self.refused[s] for s in _seats(assignment) if s in self.refused), None)

    def wait(self, assignment: Assignment) -> TryLater | None:
        """The longest wait that any of the groups asks for; a refused guest waits for nothing."""
        if self.refusal(assignment) is not None:
            return None
        waits = [self.later[seat] for seat in _seats(assignment) if seat in self.later]
        return max(waits, key=lambda wait: wait.after, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigning:
    """What giving access may touch."""

    directory: Directory
    ledger: Ledger
    queues: Queues
    clock: Clock

    async def assign(self, assignments: Sequence[Assignment]) -> Mapping[Assignment, TryLater]:
        """Closes the row of each, but for those answered: they have to be asked for again.

        Ends well within the five minutes of the messages' lock, which nobody renews.
        """
        closed = await in_slices(assignments, self._closed)
        due = [one for one, done in zip(assignments, closed, strict=True) if not done]
        findings = await self._add_all(_by_group(due))
        later = {one: wait for one in due if (wait := findings.wait(one)) is not None}
        ended = [one for one in due if one not in later]
        await in_slices(ended, lambda one: self._close(one, findings.refusal(one)))
        for batch in dict.fromkeys(one.row.batch for one in assignments if one not in later):
            await self.queues.publish(batch)
        return later

    async def _add_all(self, wanted: Mapping[GroupId, Sequence[GuestId]]) -> _Findings:
        """Slice by slice, until the time is up; whoever is left is asked for again at once."""
        findings, until = _Findings({}, {}), self.clock() + TIME
        for group, guests in wanted.items():
            for start in range(0, len(guests), SLICE):
                some = guests[start : start + SLICE]
                if self.clock() < until:
                    await self._add(group, some, findings)
                else:
                    findings.later.update({(group, guest): _NO_TIME_LEFT for guest in some})
        return findings

    async def _closed(self, assignment: Assignment) -> bool:
        row = await self.ledger.row(assignment.row)
        return row is not None and row.outcome is not None

    async def _add(self, group: GroupId, guests: Sequence[GuestId], findings: _Findings) -> None:
        try:
            membership = await self.directory.add_members(group, guests)
        except Refused as refusal:
            findings.refused.update({(group, guest): refusal.reason for guest in guests})
        except TryLater as wait:
            findings.later.update({(group, guest): wait for guest in guests})
        else:
            for guest, reason in membership.refused.items():
                findings.refused[group, guest] = reason
            findings.later.update(
                {(group, guest): unseen for guest, unseen in membership.later.items()}
            )

    async def _close(self, assignment: Assignment, refusal: Reason | None) -> None:
        outcome = _outcome(assignment, refusal)
        await self.ledger.close(assignment.row, outcome)
        log.info(
            events.REQUEST_CLOSED,
            extra={"request": assignment.request, "ending": status_of(outcome)},
        )


def _seats(assignment: Assignment) -> list[Seat]:
    return [(group, assignment.guest) for group in assignment.groups]


def _by_group(assignments: Sequence[Assignment]) -> Mapping[GroupId, list[GuestId]]:
    wanted: dict[GroupId, dict[GuestId, None]] = defaultdict(dict)
    for assignment in assignments:
        for group in assignment.groups:
            wanted[group][assignment.guest] = None
    return {group: list(guests) for group, guests in wanted.items()}


def _outcome(assignment: Assignment, refusal: Reason | None) -> Outcome:
    if refusal is not None:
        return NotDone(refusal, assignment.guest)
    if assignment.invited:
        return Assigned(assignment.guest, len(assignment.groups))
    return AlreadyGuest(assignment.guest, len(assignment.groups))
