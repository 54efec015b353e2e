"""An upload as the ledger remembers it: which file, how far it was read, what came of its rows."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

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


class ReadPurpose(StrEnum):
    """What a reading of a file asks again for, of the rows that the ledger has ended already."""

    UPLOAD = "upload"  # the file was dropped: what was refused or failed
    RETRY = "retry"  # an operator said so: the same
    RELEASE = "release"  # an operator said so: what a brake held
    RETRY_FAILED = "retry_failed"  # an operator said so: only what failed


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """How far a reading has come that has not reached the end of the file yet.

    `source` is the version (ETag) of the blob, `rows` how many rows are queued or refused: the
    next run goes on behind them.
    """

    source: str
    purpose: ReadPurpose = ReadPurpose.UPLOAD
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """`name`: of the file that brought these bytes last. `at`: the last step of reading it.

    `done`: read to its end once; nothing takes that back, also no further reading.
    `version`: of the record, None before it is kept.
    """

    id: BatchId
    name: str
    at: datetime
    policy_version: str = ""
    done: bool = False
    reading: ReadProgress | None = None
    version: str | None = field(default=None, compare=False)
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
