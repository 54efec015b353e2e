"""Everybody counted, in one walk over the list."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from b2b.domain.census.bands import (
    AGE,
    EXPIRY,
    NEVER,
    NO_DATE,
    NO_END,
    SEEN,
    age_band,
    expiry_band,
    names,
    seen_band,
)
from b2b.domain.census.person import Person, Sponsored, State

AHEAD = 90  # days of the expiry calendar
ACTIVE = 30  # days since the last sign-in
STALE = 90
UNCLAIMED = "(no partner)"

Tally = Mapping[str, int]


@dataclass(slots=True)
class Group:
    """The guests of one partner or of one domain, those in the recycle bin left out."""

    name: str
    partner: str = ""
    known: bool = True
    guests: int = 0
    accepted: int = 0
    pending: int = 0
    blocked: int = 0
    quiet: int = 0  # not seen for more than STALE days, as far as dates are told
    ending: int = 0  # within 30 days
    unmanaged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Invited guests, how many redeemed, how many of those were active, whose stay is over.

    `active` is None when no dates could be read.
    """

    invited: int
    redeemed: int
    active: int | None
    expired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`guests` is without the recycle bin; so is everything but `states`."""

    guests: int
    states: Tally
    age: Tally
    seen: Tally
    sponsors: Tally
    expiry: Tally
    calendar: Mapping[date, int]
    funnel: Funnel
    managed: int
    in_roles: int
    at_unknown_domains: int
    overdue: int  # the stay is over, the account enabled
    unanswered: int  # invited, and not redeemed for longer than the policy waits
    quiet: int  # enabled, and not seen for longer than the policy allows
    partners: Sequence[Group] = field(default_factory=tuple)
    domains: Sequence[Group] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the policy calls too long, in days; `dates`: whether sign-in dates could be read."""

    unredeemed: int
    inactive: int
    dates: bool


def count(people: Iterable[Person], terms: Terms, today: date) -> Figures:
    """Each list of groups is sorted: the largest first, then by name."""
    tallies: dict[str, Counter[str]] = {
        name: Counter() for name in ("state", "age", "seen", "sponsor", "expiry", "sum")
    }
    days: Counter[date] = Counter()
    partners: dict[str, Group] = {}
    domains: dict[str, Group] = {}
    for one in people:
        tallies["state"][one.state] += 1
        if not one.alive:
            continue
        _tally(one, tallies, days, today)
        tallies["sum"].update(_marks(one, terms, today))
        partner = one.partner or UNCLAIMED
        _add(partners.setdefault(partner, Group(partner, known=bool(one.partner))), one, today)
        of_domain = Group(one.domain, one.partner, one.known)
        _add(domains.setdefault(one.domain, of_domain), one, today)
    return _figures(tallies, days, (_sorted(partners), _sorted(domains)), terms, today)


def _tally(one: Person, to: Mapping[str, Counter[str]], days: Counter[date], today: date) -> None:
    to["age"][age_band(one.created, today)] += 1
    to["seen"][seen_band(one.seen, today, pending=one.state is State.PENDING)] += 1
    to["sponsor"][one.sponsored] += 1
    if one.managed:
        to["expiry"][expiry_band(one.expires_on, today)] += 1
    if one.expires_on is not None and 0 <= (one.expires_on - today).days < AHEAD:
        days[one.expires_on] += 1


def _marks(one: Person, terms: Terms, today: date) -> Iterable[str]:
    """What is true of one guest, among what the figures count."""
    idle = (today - one.seen).days if one.seen else None
    old = (today - one.created).days if one.created else 0
    over = one.expires_on is not None and one.expires_on < today
    marks = {
        "guests": True,
        "managed": one.managed,
        "in_roles": one.holds_role,
        "unknown": not one.known,
        "expired": over,
        "overdue": over and one.enabled,
        "redeemed": one.state is not State.PENDING,
        "active": idle is not None and idle <= ACTIVE,
        "unanswered": one.state is State.PENDING and old >= terms.unredeemed,
        "quiet": one.enabled and idle is not None and idle >= terms.inactive,
    }
    return (name for name, true in marks.items() if true)


def _add(group: Group, one: Person, today: date) -> None:
    group.guests += 1
    group.accepted += one.state is State.ACCEPTED
    group.pending += one.state is State.PENDING
    group.blocked += one.blocked
    group.quiet += one.seen is not None and (today - one.seen).days > STALE
    group.ending += one.expires_on is not None and 0 <= (one.expires_on - today).days <= 30
    group.unmanaged += not one.managed


def _sorted(groups: Mapping[str, Group]) -> list[Group]:
    return sorted(groups.values(), key=lambda one: (-one.guests, one.name))


def _figures(
    tallies: Mapping[str, Counter[str]],
    days: Counter[date],
    groups: tuple[Sequence[Group], Sequence[Group]],
    terms: Terms,
    today: date,
) -> Figures:
    total = tallies["sum"]
    return Figures(
        guests=total["guests"],
        states=_whole(tallies["state"], list(State)),
        age=_whole(tallies["age"], names(AGE, NO_DATE)),
        seen=_whole(tallies["seen"], names(SEEN, NEVER, NO_DATE)),
        sponsors=_whole(tallies["sponsor"], list(Sponsored)),
        expiry=_whole(tallies["expiry"], names(EXPIRY, NO_END)),
        calendar={day: days[day] for day in (today + timedelta(n) for n in range(AHEAD))},
        funnel=Funnel(
            invited=total["guests"],
            redeemed=total["redeemed"],
            active=total["active"] if terms.dates else None,
            expired=total["expired"],
        ),
        managed=total["managed"],
        in_roles=total["in_roles"],
        at_unknown_domains=total["unknown"],
        overdue=total["overdue"],
        unanswered=total["unanswered"],
        quiet=total["quiet"],
        partners=groups[0],
        domains=groups[1],
    )


def _whole(tally: Counter[str], order: Sequence[str]) -> Tally:
    """In the order of the bands, with those that hold nobody."""
    return {str(name): tally[name] for name in order}
