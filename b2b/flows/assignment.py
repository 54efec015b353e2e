"""Many assignments become memberships, twenty guests at a time, and close their rows."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from b2b import events
from b2b.domain.access import Assignment
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.outcome import AlreadyGuest, Assigned, NotDone, Outcome, status_of
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId
from b2b.ports import Directory, Ledger, Queues

log = logging.getLogger(__name__)


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

    async def assign(self, assignments: Sequence[Assignment]) -> Mapping[Assignment, TryLater]:
        """Closes the row of each, but for those answered: they have to be asked for again."""
        due = [one for one in assignments if not await self._closed(one)]
        findings = _Findings({}, {})
        for group, guests in _by_group(due).items():
            await self._add(group, guests, findings)
        later = {one: wait for one in due if (wait := findings.wait(one)) is not None}
        for one in due:
            if one not in later:
                await self._close(one, findings.refusal(one))
        for batch in dict.fromkeys(one.row.batch for one in assignments if one not in later):
            await self.queues.publish(batch)
        return later

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
