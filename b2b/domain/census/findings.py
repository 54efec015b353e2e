"""What a census has to tell: a threshold that was passed, why it matters, what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from b2b.domain.census.counting import Figures, Terms
from b2b.domain.census.limits import ACTIVE, CEILING, QUOTA, Limit
from b2b.domain.census.person import Sponsored, State
from b2b.domain.census.trend import Change
from b2b.domain.finding import Finding, Severity

NEAR, FULL = 80.0, 95.0  # percent of a limit
SOON = timedelta(days=90)
MANY_UNMANAGED = 50.0  # percent of all guests
LEARN = "https://learn.microsoft.com/entra"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What findings are judged by. `dates_note`, when there is one, says why there are no dates."""

    figures: Figures
    limits: Sequence[Limit]
    changes: Sequence[Change]
    terms: Terms
    most_change_percent: float
    dates_note: str
    today: date


def findings(seen: Seen) -> list[Finding]:
    """The gravest first; of equal ones in the order in which they are judged."""
    found = [*_of_people(seen.figures, seen.terms), *_of_limits(seen), *_of_change(seen)]
    if seen.dates_note:
        found.append(_no_dates(seen.dates_note))
    return sorted(found, key=lambda one: -one.severity.rank)


def _of_people(figures: Figures, terms: Terms) -> Iterable[Finding]:
    if figures.in_roles:
        yield Finding(
            id="guests_in_roles",
            severity=Severity.HIGH,
            title="Guests hold directory roles",
            found=f"{_guests(figures.in_roles)} with a role held, or one that can be taken up.",
            why="An account that another organisation looks after can administer this tenant.",
            remedy="Give such work to an account of your own; remove the assignment, or make it "
            "eligible with approval.",
            link=f"{LEARN}/identity/role-based-access-control/best-practices",
        )
    if figures.overdue:
        yield Finding(
            id="stays_over",
            severity=Severity.MEDIUM,
            title="Stays are over, accounts are not",
            found=f"{_guests(figures.overdue)} can sign in although their stay has ended.",
            why="Access that nobody asked for any more is access that nobody watches.",
            remedy="Let the sweep enforce (mode in the policy), or renew: python -m b2b renew.",
        )
    if figures.at_unknown_domains:
        yield Finding(
            id="unknown_domains",
            severity=Severity.MEDIUM,
            title="Guests of nobody's partner",
            found=f"{_guests(figures.at_unknown_domains)} with an address at a domain that no "
            "partner of the policy claims.",
            why="Nobody decided that these organisations may come in, and no terms hold for them.",
            remedy="Add the domain to a partner in policy.toml, or let these guests go.",
            link=f"{LEARN}/external-id/allow-deny-list",
        )
    yield from _of_care(figures, terms)


def _of_care(figures: Figures, terms: Terms) -> Iterable[Finding]:
    alone = figures.sponsors[Sponsored.GONE] + figures.sponsors[Sponsored.NOBODY]
    if alone:
        yield Finding(
            id="sponsorless",
            severity=Severity.MEDIUM if alone * 10 > figures.managed else Severity.LOW,
            title="Nobody answers for some guests",
            found=f"{alone:,} of {figures.managed:,} managed guests without a sponsor at work.",
            why="Nobody will notice when such a guest no longer needs the access.",
            remedy="Name a sponsor for the partner in policy.toml; the sweep hands over to them.",
        )
    if figures.unanswered:
        yield Finding(
            id="unanswered",
            severity=Severity.LOW,
            title="Invitations nobody answered",
            found=f"{_guests(figures.unanswered)} invited {terms.unredeemed} days ago or "
            "earlier, and not redeemed.",
            why="An open invitation is a door that whoever reads that mailbox can walk through.",
            remedy="Ask the sponsors; the sweep blocks what it manages once it enforces.",
        )
    yield from _of_the_quiet(figures, terms)


def _of_the_quiet(figures: Figures, terms: Terms) -> Iterable[Finding]:
    if figures.quiet:
        yield Finding(
            id="quiet",
            severity=Severity.MEDIUM,
            title="Guests nobody has seen for long",
            found=f"{_guests(figures.quiet)}, enabled, and last seen {terms.inactive} days ago or "
            "longer.",
            why="An account that is not used is not missed when somebody else uses it.",
            remedy="Let the sweep enforce; adopt those it does not manage: python -m b2b adopt.",
            link=f"{LEARN}/identity/monitoring-health/howto-manage-inactive-user-accounts",
        )
    yield from _of_others(figures)


