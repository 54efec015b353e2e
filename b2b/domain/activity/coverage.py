"""How far the logs were read: two watermarks for each, and the gaps that nobody can fill any more.

Everything here only grows, so what two exporters know at once can be joined in any order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from b2b.domain.activity.event import Kind

# https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention
# (read 2026-11-23): 7 days without a premium licence, 30 days with P1 or P2.
FREE, PREMIUM = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Nobody read the log before the directory forgot this period."""

    kind: Kind
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursors:
    """Of one log. Everything visible up to `reached` was kept, from `began` on.

    What happened up to `reread` was asked for once more when it was old, for events come late.
    """

    began: datetime
    reached: datetime
    reread: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """All of it. `refused`: why a log cannot be read at present, by code."""

    cursors: Mapping[Kind, Cursors] = field(default_factory=dict)
    gaps: frozenset[Gap] = frozenset()
    refused: Mapping[Kind, str] = field(default_factory=dict)


def retention(kind: Kind, coverage: Coverage) -> timedelta:
    """Sign-ins are told to premium tenants only, so their refusal tells which one this is."""
    free = coverage.refused.get(Kind.SIGN_INS) == "premium_missing"
    return FREE if free and kind is Kind.AUDITS else PREMIUM


def gap_before(kind: Kind, horizon: datetime, coverage: Coverage) -> Gap | None:
    """What lies between the last reading and the oldest event that the directory still has."""
    cursors = coverage.cursors.get(kind)
    if cursors is None or cursors.reached >= horizon:
        return None
    return Gap(kind=kind, since=cursors.reached, until=horizon)


def covered(kind: Kind, coverage: Coverage, **moments: datetime) -> Coverage:
    """With these watermarks further on; never back."""
    now = coverage.cursors[kind]
    later = {name: max(getattr(now, name), at) for name, at in moments.items()}
    return replace(coverage, cursors={**coverage.cursors, kind: replace(now, **later)})


def joined(one: Coverage, other: Coverage) -> Coverage:
    """What both know together. Of the refusals, those of `other` are the newer."""
    cursors = dict(one.cursors)
    for kind, theirs in other.cursors.items():
        ours = cursors.get(kind, theirs)
        cursors[kind] = Cursors(
            began=min(ours.began, theirs.began),
            reached=max(ours.reached, theirs.reached),
            reread=max(ours.reread, theirs.reread),
        )
    return Coverage(cursors=cursors, gaps=one.gaps | other.gaps, refused=other.refused)
