"""reports/census/<date>/: what machines and spreadsheets read of a census."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from b2b.domain.census import Group, Limit, Person, Picture, Terms, counts
from b2b.domain.census.attention import concerns
from b2b.domain.census.trend import Change
from b2b.domain.finding import Finding
from b2b.domain.upload import safe_line

SCHEMA = "guest-census/1"
COLUMNS = (
    *("guestId", "email", "displayName", "domain", "partner", "state", "managed", "sponsor"),
    *("sponsorState", "created", "lastSeen", "expiresOn", "daysToExpiry", "holdsRole"),
    "attention",
)
ROWS_AT_ONCE = 500


def guests_csv(people: Iterable[Person], terms: Terms, today: date) -> Iterator[bytes]:
    """Everybody, those in the recycle bin too, in the order in which they come."""
    lines = [safe_line(COLUMNS)]
    for one in people:
        lines.append(safe_line(_cells(one, terms, today)))
        if len(lines) == ROWS_AT_ONCE:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()


def _cells(one: Person, terms: Terms, today: date) -> list[str | int]:
    end = one.expires_on
    return [
        *(one.id, one.mail, one.name, one.domain, one.partner, one.state),
        *("yes" if one.managed else "no", one.sponsor, one.sponsored),
        *(_day(one.created), _day(one.seen), _day(end)),
        (end - today).days if end else "",
        "yes" if one.holds_role else "",
        "; ".join(each.words for each in concerns(one, terms, today)),
    ]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def census_json(picture: Picture) -> bytes:
    figures = picture.figures
    funnel = figures.funnel
    content = {
        "schema": SCHEMA,
        "date": picture.day.isoformat(),
        "policyVersion": picture.policy_version,
        "counts": dict(counts(figures)),
        "states": dict(figures.states),
        "age": dict(figures.age),
        "lastSeen": dict(figures.seen) if not picture.dates_note else None,
        "lastSeenNote": picture.dates_note,
        "managed": {"managed": figures.managed, "unmanaged": figures.guests - figures.managed},
        "sponsors": dict(figures.sponsors),
        "expiry": dict(figures.expiry),
        "calendar": {day.isoformat(): n for day, n in figures.calendar.items() if n},
        "funnel": {
            "invited": funnel.invited,
            "redeemed": funnel.redeemed,
            "active": funnel.active,
            "expired": funnel.expired,
        },
        "inRoles": figures.in_roles,
        "atUnknownDomains": figures.at_unknown_domains,
        "agentsLeftOut": picture.agents,
        "partners": [_group(one) for one in figures.partners],
        "domains": [_group(one) for one in figures.domains],
        "limits": [_limit(one) for one in picture.limits],
        "guestsPerDay": None if picture.growth is None else round(picture.growth, 2),
        "compared": [_change(one) for one in picture.changes],
        "findings": [_finding(one) for one in picture.findings],
        "attention": picture.noticed,
    }
    return json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"


def _group(one: Group) -> dict[str, object]:
    return {
        "name": one.name,
        "partner": one.partner,
        "known": one.known,
        "guests": one.guests,
        "accepted": one.accepted,
        "pending": one.pending,
        "blocked": one.blocked,
        "quiet": one.quiet,
        "ending": one.ending,
        "unmanaged": one.unmanaged,
    }


def _limit(one: Limit) -> dict[str, object]:
    reached = one.reached.isoformat() if one.reached else None
    return {
        **{"id": one.id, "used": one.used, "most": one.most},
        **{"reachedOn": reached, "note": one.note},
    }


def _change(one: Change) -> dict[str, object]:
    day = one.day.isoformat() if one.day else None
    return {"with": one.name, "date": day, "differences": dict(one.differences)}


def _finding(one: Finding) -> dict[str, object]:
    return {
        **{"id": one.id, "severity": one.severity, "title": one.title, "found": one.found},
        **{"why": one.why, "remedy": one.remedy, "link": one.link},
    }


def stopped_json(day: date, code: str, sentence: str) -> bytes:
    told = {"schema": "guest-census-stopped/1", "date": day.isoformat()}
    return json.dumps(told | {"code": code, "sentence": sentence}, indent=1).encode() + b"\n"


Papers = Sequence[tuple[str, Iterable[bytes]]]
