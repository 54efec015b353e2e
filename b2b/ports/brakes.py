"""The places of a day under the brakes of the policy."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from b2b.domain.places import BrakeDecision, DayLimits, ManagedCounts, OverLimit, Wanted
from b2b.domain.policy import Effect


class BrakePlaces(Protocol):
    """Raises TryLater when the table is out of reach or other writers are too many."""

    async def reserve(self, wanted: Wanted, limits: DayLimits) -> OverLimit | None:
        """Reserves all places or none. Returns None when they are reserved.

        However many callers there are, the reserved places never pass the limits. Places that the
        same id holds on that day already count once.
        """

    async def held(self, day: date, effect: Effect, identity: str) -> Mapping[str, int]:
        """Returns the places that the id holds on that day, by partner; empty when none."""

    async def managed(self, day: date, effect: Effect) -> ManagedCounts | None:
        """Returns the counts that were kept for that day, if any."""

    async def keep_managed(self, day: date, effect: Effect, counts: ManagedCounts) -> ManagedCounts:
        """Keeps the counts for that day; the first ones stay and are returned."""

    async def record(self, decision: BrakeDecision) -> None:
        """Keeps the decision of an operator."""

    async def decisions(self, batch: str) -> Sequence[BrakeDecision]:
        """Returns the decisions about a batch, the oldest first."""
