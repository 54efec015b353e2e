"""What the template shows, made of a picture: no decision is left to the template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from b2b.adapters.report import words
from b2b.domain.census import Picture, Sponsored, State
from b2b.domain.census.bands import NO_DATE, OVER
from b2b.domain.census.counting import ACTIVE
from b2b.domain.census.limits import TITLES, Limit
from b2b.domain.finding import Severity

HEATS = 4


@dataclass(frozen=True, slots=True)
class Card:
    """A key figure. `tone`: good, watch or plain."""

    title: str
    value: str
    note: str = ""
    change: int | None = None
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Bar:
    """`width` in percent of the longest."""

    title: str
    value: int
    width: float
    share: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar; None before today and after the last."""

    day: date | None
    ends: int
    heat: int


def view(picture: Picture, most: int) -> dict[str, Any]:
    figures = picture.figures
    return {
        "p": picture,
        "f": figures,
        "headline": _headline(picture),
        "cards": _cards(picture),
        "grave": sum(_is_grave(one.severity) for one in picture.findings),
        "failed": sum(
            one.status == "failed" and _is_grave(one.severity) for one in picture.posture.checks
        ),
        "states": _bars({words.STATE[state]: figures.states[state] for state in words.STATES}),
        "funnel": _funnel(picture),
        "weeks": _weeks(figures.calendar),
        "ending": sum(figures.calendar.values()),
        "bands": _bands(picture),
        "limits": [_gauge(one) for one in picture.limits],
        "changes": picture.changes,
        "counted": words.COUNTED,
        "partners": figures.partners[:most],
        "domains": figures.domains[:most],
        "attention": picture.attention,
        "state_names": words.STATE,
        "statuses": words.STATUS,
        "tallies": _tallies(picture),
    }


def _is_grave(severity: str) -> bool:
    return Severity(severity).rank >= Severity.MEDIUM.rank


def _headline(picture: Picture) -> str:
    guests = words.plural(picture.figures.guests, "guest")
    last = picture.changes[0] if picture.changes else None
    if last is None or last.day is None:
        return f"{guests} in the directory"
    change = last.differences.get("guests", 0)
    if change == 0:
        return f"{guests}, as many as on {words.day(last.day)}"
    more = "more" if change > 0 else "fewer"
    return f"{guests}, {abs(change):,} {more} than on {words.day(last.day)}"


def _cards(picture: Picture) -> list[Card]:
    figures, changed = picture.figures, _changed(picture)
    states, guests = figures.states, figures.guests
    blocked = states[State.BLOCKED_BY_US] + states[State.BLOCKED_BY_OTHERS]
    soon = sum(list(figures.calendar.values())[:31])
    active = figures.funnel.active
    seen = words.number(active) if active is not None else "not known"
    return [
        Card("Guests", words.number(guests), "without the recycle bin", changed.get("guests")),
        Card(
            f"Seen in {ACTIVE} days", seen, words.percent(active, guests), None,
            "good" if active else "plain",
        ),
        Card(
            "Invitation pending", words.number(states[State.PENDING]),
            f"{figures.unanswered:,} for too long", changed.get(State.PENDING),
            _watch(figures.unanswered),
        ),
        Card(
            "Blocked", words.number(blocked),
            f"{states[State.BLOCKED_BY_US]:,} by us, {states[State.BLOCKED_BY_OTHERS]:,} by others",
        ),
        Card("Stays end soon", words.number(soon), "within 30 days"),
        Card(
            "Stay over, still enabled", words.number(figures.overdue), "should be none", None,
            _watch(figures.overdue),
        ),
        Card(
            "In directory roles", words.number(figures.in_roles), "should be none",
            changed.get("in_roles"), _watch(figures.in_roles),
        ),
        Card(
            "At unknown domains", words.number(figures.at_unknown_domains), "of no partner",
            changed.get("at_unknown_domains"), _watch(figures.at_unknown_domains),
        ),
    ]  # fmt: skip


def _watch(number: int) -> str:
    return "watch" if number else "good"


def _changed(picture: Picture) -> Mapping[str, int]:
    return picture.changes[0].differences if picture.changes else {}


def _bars(tally: Mapping[str, int], watched: Sequence[str] = ()) -> list[Bar]:
    longest, whole = max(tally.values(), default=0), sum(tally.values())
    return [
        Bar(
            title,
            value,
            _width(value, longest),
            words.percent(value, whole),
            "watch" if title in watched and value else "",
        )
        for title, value in tally.items()
    ]


def _width(value: int, longest: int) -> float:
    """What is there is seen: a bar is never thinner than a hair."""
    return round(max(100 * value / longest, 0.6), 1) if value and longest else 0.0


def _funnel(picture: Picture) -> list[Bar]:
    funnel = picture.figures.funnel
    steps = (
        ("Invited", funnel.invited),
        ("Redeemed", funnel.redeemed),
        (f"Active in the last {ACTIVE} days", funnel.active),
        ("Stay is over", funnel.expired),
    )
    return [
        Bar(
            title,
            -1 if value is None else value,
            _width(value or 0, funnel.invited),
            words.percent(value, funnel.invited),
        )
        for title, value in steps
    ]


def _weeks(calendar: Mapping[date, int]) -> list[list[Cell]]:
    """From Monday to Sunday, whole weeks."""
    if not calendar:
        return []
    first, last = min(calendar), max(calendar)
    monday = first - timedelta(days=first.weekday())
    most = max(calendar.values())
    days = [monday + timedelta(days=n) for n in range((last - monday).days + 1)]
    days += [last + timedelta(days=n) for n in range(1, 7 - last.weekday())]
    cells = [
        Cell(day, calendar[day], _heat(calendar[day], most)) if day in calendar else _NO_DAY
        for day in days
    ]
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


_NO_DAY = Cell(None, 0, 0)


def _heat(ends: int, most: int) -> int:
    return 0 if not ends else max(1, -(-ends * HEATS // most))


def _bands(picture: Picture) -> list[tuple[str, str, list[Bar]]]:
    figures = picture.figures
    sponsors = {words.SPONSOR[one]: figures.sponsors[one] for one in Sponsored}
    gone = (words.SPONSOR[Sponsored.GONE], words.SPONSOR[Sponsored.NOBODY])
    seen_note = picture.dates_note or "By the newest sign-in that the directory tells of each."
    return [
        ("Last seen", seen_note, [] if picture.dates_note else _bars(_capital(figures.seen))),
        ("Age of the account", "Since the invitation.", _bars(_capital(figures.age))),
        (
            "Days to the end of the stay", "Of managed guests.",
            _bars(_capital(figures.expiry), [OVER.capitalize()]),
        ),
        ("Who answers for them", "By the ledger and the directory.", _bars(sponsors, gone)),
    ]  # fmt: skip


def _capital(tally: Mapping[str, int]) -> Mapping[str, int]:
    """Accounts without a date are rare: told only where there are some."""
    return {
        name[:1].upper() + name[1:]: value
        for name, value in tally.items()
        if value or name != NO_DATE
    }


def _gauge(limit: Limit) -> dict[str, Any]:
    percent = limit.percent
    tone = "plain" if percent is None else "watch" if percent >= 80 else "good"
    return {
        "title": TITLES[limit.id],
        "limit": limit,
        "width": min(round(percent or 0, 1), 100),
        "share": words.percent(limit.used, limit.most),
        "tone": tone,
    }


def _tallies(picture: Picture) -> dict[str, int]:
    """How many checks of the posture came to which end."""
    checks = picture.posture.checks
    return {status: sum(one.status == status for one in checks) for status in words.STATUS}
