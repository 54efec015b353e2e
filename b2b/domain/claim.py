"""Whose row a message claims to speak for, before the ledger says whether that is true."""

from dataclasses import dataclass

from b2b.domain.batch import LedgerRow
from b2b.domain.request import RequestId, RowRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`content`: the digest of what is asked. `sender`: who asks; None for a message of our own
    about a row of any sender. Rows and messages of older versions have no digest."""

    row: RowRef
    request: RequestId
    content: str
    sender: str | None

    def agrees(self, row: LedgerRow) -> bool:
        """Row, request, wish and sender: anybody can work out an id, so the id alone is nothing."""
        return (
            row.ref == self.row
            and row.request == self.request
            and (row.content == self.content or "" in (row.content, self.content))
            and self.sender in (None, row.sender)
        )