def _of_others(figures: Figures) -> Iterable[Finding]:
    unmanaged = figures.guests - figures.managed
    if unmanaged:
        many = unmanaged * 100 > MANY_UNMANAGED * figures.guests
        yield Finding(
            id="unmanaged",
            severity=Severity.MEDIUM if many else Severity.LOW,
            title="Guests without a promise",
            found=f"{unmanaged:,} of {figures.guests:,} guests were invited by others and never "
            "adopted.",
            why="They have no end, no sponsor and no partner here; the sweep never looks at them.",
            remedy="Adopt those who should stay: python -m b2b adopt ADDRESS --until DAY.",
        )
    others = figures.states[State.BLOCKED_BY_OTHERS]
    if others:
        yield Finding(
            id="blocked_by_others",
            severity=Severity.INFO,
            title="Blocked, and not by us",
            found=f"{_guests(others)}, blocked by somebody else.",
            why="The sweep leaves them as they are, so they stay until somebody decides.",
            remedy="Find out why; delete or enable them.",
        )


def _of_limits(seen: Seen) -> Iterable[Finding]:
    for limit in seen.limits:
        if limit.percent is None:
            if limit.note:
                yield _not_readable(limit)
        elif limit.percent >= NEAR:
            yield _near(limit, limit.percent)
        elif limit.reached is not None and limit.reached - seen.today <= SOON:
            yield _soon(limit, limit.reached)


def _near(limit: Limit, percent: float) -> Finding:
    severity = Severity.HIGH if percent >= FULL else Severity.MEDIUM
    if limit.id == ACTIVE:  # costs money, breaks nothing
        severity = Severity.MEDIUM if percent >= 100 else Severity.LOW
    return Finding(
        id=f"{limit.id}_near",
        severity=severity,
        title=f"{limit.title}: {percent:.0f} % used",
        found=f"{limit.used:,} of {limit.most:,}.",
        why=_WHY[limit.id],
        remedy=_REMEDY[limit.id],
        link=_LINK.get(limit.id, ""),
    )


def _soon(limit: Limit, reached: date) -> Finding:
    return Finding(
        id=f"{limit.id}_soon",
        severity=Severity.MEDIUM,
        title=f"{limit.title}: full within three months",
        found=f"{limit.used:,} of {limit.most:,}; at the present trend full on {reached}.",
        why=_WHY[limit.id],
        remedy=_REMEDY[limit.id],
        link=_LINK.get(limit.id, ""),
    )


def _not_readable(limit: Limit) -> Finding:
    return Finding(
        id=f"{limit.id}_not_readable",
        severity=Severity.INFO,
        title=f"{limit.title}: not readable",
        found=limit.note,
        why=_WHY[limit.id],
        remedy="Nothing, if you can do without this figure; else see the permissions in the "
        "operator's guide.",
        link=_LINK.get(limit.id, ""),
    )


_WHY = {
    CEILING: "The policy says how many guests this tenant should have at most.",
    QUOTA: "A full directory takes no more objects: invitations, groups and devices fail.",
    ACTIVE: "The first 50,000 active guests of a month are free, each further one is charged.",
}
_REMEDY = {
    CEILING: "Let guests go that nobody needs, or raise most_guests in the policy on purpose.",
    QUOTA: "Remove what is not needed, verify a domain (300,000 objects), or ask Microsoft.",
    ACTIVE: "Plan for the charge, or look at who signs in every day by a machine.",
}
_LINK = {
    QUOTA: f"{LEARN}/identity/users/directory-service-limits-restrictions",
    ACTIVE: f"{LEARN}/external-id/external-identities-pricing",
}


def _of_change(seen: Seen) -> Iterable[Finding]:
    last = next((one for one in seen.changes if one.day is not None), None)
    if last is None:
        return
    change = last.differences.get("guests", 0)
    before = seen.figures.guests - change
    if before and abs(change) * 100 > before * seen.most_change_percent:
        yield Finding(
            id="sudden_change",
            severity=Severity.MEDIUM,
            title="The number of guests jumped",
            found=f"{before:,} guests on {last.day}, {seen.figures.guests:,} now ({change:+,}).",
            why="Either somebody invited or removed a great many, or something reads wrongly.",
            remedy="Look at the audit log for invitations and deletions since then.",
        )


def _no_dates(note: str) -> Finding:
    return Finding(
        id="no_sign_in_dates",
        severity=Severity.LOW,
        title="When guests were last seen is not known",
        found=note,
        why="Without these dates nobody can tell a guest at work from one long gone.",
        remedy="Entra ID P1 or P2, and the permission AuditLog.Read.All for the app.",
        link="https://learn.microsoft.com/graph/api/resources/signinactivity",
    )


def _guests(number: int) -> str:
    return f"{number:,} {'guest' if number == 1 else 'guests'}"
