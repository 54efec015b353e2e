"""Places under the brakes of the policy are reserved before anything is done to guests."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from b2b.domain.places import DayLimits, ManagedCounts, OverLimit, Wanted
from b2b.domain.policy import Effect, Policy
from b2b.ports import BrakePlaces, Clock, Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Braking:
    """Counts by the UTC day of our own clock, never by a day that a message names."""

    places: BrakePlaces
    journal: Journal
    clock: Clock

    async def reserve(
        self, policy: Policy, effect: Effect, identity: str, guests: Mapping[str, int]
    ) -> OverLimit | None:
        """Reserves a place for each guest, all or none. `guests`: how many, by partner's name.

        Returns the limit that would be passed, else None. Raises TryLater.
        """
        wanted = Wanted(self.clock().date(), effect, identity, guests)
        passed = await self.places.reserve(wanted, _limits(policy, effect, ManagedCounts()))
        if passed is None or not _counts_percent(policy, effect):
            return passed
        counts = await self._managed(wanted.day, effect)
        return await self.places.reserve(wanted, _limits(policy, effect, counts))

    async def reserve_guest(
        self, policy: Policy, effect: Effect, request: str, partner: str
    ) -> OverLimit | None:
        """As `reserve`, for the guest of one message.

        A message may be worked on for up to a day: the place that it took yesterday is still its.
        """
        yesterday = self.clock().date() - timedelta(days=1)
        if await self.places.held(yesterday, effect, request):
            return None
        return await self.reserve(policy, effect, request, {partner: 1})

    async def _managed(self, day: date, effect: Effect) -> ManagedCounts:
        """Counted once a day: what is lost on the day does not lower the limit of that day."""
        known = await self.places.managed(day, effect)
        if known is not None:
            return known
        guests = {promise.guest: promise.partner async for promise in self.journal.promises()}
        counts = ManagedCounts(len(guests), dict(Counter(guests.values())))
        return await self.places.keep_managed(day, effect, counts)


def _limits(policy: Policy, effect: Effect, managed: ManagedCounts) -> DayLimits:
    return DayLimits(
        policy.brakes[effect].allowed(managed.total),
        {
            partner.name: partner.brakes[effect].allowed(managed.partners.get(partner.name, 0))
            for partner in policy.partners
            if effect in partner.brakes
        },
    )


def _counts_percent(policy: Policy, effect: Effect) -> bool:
    brakes = [policy.brakes[effect]]
    brakes += [partner.brakes[effect] for partner in policy.partners if effect in partner.brakes]
    return any(brake.percent for brake in brakes)
