"""Whether a batch or a request still has its place under the brakes of a day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from b2b.domain.policy.brakes import Effect


@dataclass(frozen=True, slots=True)
class ManagedCounts:
    """The managed guests that the percentages of a day refer to, counted once a day."""

    total: int = 0
    partners: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The guests that one batch or request affects, by the name of the partner.

    `id` is the batch id or the request id: the same one never counts twice on one day.
    """

    day: date
    effect: Effect
    id: str
    guests: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DayLimits:
    """`partners` names only those that have a limit of their own."""

    total: int
    partners: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OverLimit:
    """`partner` is "" when it is the limit in all. `wanted`: with those of the day before it."""

    effect: Effect
    partner: str
    wanted: int
    allowed: int


@dataclass(frozen=True, slots=True)
class BrakeDecision:
    """An operator, by object id, decided about the held rows of a batch."""

    batch: str
    at: datetime
    operator: str
    rows: int
    released: bool


def missing_places(wanted: Mapping[str, int], held: Mapping[str, int]) -> dict[str, int]:
    """The places that an earlier reservation of the same id does not hold yet, by partner."""
    more = {name: count - held.get(name, 0) for name, count in wanted.items()}
    return {name: count for name, count in more.items() if count > 0}


def with_places(taken: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    names = sorted({*taken, *more})
    return {name: taken.get(name, 0) + more.get(name, 0) for name in names}


def over_limit(
    effect: Effect, taken: Mapping[str, int], more: Mapping[str, int], limits: DayLimits
) -> OverLimit | None:
    """Returns the first limit that `more` guests would pass; None when there is room for all."""
    if not more:
        return None
    after = with_places(taken, more)
    if sum(after.values()) > limits.total:
        return OverLimit(effect, "", sum(after.values()), limits.total)
    for name in more:
        if name in limits.partners and after[name] > limits.partners[name]:
            return OverLimit(effect, name, after[name], limits.partners[name])
    return None
