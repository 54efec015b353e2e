"""What has ended is deleted from Azure Tables, with the version that was read as the condition.

`Timestamp` is the service's own time of the last change of an entity, and may stand in a filter:
https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities (2026-11-29).
"""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from b2b.adapters.access_removals import REMOVALS
from b2b.adapters.azure_errors import in_our_words
from b2b.adapters.entities import as_row
from b2b.adapters.journal import ACTIONS, APPROVALS, RUNS
from b2b.adapters.mail_outbox import LETTERS
from b2b.adapters.table_clients import TableClients
from b2b.adapters.tables import BATCHES, ROWS
from b2b.domain.lifecycle import RunId
from b2b.domain.mail import MailKind
from b2b.domain.odata import quoted
from b2b.ports.keeping import LinkedRow

AT_ONCE = 100  # entities in one transaction, all of one partition
CHANGED = {404, 412}  # gone already, or another version by now
KEYS = ("PartitionKey", "RowKey")
Entity = dict[str, Any]


class TableOldRecords(TableClients):
    """Reads by filters that the service applies; what is younger does not travel."""

    async def linked_rows(self) -> AsyncIterator[LinkedRow]:
        table = await self._table(ROWS)
        with in_our_words("ledger"):
            async for entity in table.query_entities("link ne '' and status ne 'pending'"):
                if written := entity.metadata["timestamp"]:  # the service tells it of every entity
                    plain = datetime.fromtimestamp(written.timestamp(), UTC)
                    yield LinkedRow(as_row(entity), plain, str(entity.metadata["etag"]))

    async def clear_link(self, linked: LinkedRow) -> bool:
        table, ref = await self._table(ROWS), linked.row.ref
        with in_our_words("ledger"):
            try:
                await table.update_entity(
                    {"PartitionKey": ref.batch, "RowKey": ref.key, "link": ""},
                    mode=UpdateMode.MERGE,
                    etag=linked.version,
                    match_condition=MatchConditions.IfNotModified,
                )
            except (ResourceModifiedError, ResourceNotFoundError):
                return False
        return True

    async def forget_rows(self, before: datetime, most: int) -> int:
        return await self._forget(ROWS, f"{_written_before(before)} and status ne 'pending'", most)

    async def forget_removals(self, before: datetime, most: int) -> int:
        return await self._forget(REMOVALS, _written_before(before), most)

    async def forget_batches(self, before: datetime, most: int) -> int:
        rows, forgotten = await self._table(ROWS), 0
        condition = f"PartitionKey eq 'batch' and done eq true and {_written_before(before)}"
        for batch in await self._found(BATCHES, condition, most):
            if not await _any(rows, f"PartitionKey eq {quoted(batch['RowKey'])}"):
                forgotten += await self._delete(BATCHES, [batch])
        return forgotten

    async def forget_letters(
        self, before: datetime, most: int, *, but: Collection[MailKind] = ()
    ) -> int:
        conditions = ["ended ne ''", f"ended lt {quoted(before.astimezone(UTC).isoformat())}"]
        conditions += [f"kind ne {quoted(kind.value)}" for kind in sorted(but)]
        return await self._forget(LETTERS, " and ".join(conditions), most)

    async def forget_run(self, run: RunId) -> None:
        """The run comes last: until then the next night finds it again."""
        name_of_run = quoted(run)
        for name, condition in (
            (ACTIONS, f"PartitionKey eq {name_of_run}"),
            (APPROVALS, f"PartitionKey eq 'approval' and run eq {name_of_run}"),
            (RUNS, f"PartitionKey eq 'run' and RowKey eq {name_of_run}"),
        ):
            await self._forget(name, condition, None)

    async def _forget(self, name: str, condition: str, most: int | None) -> int:
        return await self._delete(name, await self._found(name, condition, most))

    async def _found(self, name: str, condition: str, most: int | None) -> Sequence[Entity]:
        """Keys and versions, in the order of the keys."""
        table, found = await self._table(name), list[Entity]()
        with in_our_words("ledger"):
            async for entity in table.query_entities(condition, select=list(KEYS)):
                if most is not None and len(found) == most:
                    break
                found.append({**entity, "etag": entity.metadata["etag"]})
        return found

    async def _delete(self, name: str, entities: Sequence[Entity]) -> int:
        table, deleted = await self._table(name), 0
        for _, partition in groupby(entities, key=lambda entity: entity["PartitionKey"]):
            alike = list(partition)
            for start in range(0, len(alike), AT_ONCE):
                deleted += await _delete_together(table, alike[start : start + AT_ONCE])
        return deleted


async def _delete_together(table: TableClient, entities: Sequence[Entity]) -> int:
    """All or none: when one of them has changed, the next night looks at them again."""
    with in_our_words("ledger"):
        try:
            await table.submit_transaction([_delete(entity) for entity in entities])
        except (TableTransactionError, ResourceModifiedError, ResourceNotFoundError) as refused:
            if refused.status_code not in CHANGED:
                raise
            return 0
    return len(entities)


def _delete(entity: Entity) -> tuple[str, Entity, dict[str, Any]]:
    condition = {"etag": entity["etag"], "match_condition": MatchConditions.IfNotModified}
    return "delete", {key: entity[key] for key in KEYS}, condition


def _written_before(moment: datetime) -> str:
    return f"Timestamp lt datetime'{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"


async def _any(table: TableClient, condition: str) -> bool:
    with in_our_words("ledger"):
        async for _ in table.query_entities(condition, results_per_page=1, select=list(KEYS)):
            return True
    return False
