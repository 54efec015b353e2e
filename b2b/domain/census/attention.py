"""Whom somebody should look at, and why: the gravest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from b2b.domain.census.counting import Terms
from b2b.domain.census.person import Person, Sponsored, State

SOON = 14  # days


@dataclass(frozen=True, slots=True)
class Concern:
    """`rank`: the lower, the sooner."""

    rank: int
    words: str


def concerns(one: Person, terms: Terms, today: date) -> list[Concern]:
    """None for a guest in the recycle bin, and for one who is in order."""
    return [*_grave(one, today), *_small(one, terms, today)] if one.alive else []


def _grave(one: Person, today: date) -> Iterable[Concern]:
    if one.holds_role:
        yield Concern(0, "holds a directory role")
    end = one.expires_on
    if end is not None and end < today and one.enabled:
        yield Concern(1, f"stay ended {_days(today, end)} ago, still enabled")
    if not one.known:
        yield Concern(2, "domain of no partner")
    if one.sponsored in (Sponsored.GONE, Sponsored.NOBODY):
        yield Concern(3, "nobody answers for the guest")


def _small(one: Person, terms: Terms, today: date) -> Iterable[Concern]:
    if one.state is State.PENDING and one.created:
        waited = (today - one.created).days
        if waited >= terms.unredeemed:
            yield Concern(4, f"invitation unanswered for {waited} days")
    if one.enabled and one.seen and (today - one.seen).days >= terms.inactive:
        yield Concern(5, f"not seen for {_days(today, one.seen)}")
    end = one.expires_on
    if end is not None and 0 <= (end - today).days <= SOON:
        yield Concern(6, f"stay ends in {_days(end, today)}" if end > today else "stay ends today")
    if one.state is State.BLOCKED_BY_OTHERS:
        yield Concern(7, "blocked, and not by us")


def _days(later: date, earlier: date) -> str:
    days = (later - earlier).days
    return f"{days} day" if days == 1 else f"{days} days"
