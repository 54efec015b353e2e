"""Everything that a census read becomes one picture: counted, compared, judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import nsmallest

from b2b.domain.census import (
    Attention,
    Gauges,
    Past,
    Person,
    Picture,
    PostureNow,
    Terms,
    count,
    counts,
)
from b2b.domain.census.attention import concerns
from b2b.domain.census.findings import Seen, findings
from b2b.domain.census.limits import limits
from b2b.domain.census.trend import compare, recent, slope
from b2b.domain.finding import Finding
from b2b.domain.policy import Policy
from b2b.flows.census_reading import Read

SHOWN = 300  # guests in the page's table; guests.csv has everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was read, and by what it is judged. `export`: what the export of activity lacks."""

    read: Read
    people: Sequence[Person]
    policy: Policy
    terms: Terms
    gauges: Gauges
    past: Sequence[Past]
    posture: PostureNow
    export: Sequence[Finding]
    today: date


def drawn_up(audit: Audit) -> Picture:
    """The same audit gives the same picture."""
    today, terms, policy = audit.today, audit.terms, audit.policy
    figures = count(audit.people, terms, today)
    course = recent(audit.past, figures.guests, today)
    growth = slope(course)
    bounds = limits(figures.guests, audit.gauges, growth, today)
    changes = compare(counts(figures), audit.past, today)
    seen = Seen(
        figures=figures,
        limits=bounds,
        changes=changes,
        terms=terms,
        most_change_percent=policy.lifecycle.most_change_percent,
        dates_note=audit.read.dates_note,
        today=today,
    )
    noticed = list(_noticed(audit.people, terms, today))
    return Picture(
        day=today,
        policy_version=policy.version,
        figures=figures,
        agents=audit.read.agents,
        dates_note=audit.read.dates_note,
        limits=bounds,
        growth=growth,
        course=course,
        changes=changes,
        findings=[*findings(seen), *audit.export],
        posture=audit.posture,
        attention=nsmallest(SHOWN, noticed, key=_soonest),
        noticed=len(noticed),
    )


def _noticed(people: Iterable[Person], terms: Terms, today: date) -> Iterable[Attention]:
    for one in people:
        why = concerns(one, terms, today)
        if why:
            yield Attention(one, why[0].rank, "; ".join(each.words for each in why))


def _soonest(one: Attention) -> tuple[int, date]:
    """Of equally grave ones whose stay ended, or ends, first."""
    return one.rank, one.person.expires_on or date.max
