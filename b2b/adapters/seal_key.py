"""The key of the seals, in a table of its own: made once by the process that needs it first.

It guards nothing but the counts of retries, and whoever may read the storage account may read the
ledger as well. So it is no app setting: there is nothing to configure, to rotate or to leak there.
"""

import secrets

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables.aio import TableClient

from b2b.adapters.azure_errors import in_our_words
from b2b.adapters.table_clients import TableClients

SEALS = "seals"
_KEY = {"PartitionKey": "seal", "RowKey": "1"}


class TableSealKey(TableClients):
    """Read once for each process."""

    _known: bytes = b""

    async def seal_key(self) -> bytes:
        if not self._known:
            table = await self._table(SEALS)
            with in_our_words("ledger"):
                self._known = bytes.fromhex(await _read(table) or await _made(table))
        return self._known


async def _read(table: TableClient) -> str:
    try:
        found = await table.get_entity(_KEY["PartitionKey"], _KEY["RowKey"])
    except ResourceNotFoundError:
        return ""
    return str(found["key"])


async def _made(table: TableClient) -> str:
    """Inserted, never replaced: of two processes at once the second reads what the first made."""
    try:
        made = secrets.token_hex(32)
        await table.create_entity(_KEY | {"key": made})
    except ResourceExistsError:
        return await _read(table)
    return made
