"""How the number of guests has gone, and when a ceiling is reached if it goes on like that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

LOOK_BACK = 90  # days that a trend rests on
LEAST_DAYS, LEAST_POINTS = 7, 3
HORIZON = 5 * 365  # what lies further ahead is nobody's guess
BEFORE = (("last run", 1, 10**6), ("7 days ago", 7, 3), ("30 days ago", 30, 7),
          ("90 days ago", 90, 14))  # name, days, and how much older the census may be  # fmt: skip

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Past:
    """What an earlier census counted."""

    day: date
    counts: Counts

    @property
    def guests(self) -> int:
        return self.counts.get("guests", 0)


@dataclass(frozen=True, slots=True)
class Change:
    """The present against one earlier census; None when there is none of that time."""

    name: str
    day: date | None
    differences: Counts


def slope(points: Sequence[tuple[date, int]]) -> float | None:
    """Guests a day, by least squares. None: too few days to tell."""
    if len(points) < LEAST_POINTS or (points[-1][0] - points[0][0]).days < LEAST_DAYS:
        return None
    days = [(day - points[0][0]).days for day, _ in points]
    middle, mean = sum(days) / len(days), sum(n for _, n in points) / len(points)
    spread = sum((day - middle) ** 2 for day in days)
    return (
        sum((day - middle) * (n - mean) for day, (_, n) in zip(days, points, strict=True)) / spread
    )


def recent(past: Sequence[Past], guests: int, today: date) -> list[tuple[date, int]]:
    """The points that a trend rests on, the oldest first, today's among them."""
    earlier = [(one.day, one.guests) for one in past if 0 < (today - one.day).days <= LOOK_BACK]
    return [*sorted(earlier), (today, guests)]


def reached_on(used: int, most: int, growth: float | None, today: date) -> date | None:
    """The first day at or above `most`; today when it is so already. None: not in five years."""
    if used >= most:
        return today
    if growth is None or growth <= 0:
        return None
    days = ceil((most - used) / growth)
    return today + timedelta(days=days) if days <= HORIZON else None


def compare(now: Counts, past: Sequence[Past], today: date) -> list[Change]:
    """Against the last run, and against the newest census that is as old as asked."""
    return [_change(name, days, slack, now, past, today) for name, days, slack in BEFORE]


def _change(
    name: str, days: int, slack: int, now: Counts, past: Sequence[Past], today: date
) -> Change:
    fitting = [one for one in past if days <= (today - one.day).days <= days + slack]
    if not fitting:
        return Change(name, None, {})
    then = max(fitting, key=lambda one: one.day)
    both = [key for key in now if key in then.counts]
    return Change(name, then.day, {key: now[key] - then.counts[key] for key in both})
