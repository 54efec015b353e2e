"""The ledger in Azure Tables: batches, their rows, and the guests we promised something."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from b2b.adapters.azure_errors import in_our_words
from b2b.adapters.entities import (
    Entity,
    as_batch,
    as_guest,
    as_row,
    batch_entity,
    guest_entity,
    guest_key,
    outcome_fields,
    row_entity,
    row_key,
    stay_fields,
    upload_key,
)
from b2b.adapters.table_clients import TableClients
from b2b.domain.batch import Batch, LedgerRow
from b2b.domain.guest import GuestId, GuestRecord
from b2b.domain.odata import quoted
from b2b.domain.outcome import Outcome
from b2b.domain.request import Address, BatchId, RowRef
from b2b.domain.stay import StayChange

BATCHES, ROWS, GUESTS, UPLOADS = "batches", "rows", "guests", "uploads"


class TableLedger(TableClients):
    """One partition per batch, so that a hundred rows are one transaction."""

    async def batch(self, batch: BatchId) -> Batch | None:
        found = await self._read(BATCHES, {"PartitionKey": "batch", "RowKey": batch})
        return as_batch(found, found["etag"]) if found else None

    async def keep_batch(self, batch: Batch) -> Batch:
        table = await self._table(BATCHES)
        with in_our_words("ledger"):
            written = await _write_over(table, batch_entity(batch), batch.version)
        return replace(batch, version=written["etag"])

    async def unfinished(self) -> Sequence[Batch]:
        table = await self._table(BATCHES)
        with in_our_words("ledger"):
            found = table.query_entities("PartitionKey eq 'batch' and (done eq false or reading)")
            return [as_batch(entity, entity.metadata["etag"]) async for entity in found]

    async def upload(self, name: str) -> str | None:
        found = await self._read(UPLOADS, upload_key(name))
        return str(found["upload"]) if found and "upload" in found else None

    async def keep_upload(self, name: str, version: str) -> None:
        table = await self._table(UPLOADS)
        with in_our_words("ledger"):
            entity = upload_key(name) | {"upload": version, "tries": 0, "tried": ""}
            await table.upsert_entity(entity, mode=UpdateMode.REPLACE)

    async def count_try(self, name: str, version: str) -> int:
        found = await self._read(UPLOADS, upload_key(name)) or {}
        tries = found.get("tries", 0) + 1 if found.get("tried") == version else 1
        await self._keep_tries(name, version, tries)
        return tries

    async def count_progress(self, name: str, version: str) -> None:
        await self._keep_tries(name, version, 0)

    async def _keep_tries(self, name: str, version: str, tries: int) -> None:
        """Without a condition: a count that is one too small only means one more run."""
        table = await self._table(UPLOADS)
        with in_our_words("ledger"):
            entity = upload_key(name) | {"tried": version, "tries": tries}
            await table.upsert_entity(entity, mode=UpdateMode.MERGE)

    async def open_rows(self, rows: Sequence[LedgerRow]) -> Sequence[LedgerRow]:
        if not rows:
            return []
        table = await self._table(ROWS)
        with in_our_words("ledger"):
            try:
                await table.submit_transaction([("create", row_entity(row)) for row in rows])
            except (TableTransactionError, ResourceExistsError) as conflict:
                if conflict.status_code != 409:
                    raise
                return await self._open_missing(table, rows)
        return rows

    async def _open_missing(
        self, table: TableClient, rows: Sequence[LedgerRow]
    ) -> Sequence[LedgerRow]:
        """Some were kept by an earlier try: they stand as they are."""
        batch, first, last = rows[0].ref.batch, rows[0].ref.key, rows[-1].ref.key
        between = (
            f"PartitionKey eq {quoted(batch)} "
            f"and RowKey ge {quoted(first)} and RowKey le {quoted(last)}"
        )
        kept = {e["RowKey"]: as_row(e) async for e in table.query_entities(between)}
        missing = [("create", row_entity(row)) for row in rows if row.ref.key not in kept]
        if missing:
            await table.submit_transaction(missing)
        return [kept.get(row.ref.key, row) for row in rows]

    async def reopen(self, row: LedgerRow) -> LedgerRow:
        table = await self._table(ROWS)
        with in_our_words("ledger"):
            found = await table.get_entity(row.ref.batch, row.ref.key)
            now = as_row(found)
            if now.generation != row.generation:  # somebody else was first, to the same end
                return now
            open_again = replace(row, outcome=None, generation=row.generation + 1)
            await table.update_entity(
                row_entity(open_again),
                mode=UpdateMode.REPLACE,
                etag=found.metadata["etag"],
                match_condition=MatchConditions.IfNotModified,
            )
        return open_again

    async def row(self, ref: RowRef) -> LedgerRow | None:
        found = await self._read(ROWS, row_key(ref))
        return as_row(found) if found else None

    async def rows(self, batch: BatchId) -> AsyncIterator[LedgerRow]:
        table = await self._table(ROWS)
        with in_our_words("ledger"):
            async for entity in table.query_entities(f"PartitionKey eq {quoted(batch)}"):
                yield as_row(entity)

    async def keep_guest_of(self, ref: RowRef, guest: GuestId, link: str) -> None:
        await self._merge(row_key(ref) | {"guest": guest, "link": link})

    async def keep_stay(self, ref: RowRef, stay: StayChange | None) -> None:
        await self._merge(row_key(ref) | stay_fields(stay))

    async def close(self, ref: RowRef, outcome: Outcome) -> bool:
        return await self._end(ref, outcome, "pending")

    async def close_held(self, ref: RowRef, outcome: Outcome) -> bool:
        return await self._end(ref, outcome, "held_by_brake")

    async def _end(self, ref: RowRef, outcome: Outcome, status: str) -> bool:
        """Only a row of that status ends so."""
        table = await self._table(ROWS)
        with in_our_words("ledger"):
            try:
                found = await table.get_entity(ref.batch, ref.key)
            except ResourceNotFoundError:
                return False
            if found["status"] != status:
                return False
            await table.update_entity(
                row_key(ref) | outcome_fields(outcome),
                mode=UpdateMode.MERGE,
                etag=found.metadata["etag"],
                match_condition=MatchConditions.IfNotModified,
            )
        return True

    async def guest(self, address: Address) -> GuestRecord | None:
        found = await self._read(GUESTS, guest_key(address))
        return as_guest(found, found["etag"]) if found else None

    async def keep_guest(self, record: GuestRecord) -> GuestRecord:
        table = await self._table(GUESTS)
        entity = guest_entity(record)
        with in_our_words("ledger"):
            written = await _write_over(table, entity, record.version)
        return replace(record, version=written["etag"])

    async def _merge(self, entity: Entity) -> None:
        table = await self._table(ROWS)
        with in_our_words("ledger"):
            await table.update_entity(entity, mode=UpdateMode.MERGE)

    async def _read(self, name: str, key: Entity) -> Entity | None:
        table = await self._table(name)
        with in_our_words("ledger"):
            try:
                found = await table.get_entity(key["PartitionKey"], key["RowKey"])
            except ResourceNotFoundError:
                return None
        return {**found, "etag": found.metadata["etag"]}


async def _write_over(table: TableClient, entity: Entity, version: str | None) -> Mapping[str, Any]:
    """Only over the version that was read; None stands for none there yet."""
    if version is not None:
        return await table.update_entity(
            entity,
            mode=UpdateMode.REPLACE,
            etag=version,
            match_condition=MatchConditions.IfNotModified,
        )
    try:
        return await table.create_entity(entity)
    except ResourceExistsError as conflict:
        raise ResourceModifiedError(response=conflict.response) from conflict
