"""What is odd in the sign-ins of guests: folded one by one, whatever their order."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from b2b.domain.activity import SignIn
from b2b.domain.guest import GuestId

RECENT, BEFORE = timedelta(days=7), timedelta(days=21)
MANY_FAILURES, MANY_DENIALS = 10, 3
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes (read 2026-11-23):
# 500121 a second factor was denied or never answered; interrupts only ask for one more step.
DENIALS = frozenset({500121})
INTERRUPTS = frozenset({
    16000, 50058, 50072, 50074, 50076, 50079, 50097, 50125, 50127, 50129, 50140, 50143, 50199,
    51006, 65001, 81010, 81012,
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddities:
    """`seen`: how many sign-ins were looked at; `since`: the first day of an export that is
    younger than the four weeks.
    """

    failing: tuple[GuestId, ...] = ()
    denying: tuple[GuestId, ...] = ()
    new_countries: tuple[tuple[GuestId, str], ...] = ()
    seen: int = 0
    since: date | None = None


@dataclass(slots=True)
class OddityFold:
    """Give it every sign-in of the last four weeks; a failure that comes twice counts once."""

    now: datetime
    guests: Set[GuestId]
    _seen: int = 0
    _ids: set[str] = field(default_factory=set)  # of failures only: those are few
    _failures: Counter[GuestId] = field(default_factory=Counter)
    _denials: Counter[GuestId] = field(default_factory=Counter)
    _before: dict[GuestId, set[str]] = field(default_factory=dict)
    _lately: dict[GuestId, set[str]] = field(default_factory=dict)

    def add(self, one: SignIn) -> None:
        age = self.now - one.at
        if one.guest not in self.guests or age > RECENT + BEFORE:
            return
        self._seen += 1
        if one.error == 0:
            countries = self._lately if age <= RECENT else self._before
            if one.country:
                countries.setdefault(one.guest, set()).add(one.country)
        elif age <= RECENT and one.id not in self._ids and one.error not in INTERRUPTS:
            self._ids.add(one.id)
            self._failures[one.guest] += 1
            self._denials[one.guest] += one.error in DENIALS

    def result(self) -> Oddities:
        return Oddities(
            failing=_at_least(MANY_FAILURES, self._failures),
            denying=_at_least(MANY_DENIALS, self._denials),
            new_countries=tuple(
                (user, country)
                for user, lately in sorted(self._lately.items())
                if (known := self._before.get(user))  # who is new has no habits yet
                for country in sorted(lately - known)
            ),
            seen=self._seen,
        )


def _at_least(least: int, counted: Counter[GuestId]) -> tuple[GuestId, ...]:
    return tuple(sorted(user for user, count in counted.items() if count >= least))
