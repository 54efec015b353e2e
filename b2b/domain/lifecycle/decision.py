"""What a sweep can decide about one guest."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import assert_never

from b2b.domain.lifecycle.resident import Rule


class Kind(StrEnum):
    """What an action does. The last three are an operator's or a renewal's word."""

    BLOCK = "block"
    REMOVE = "remove"
    REMIND = "remind"
    HAND_OVER = "hand_over"
    ENABLE = "enable"
    RESTORE = "restore"  # as it was: a guest that was blocked comes back blocked
    REINSTATE = "reinstate"  # restored if need be, and enabled


GRAVE = frozenset({Kind.BLOCK, Kind.REMOVE})  # what a mode, a brake or an approval holds back


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which date was held against which limit, in days."""

    rule: Rule
    day: date
    limit: int

    @property
    def due(self) -> date:
        return self.day + timedelta(days=self.limit)

    def __str__(self) -> str:
        return f"{self.rule}: {self.day} + {self.limit} days"


class Why(StrEnum):
    """Why a guest is left alone."""

    IN_ORDER = "in_order"
    NOT_A_GUEST = "not_a_guest"
    INTERNAL_GUEST = "internal_guest"  # an account of the tenant's own with userType Guest
    EXEMPT = "exempt"
    HOLDS_ROLE = "holds_role"
    ENTITLED = "entitled"  # holds an access package: entitlement management decides
    BLOCKED_BY_OTHERS = "blocked_by_others"
    BLOCK_UNCLEAR = "block_unclear"  # we set out to block, and never learnt whether we did
    BLOCK_NO_LONGER_JUSTIFIED = "block_no_longer_justified"
    WAITS_FOR_REMOVAL = "waits_for_removal"
    REENABLED_LATELY = "reenabled_lately"
    CHANGED_LATELY = "changed_lately"
    YOUNG = "young"
    PENDING_BUT_SEEN = "pending_but_seen"  # unredeemed on paper, and signed in since


@dataclass(frozen=True, slots=True)
class Leave:
    why: Why


@dataclass(frozen=True, slots=True)
class Remind:
    """`mark` names this reminder: it is given once."""

    evidence: Evidence
    mark: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """The partner's own sponsor takes over."""

    evidence: Evidence
    sponsor: str


@dataclass(frozen=True, slots=True)
class Block:
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Remove:
    """The rule is the one that the guest was blocked by; the day is that of the block."""

    evidence: Evidence


Decision = Leave | Remind | HandOver | Block | Remove


def kind_of(decision: Decision) -> Kind | None:
    match decision:
        case Leave():
            return None
        case Remind():
            return Kind.REMIND
        case HandOver():
            return Kind.HAND_OVER
        case Block():
            return Kind.BLOCK
        case Remove():
            return Kind.REMOVE
        case _:
            assert_never(decision)


def evidence_of(decision: Decision) -> Evidence | None:
    return None if isinstance(decision, Leave) else decision.evidence
