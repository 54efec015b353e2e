"""The places of a day under the brakes, in memory."""

from asyncio import sleep
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from b2b.domain.places import (
    BrakeDecision,
    DayLimits,
    ManagedCounts,
    OverLimit,
    Wanted,
    missing_places,
    over_limit,
    with_places,
)
from b2b.domain.policy import Effect
from tests.fakes.footing import Footing


class FakeBrakePlaces:
    def __init__(self, footing: Footing) -> None:
        self.taken: dict[tuple[date, Effect], dict[str, int]] = defaultdict(dict)
        self._held: dict[tuple[date, Effect, str], dict[str, int]] = defaultdict(dict)
        self._managed: dict[tuple[date, Effect], ManagedCounts] = {}
        self._decisions: list[BrakeDecision] = []
        self._footing = footing

    async def reserve(self, wanted: Wanted, limits: DayLimits) -> OverLimit | None:
        self._footing.tread()
        await sleep(0)
        day, share = (wanted.day, wanted.effect), (wanted.day, wanted.effect, wanted.id)
        more = missing_places(wanted.guests, self._held[share])
        passed = over_limit(wanted.effect, self.taken[day], more, limits)
        if passed is None:
            self.taken[day] = with_places(self.taken[day], more)
            self._held[share] = with_places(self._held[share], more)
        self._footing.tread()
        return passed

    async def record(self, decision: BrakeDecision) -> None:
        self._footing.tread()
        self._decisions.append(decision)
        self._footing.tread()

    async def decisions(self, batch: str) -> Sequence[BrakeDecision]:
        return [decision for decision in self._decisions if decision.batch == batch]

    async def held(self, day: date, effect: Effect, identity: str) -> Mapping[str, int]:
        self._footing.tread()
        return self._held.get((day, effect, identity), {})

    async def managed(self, day: date, effect: Effect) -> ManagedCounts | None:
        self._footing.tread()
        return self._managed.get((day, effect))

    async def keep_managed(self, day: date, effect: Effect, counts: ManagedCounts) -> ManagedCounts:
        self._footing.tread()
        return self._managed.setdefault((day, effect), counts)
