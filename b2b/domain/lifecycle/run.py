"""A run of the sweep, and the actions it decided: what was meant and what was done stay apart."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle.decision import Evidence, Kind
from b2b.domain.lifecycle.resident import ActionId, RunId
from b2b.domain.policy import Mode
from b2b.domain.reason import Reason
from b2b.domain.request import Address


class State(StrEnum):
    """How far a run has come."""

    READING = "reading"
    PLANNED = "planned"  # its actions are in the journal; not all may be queued
    ACTING = "acting"
    DONE = "done"
    STOPPED = "stopped"  # by a gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`guests` is what was read, None until then. `undoes` is the run that this one takes back.

    `approved` is the time of the last approval. `version` guards against two writers.
    """

    id: RunId
    state: State
    mode: Mode
    started: datetime
    finished: datetime | None = None
    policy_version: str = ""
    guests: int | None = None
    managed: int = 0
    blocks: int = 0
    removals: int = 0
    undoes: str = ""
    approved: datetime | None = None
    version: str | None = field(default=None, compare=False)

    @property
    def asked(self) -> datetime:
        """When the run was last told to act: what is not done a day later is given up."""
        return self.approved or self.started

    @property
    def planned(self) -> bool:
        """Whether this is a sweep that has decided for everybody."""
        return self.guests is not None and self.state not in (State.READING, State.STOPPED)

    @property
    def over(self) -> bool:
        return self.state in (State.DONE, State.STOPPED)


class Ending(StrEnum):
    """How an action ended. SKIPPED: what it was for is no longer so."""

    DONE = "done"
    SKIPPED = "skipped"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` says why when it was not done."""

    ending: Ending
    at: datetime
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a run decided for one guest, and None or what came of it.

    `detail`: the reminder's mark, the new sponsor, or the action that this one takes back.
    `approval`: the id of the approval by which it is done, "" when it needs none.
    """

    id: ActionId
    run: RunId
    guest: GuestId
    address: Address
    kind: Kind
    evidence: Evidence
    policy_version: str
    detail: str = ""
    outcome: Outcome | None = None
    approval: str = ""


def action_id(run: RunId, guest: GuestId, kind: Kind) -> ActionId:
    return ActionId(sha256("\n".join([run, guest, kind]).encode()).hexdigest()[:32])
