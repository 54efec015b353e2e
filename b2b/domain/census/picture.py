"""What a census comes to: one value that report, table and JSON are drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from b2b.domain.census.counting import Figures
from b2b.domain.census.limits import Limit
from b2b.domain.census.person import Person, State
from b2b.domain.census.trend import Change
from b2b.domain.finding import Finding

STATUSES = ("failed", "unclear", "not_checked", "passed")  # what needs somebody comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of the tenant's posture, as the audit of the tenant left it."""

    id: str
    status: str
    severity: str
    title: str
    found: str = ""
    why: str = ""
    remedy: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class PostureNow:
    """The newest results there are. `day` None: none were found."""

    day: date | None
    checks: Sequence[Check] = ()


@dataclass(frozen=True, slots=True)
class Attention:
    """One guest for the page's table. `why` in words, the gravest first."""

    person: Person
    rank: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`growth`: guests a day, None when nobody can tell yet. `noticed`: how many need a look;
    `attention` holds the first of them."""

    day: date
    policy_version: str
    figures: Figures
    agents: int
    dates_note: str
    limits: Sequence[Limit]
    growth: float | None
    course: Sequence[tuple[date, int]]
    changes: Sequence[Change]
    findings: Sequence[Finding]
    posture: PostureNow
    attention: Sequence[Attention]
    noticed: int


def counts(figures: Figures) -> Mapping[str, int]:
    """What one census is held against another by."""
    return {
        "guests": figures.guests,
        **{state.value: figures.states[state] for state in State},
        "managed": figures.managed,
        "in_roles": figures.in_roles,
        "at_unknown_domains": figures.at_unknown_domains,
    }
