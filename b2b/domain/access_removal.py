"""What a row took away from one guest, recorded so that it can be given back."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from b2b.domain.guest import GuestId
from b2b.domain.request import Address, BatchId, RowRef


class AccessKind(StrEnum):
    GROUP = "group"
    PACKAGE = "package"


class RemovalStage(StrEnum):
    """INTENDED: held right before the removal was asked for; the process may have died since."""

    INTENDED = "intended"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRemoval:
    """`target`: the id of the group or package. `generation`: of the row when it took it away.

    `ends_on`: the last day of the package as it was held; None when it had no end.
    """

    row: RowRef
    generation: int
    email: Address
    sender: str
    guest: GuestId
    kind: AccessKind
    target: str
    at: datetime
    assignment_policy: str = ""
    ends_on: date | None = None
    stage: RemovalStage = RemovalStage.INTENDED

    @property
    def id(self) -> str:
        """The same for each delivery of the row, and another one when the row is sent again."""
        words = (self.row.batch, self.row.key, str(self.generation), self.guest, self.target)
        return sha256("\n".join(words).encode()).hexdigest()[:32]


def undo_of_batch(batch: BatchId) -> BatchId:
    return BatchId(f"{UNDO}{batch}")


def is_undo_batch(batch: BatchId) -> bool:
    """No batch of a file or of a message has such a name: theirs are digests."""
    return batch.startswith(UNDO)


UNDO = "undo-"
