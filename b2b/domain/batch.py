"""An upload as the ledger remembers it: which file, how far it was read, what came of its rows."""

from dataclasses import dataclass, field
from datetime import datetime

from b2b.domain.guest import GuestId
from b2b.domain.outcome import Outcome
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId, RequestId, RowRef
from b2b.domain.stay import StayChange


@dataclass(frozen=True, slots=True)
class Totals:
    """rows = queued + rejected + skipped, or the file was not read as a whole."""

    rows: int = 0
    queued: int = 0
    rejected: int = 0
    skipped: int = 0

    def __post_init__(self) -> None:
        if self.rows != self.queued + self.rejected + self.skipped:
            raise AssertionError(f"totals do not add up: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """`name` is that of the file which brought these bytes last; `at`: when somebody last began
    to read it; `done`: read to its end."""

    id: BatchId
    name: str
    at: datetime
    policy_version: str = ""
    done: bool = False
    refused: Reason | None = None
    totals: Totals = field(default_factory=Totals)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One request and its outcome, None while it is on its way. `link` is a secret.

    `content` is the digest of what was asked: a message for this row has to ask the same.
    `stay`: what the request did to the stay of the guest; None while that is not decided.
    """

    ref: RowRef
    email: str
    sender: str
    request: RequestId | None = None
    outcome: Outcome | None = None
    guest: GuestId | None = None
    link: str = ""
    generation: int = 0
    correlation: str = ""
    content: str = ""
    stay: StayChange | None = None
