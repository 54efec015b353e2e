"""What the number of guests may not pass, and how near it is."""

from dataclasses import dataclass
from datetime import date

from b2b.domain.census.trend import reached_on

FREE_ACTIVE = (
    50_000  # a month; https://learn.microsoft.com/entra/external-id/external-identities-pricing
)
QUOTA, CEILING, ACTIVE = "directory_quota", "policy_ceiling", "monthly_active"
TITLES = {
    CEILING: "Guests the policy allows",
    QUOTA: "Objects in the directory",
    ACTIVE: "Active guests this month",
}


@dataclass(frozen=True, slots=True)
class Quota:
    """Objects of every kind. https://learn.microsoft.com/graph/api/resources/organization (beta)"""

    used: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`used` or `most` None: not readable, and `note` says why."""

    id: str
    used: int | None
    most: int | None
    reached: date | None = None
    note: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.id]

    @property
    def percent(self) -> float | None:
        if self.used is None or not self.most:
            return None
        return 100 * self.used / self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """What was read. `quota_note` says why there is no quota; `active` None: no export yet;
    `active_partial`: part of the month was never read."""

    ceiling: int
    quota: Quota | None
    quota_note: str
    active: int | None
    active_partial: bool = False


def limits(guests: int, gauges: Gauges, growth: float | None, today: date) -> list[Limit]:
    """The directory is taken to grow as its guests do: nobody else is counted here."""
    ceiling = Limit(
        id=CEILING,
        used=guests,
        most=gauges.ceiling,
        reached=reached_on(guests, gauges.ceiling, growth, today),
    )
    return [ceiling, _quota(gauges, growth, today), _active(gauges)]


def _quota(gauges: Gauges, growth: float | None, today: date) -> Limit:
    quota = gauges.quota
    if quota is None:
        return Limit(id=QUOTA, used=None, most=None, note=gauges.quota_note)
    reached = reached_on(quota.used, quota.total, growth, today)
    return Limit(id=QUOTA, used=quota.used, most=quota.total, reached=reached)


def _active(gauges: Gauges) -> Limit:
    note = "Part of this month was never read: there may be more." if gauges.active_partial else ""
    if gauges.active is None:
        note = "No export of sign-ins for this month yet."
    return Limit(id=ACTIVE, used=gauges.active, most=FREE_ACTIVE, note=note)
