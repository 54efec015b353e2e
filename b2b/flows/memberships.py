"""Many guests into groups and out of them, twenty at a time, until the time is up."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from b2b.domain.access import Membership
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId
from b2b.ports import Clock

SLICE = 20  # guests of one group between two looks at the clock
NO_TIME_LEFT = TryLater(
    Reason("no_time_left", "The groups of this batch took too long."), timedelta(seconds=1)
)
Seat = tuple[GroupId, GuestId]
Change = Callable[[GroupId, Sequence[GuestId]], Awaitable[Membership]]


@dataclass(slots=True)
class Findings:
    """What each group said of each guest for whom it is not done."""

    refused: dict[Seat, Reason] = field(default_factory=dict)
    later: dict[Seat, TryLater] = field(default_factory=dict)

    def refusal(self, seats: Iterable[Seat]) -> Reason | None:
        return next((self.refused[seat] for seat in seats if seat in self.refused), None)

    def waits(self, seats: Sequence[Seat]) -> list[TryLater]:
        """A refused guest waits for no group."""
        if self.refusal(seats) is not None:
            return []
        return [self.later[seat] for seat in seats if seat in self.later]


async def change_all(
    seats: Iterable[Seat], change: Change, *, clock: Clock, until: datetime
) -> Findings:
    """Slice by slice; whoever is left when the time is up is asked for again at once."""
    findings = Findings()
    for group, guests in _by_group(seats).items():
        for start in range(0, len(guests), SLICE):
            some = guests[start : start + SLICE]
            if clock() < until:
                await _change(group, some, change, findings)
            else:
                findings.later.update({(group, guest): NO_TIME_LEFT for guest in some})
    return findings


async def _change(
    group: GroupId, guests: Sequence[GuestId], change: Change, findings: Findings
) -> None:
    try:
        membership = await change(group, guests)
    except Refused as refusal:
        findings.refused.update({(group, guest): refusal.reason for guest in guests})
    except TryLater as wait:
        findings.later.update({(group, guest): wait for guest in guests})
    else:
        findings.refused.update({(group, g): reason for g, reason in membership.refused.items()})
        findings.later.update({(group, g): unseen for g, unseen in membership.later.items()})


def _by_group(seats: Iterable[Seat]) -> Mapping[GroupId, list[GuestId]]:
    wanted: dict[GroupId, dict[GuestId, None]] = defaultdict(dict)
    for group, guest in seats:
        wanted[group][guest] = None
    return {group: list(guests) for group, guests in wanted.items()}
