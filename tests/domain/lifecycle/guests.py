"""One guest to decide about, in order unless a test says otherwise."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import (
    ActionId,
    Case,
    Custody,
    Decision,
    Hold,
    Leave,
    Promise,
    Resident,
    Rule,
    RunId,
    decide,
    evidence_of,
)
from b2b.domain.policy import Lifecycle
from b2b.domain.request import Address

TODAY = date(2026, 11, 23)
GUEST = GuestId("g1")
ROUND = Lifecycle()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def held(days: int, rule: Rule = Rule.EXPIRED, *, sure: bool = True) -> Hold:
    at = datetime.combine(ago(days), datetime.min.time(), UTC)
    return Hold(at=at, run=RunId("r"), action=ActionId("a"), rule=rule, sure=sure)


def guest(**given: Any) -> Case:
    """Fields of Case, Resident, Promise and Custody by their names."""
    resident = {"enabled": True, "pending": False, "created": ago(1000), "user_type": "Guest"}
    promise: dict[str, Any] = {"since": ago(1000), "expires_on": None}
    custody: dict[str, Any] = {}
    case: dict[str, Any] = {}
    for name, value in given.items():
        home = next(
            (where for where in (resident, promise) if name in where),
            custody if name in Custody.__dataclass_fields__ else case,
        )
        home = resident if name == "state_changed" else home
        home[name] = value
    return Case(
        resident=Resident(id=GUEST, mail="ann@partner.example", **resident),  # type: ignore[arg-type]
        promise=Promise(guest=GUEST, address=Address("ann@partner.example"), **promise),
        custody=Custody(guest=GUEST, **custody),
        **case,
    )


def decided(terms: Lifecycle = ROUND, today: date = TODAY, **given: Any) -> Decision:
    return decide(guest(**given), terms, today)


def word(decision: Decision) -> str:
    """`block expired`, `leave young`: the kind, and the rule or the reason."""
    if isinstance(decision, Leave):
        return f"leave {decision.why}"
    evidence = evidence_of(decision)
    assert evidence is not None
    return f"{type(decision).__name__.lower()} {evidence.rule}"
