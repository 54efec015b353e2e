"""All decisions become tonight's plan: brakes for the whole, then caps, the oldest first."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle.decision import Decision, Kind, Leave, evidence_of, kind_of
from b2b.domain.lifecycle.finding import Finding
from b2b.domain.policy import Brake, Lifecycle
from b2b.domain.request import Address


class Fate(StrEnum):
    """What becomes of a decision tonight."""

    LEFT = "left"  # nothing was decided
    DUE = "due"
    DEFERRED = "deferred"  # beyond the cap: another night
    BRAKED = "braked"


@dataclass(frozen=True, slots=True)
class Line:
    """One managed guest in the plan."""

    guest: GuestId
    address: Address
    partner: str
    decision: Decision
    fate: Fate = Fate.LEFT

    @property
    def kind(self) -> Kind | None:
        return kind_of(self.decision)


@dataclass(frozen=True, slots=True)
class Plan:
    """One line for each managed guest that the directory has, and what there is to tell."""

    lines: Sequence[Line]
    findings: Sequence[Finding]

    def due(self) -> Iterator[Line]:
        return (line for line in self.lines if line.fate is Fate.DUE)

    def count(self, kind: Kind, fate: Fate | None = None) -> int:
        return sum(line.kind is kind and fate in (None, line.fate) for line in self.lines)


def make_plan(
    lines: Iterable[Line], terms: Lifecycle, in_vain: Collection[GuestId] = frozenset()
) -> Plan:
    """Exempt guests are managed all the same: the percentage is of all.

    `in_vain`: those whom the last night could not act on come last, or a few whom the directory
    protects would fill the cap every night.
    """
    decided = list(lines)
    findings: list[Finding] = []
    limits = {
        Kind.BLOCK: (terms.block_brake, terms.block_cap),
        Kind.REMOVE: (terms.remove_brake, terms.remove_cap),
    }
    fates: dict[GuestId, Fate] = {}
    for kind, (brake, cap) in limits.items():
        of_kind = sorted((line for line in decided if line.kind is kind), key=_oldest_first)
        of_kind.sort(key=lambda line: line.guest in in_vain)
        braked = _braked(kind, len(of_kind), len(decided), brake)
        if braked is not None:
            findings.append(braked)
            fates |= {line.guest: Fate.BRAKED for line in of_kind}
        else:
            fates |= {line.guest: Fate.DEFERRED for line in of_kind[cap:]}
    return Plan([replace(line, fate=_fate(line, fates)) for line in decided], findings)


def _braked(kind: Kind, wanted: int, managed: int, brake: Brake) -> Finding | None:
    """One action never trips the share alone: of a few guests one is always many percent."""
    too_many, too_much = wanted > brake.most, wanted > 1 and wanted * 100 > managed * brake.percent
    if not (too_many or too_much):
        return None
    share = 100 * wanted / max(managed, 1)
    return Finding(
        f"{kind}_brake",
        f"{wanted} of {managed} managed guests ({share:.1f} %) would be {_PAST[kind]}; allowed are "
        f"{brake.most} and {brake.percent:g} %. None was. If that is right, raise {kind}_brake in "
        "the policy for a night; if not, find out what is wrong with the dates.",
    )


_PAST = {Kind.BLOCK: "blocked", Kind.REMOVE: "removed"}


def _oldest_first(line: Line) -> tuple[date, GuestId]:
    evidence = evidence_of(line.decision)
    return (evidence.due if evidence else date.max), line.guest


def _fate(line: Line, fates: dict[GuestId, Fate]) -> Fate:
    if isinstance(line.decision, Leave):
        return Fate.LEFT
    return fates.get(line.guest, Fate.DUE)
