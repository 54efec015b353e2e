"""The ledger as it lies, for taking copies of it and putting them back."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol


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
