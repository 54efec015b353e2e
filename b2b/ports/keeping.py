"""The ledger as it lies: for taking copies of it, putting them back, and forgetting what is old."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from b2b.domain.batch import LedgerRow
from b2b.domain.lifecycle import RunId
from b2b.domain.mail import MailKind


@dataclass(frozen=True, slots=True)
class LinkedRow:
    """A closed row that holds a redemption link, when it was last written, and its version."""

    row: LedgerRow
    written: datetime
    version: str


class Records(Protocol):
    """Every table of the ledger, whatever is in it. Raises TryLater when it cannot be reached."""

    async def tables(self) -> Sequence[str]:
        """Their names, sorted; none of the host's own."""

    def lines(self, table: str) -> AsyncIterator[bytes]:
        """Each entity as one line of JSON, by key; no entity when there is no such table."""

    async def is_empty(self, table: str) -> bool: ...

    async def add(self, table: str, lines: Sequence[bytes]) -> int:
        """Adds those whose key is not there yet and leaves the others; tells how many it added.

        Adding again what was added before adds nothing.
        """


class OldRecords(Protocol):
    """Deletes what has ended. Done twice, each method finds nothing. Raises TryLater.

    A record that another process changes meanwhile stays until the next night.
    """

    def linked_rows(self) -> AsyncIterator[LinkedRow]:
        """Every closed row that holds a link."""

    async def clear_link(self, linked: LinkedRow) -> bool:
        """Everything else of the row stays. False when the row has changed since it was read."""

    async def forget_rows(self, before: datetime, most: int) -> int:
        """Deletes closed rows that were last written before then; returns how many."""

    async def forget_removals(self, before: datetime, most: int) -> int:
        """Deletes records of access taken away that were last written before then."""

    async def forget_batches(self, before: datetime, most: int) -> int:
        """Deletes batches that were read to the end before then and have no rows any more."""

    async def forget_letters(
        self, before: datetime, most: int, *, but: Collection[MailKind] = ()
    ) -> int:
        """Deletes letters that ended before then, sent or dropped, of every kind but these."""

    async def forget_run(self, run: RunId) -> None:
        """Deletes its actions and approvals, and then the run itself."""
