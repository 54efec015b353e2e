"""All decisions become tonight's plan: brakes for the whole, then caps, the oldest first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle.decision import Decision, Kind, Leave, evidence_of, kind_of
from b2b.domain.lifecycle.finding import Finding
from b2b.domain.lifecycle.resident import Rule
from b2b.domain.policy import Brake, Lifecycle, Mode
from b2b.domain.request import Address


class Fate(StrEnum):
    """What becomes of a decision tonight."""

    LEFT = "left"  # nothing was decided
    DUE = "due"
    DEFERRED = "deferred"  # beyond the cap: another night
    BRAKED = "braked"
    WAITS = "waits"  # for an operator's approval


Subject = tuple[GuestId, Kind, Rule]


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

    @property
    def subject(self) -> Subject | None:
        """What an approval or a brake remembers of it from one night to the next."""
        kind, evidence = self.kind, evidence_of(self.decision)
        return (self.guest, kind, evidence.rule) if kind and evidence else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What earlier nights leave to this one.

    `in_vain`: guests on whom the last night could not act. `approved`: what an operator approved,
    and the approval's id. `passed`: what the last night's brake counted without tripping.
    """

    in_vain: frozenset[GuestId] = frozenset()
    approved: Mapping[Subject, str] = field(default_factory=dict)
    passed: frozenset[Subject] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """One line for each managed guest that the directory has, and what there is to tell.

    `approved`: what an operator had approved, and the approval's id.
    """

    lines: Sequence[Line]
    findings: Sequence[Finding]
    approved: Mapping[Subject, str] = field(default_factory=dict)

    def due(self) -> Iterator[Line]:
        return (line for line in self.lines if line.fate is Fate.DUE)

    def count(self, kind: Kind, fate: Fate | None = None) -> int:
        return sum(line.kind is kind and fate in (None, line.fate) for line in self.lines)


def make_plan(found: Iterable[Line], terms: Lifecycle, earlier: Earlier = Earlier()) -> Plan:
    """Exempt guests are managed all the same: the percentage is of all.

    Whom the last night could not act on come last, or a few whom the directory protects would fill
    the cap every night.
    """
    decided = list(found)
    findings: list[Finding] = []
    limits = {
        Kind.BLOCK: (terms.block_brake, terms.block_cap),
        Kind.REMOVE: (terms.remove_brake, terms.remove_cap),
    }
    fates: dict[GuestId, Fate] = {}
    for kind, (brake, cap) in limits.items():
        of_kind = sorted((line for line in decided if line.kind is kind), key=_oldest_first)
        of_kind.sort(key=lambda line: line.guest in earlier.in_vain)
        held = [line for line in of_kind if line.subject not in earlier.approved]
        if terms.mode is Mode.APPROVE:
            fate, finding = Fate.WAITS, _waits(kind, len(held))
        else:  # what passed a brake in an earlier night is not counted again
            held = [line for line in held if line.subject not in earlier.passed]
            fate, finding = Fate.BRAKED, _braked(kind, len(held), len(decided), brake)
        if finding is None:
            held = []
        else:
            findings.append(finding)
        fates |= {line.guest: fate for line in held}
        free = [line for line in of_kind if line.guest not in fates]
        fates |= {line.guest: Fate.DEFERRED for line in free[cap:]}
    lines = [replace(line, fate=_fate(line, fates)) for line in decided]
    return Plan(lines, findings, earlier.approved)


def _waits(kind: Kind, count: int) -> Finding | None:
    if not count:
        return None
    return Finding(
        f"{kind}_needs_approval",
        f"{count} guests would be {_PAST[kind]}; this waits for an operator's approval: "
        "python -m b2b approve RUN.",
    )


def _braked(kind: Kind, wanted: int, managed: int, brake: Brake) -> Finding | None:
    """One action never trips the share alone: of a few guests one is always many percent."""
    too_many, too_much = wanted > brake.most, wanted > 1 and wanted * 100 > managed * brake.percent
    if not (too_many or too_much):
        return None
    share = 100 * wanted / max(managed, 1)
    return Finding(
        f"{kind}_brake",
        f"{wanted} of {managed} managed guests ({share:.1f} %) would be {_PAST[kind]}; allowed are "
        f"{brake.most} and {brake.percent:g} %. None of them was. If that is right, approve it: "
        "python -m b2b approve RUN. If not, find out what is wrong with the dates.",
    )


_PAST = {Kind.BLOCK: "blocked", Kind.REMOVE: "removed"}


def _oldest_first(line: Line) -> tuple[date, GuestId]:
    evidence = evidence_of(line.decision)
    return (evidence.due if evidence else date.max), line.guest


def _fate(line: Line, fates: dict[GuestId, Fate]) -> Fate:
    if isinstance(line.decision, Leave):
        return Fate.LEFT
    return fates.get(line.guest, Fate.DUE)
