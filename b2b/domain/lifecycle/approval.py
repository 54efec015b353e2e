"""What a night proposes, and an operator's approval of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle.planning import Fate, Subject
from b2b.domain.lifecycle.resident import ActionId, RunId
from b2b.domain.lifecycle.run import Action

LASTS = timedelta(days=3)  # so that three nightly runs see an approval
MOST = 15_000  # proposals in one approval: what one entity holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A block or a removal that a night decided on, whether or not it was due.

    `passed` is true when a brake counted it and did not trip: a brake counts a proposal once.
    """

    action: Action
    fate: Fate
    passed: bool = False

    @property
    def needs_approval(self) -> bool:
        return self.fate in (Fate.WAITS, Fate.BRAKED)

    @property
    def subject(self) -> Subject:
        return self.action.guest, self.action.kind, self.action.evidence.rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The approval of proposals of one run. `by` is the operator's object id.

    `version` guards against two writers.
    """

    id: str
    run: RunId
    by: str
    at: datetime
    proposals: frozenset[ActionId]
    withdrawn: bool = False
    version: str | None = None

    @property
    def lapses(self) -> datetime:
        return self.at + LASTS

    def holds(self, now: datetime) -> bool:
        return not self.withdrawn and now < self.lapses


def approval_id(run: RunId, by: str, at: datetime, proposals: frozenset[ActionId]) -> str:
    """Returns the same id when an operator repeats an approval on the same day."""
    digest = sha256("\n".join(sorted(proposals)).encode()).hexdigest()[:16]
    return f"{run}~{at:%Y-%m-%d}~{by}~{digest}"


def oldest_first(proposal: Proposal) -> tuple[date, GuestId]:
    """Sorts proposals by their due date, the oldest first."""
    return proposal.action.evidence.due, proposal.action.guest
