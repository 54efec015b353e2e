"""What is still to be told, and whose acceptance is awaited, in Azure Tables."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any, assert_never

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableTransactionError
from azure.data.tables.aio import TableClient

from b2b.adapters import event_numbers
from b2b.adapters.azure_errors import in_our_words
from b2b.adapters.table_clients import TableClients
from b2b.domain.guest import GuestId
from b2b.domain.happening import (
    ActionDue,
    Due,
    Happening,
    HappeningId,
    Numbered,
    RowDue,
    What,
)
from b2b.domain.lifecycle import ActionId, RunId
from b2b.domain.odata import quoted
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId, RowRef
from b2b.ports.events import Entry

OUTBOX, NUMBERS, AWAITED = "outbox", "numbers", "awaited"
AT_ONCE = 100  # entities in one transaction
READ_AT_ONCE = 500
Entity = dict[str, Any]


class TableOutbox(TableClients):
    """What waits lies in one partition, in the order in which it came: mostly it is empty."""

    async def note(self, due: Due, at: datetime) -> None:
        table = await self._table(OUTBOX)
        digest = sha256(repr(due).encode()).hexdigest()[:32]
        key = {"PartitionKey": "due", "RowKey": f"{at:%Y%m%dT%H%M%S%f}-{digest}"}
        with in_our_words("ledger"):
            await table.upsert_entity(key | {"at": at.isoformat(), **_due_fields(due)})

    async def waiting(self, after: str = "") -> Sequence[Entry]:
        table = await self._table(OUTBOX)
        found = []
        with in_our_words("ledger"):
            query = f"PartitionKey eq 'due' and RowKey gt {quoted(after)}"
            async for entity in table.query_entities(query, results_per_page=READ_AT_ONCE):
                at = datetime.fromisoformat(entity["at"])
                found.append(Entry(entity["RowKey"], _as_due(entity), at))
                if len(found) == READ_AT_ONCE:
                    break
        return found

    async def number(self, happening: Happening) -> Numbered:
        table = await self._table(NUMBERS)
        with in_our_words("ledger"):
            return await event_numbers.number(table, happening)

    async def drop(self, entries: Sequence[Entry]) -> None:
        table, left = await self._table(OUTBOX), iter(entries)
        while some := list(islice(left, AT_ONCE)):
            keys = [{"PartitionKey": "due", "RowKey": one.key} for one in some]
            with in_our_words("ledger"):
                if len(keys) == 1 or not await _delete_together(table, keys):
                    for key in keys:
                        await table.delete_entity(key["PartitionKey"], key["RowKey"])


async def _delete_together(table: TableClient, keys: Sequence[Entity]) -> bool:
    """False when another process was faster with some of them: then all are still to be done."""
    try:
        await table.submit_transaction([("delete", key) for key in keys])
    except (TableTransactionError, ResourceNotFoundError) as gone:
        if gone.status_code != 404:
            raise
        return False
    return True


class TableAwaited(TableClients):
    """Spread over partitions: a large file invites many at once."""

    async def expect(self, guest: GuestId, address: Address) -> None:
        table = await self._table(AWAITED)
        with in_our_words("ledger"):
            await table.upsert_entity(_awaited_key(guest) | {"email": address})

    async def expected(self) -> Sequence[tuple[GuestId, Address]]:
        table = await self._table(AWAITED)
        with in_our_words("ledger"):
            return [
                (GuestId(one["RowKey"]), Address(one["email"]))
                async for one in table.list_entities()
            ]

    async def forget(self, guest: GuestId) -> None:
        table, key = await self._table(AWAITED), _awaited_key(guest)
        with in_our_words("ledger"):
            await table.delete_entity(key["PartitionKey"], key["RowKey"])  # gone already is fine


def _awaited_key(guest: GuestId) -> Entity:
    return {"PartitionKey": sha256(guest.encode()).hexdigest()[:1], "RowKey": guest}


def _due_fields(due: Due) -> Entity:
    match due:
        case RowDue(row):
            return {"kind": "row", "one": row.batch, "two": row.key}
        case ActionDue(run, action):
            return {"kind": "action", "one": run, "two": action}
        case Happening():
            return {"kind": "happening", "one": json.dumps(_plain(due))}
        case _:
            assert_never(due)


def _as_due(entity: Any) -> Due:
    if entity["kind"] == "row":
        return RowDue(RowRef(BatchId(entity["one"]), entity["two"]))
    if entity["kind"] == "action":
        return ActionDue(RunId(entity["one"]), ActionId(entity["two"]))
    held = json.loads(entity["one"])
    reason = held.pop("reason")
    return Happening(
        id=HappeningId(held.pop("id")),
        what=What(held.pop("what")),
        at=datetime.fromisoformat(held.pop("at")).astimezone(UTC),
        guest=GuestId(held["guest"]) if held.pop("known") else None,
        reason=Reason(*reason) if reason else None,
        **{name: value for name, value in held.items() if name != "guest"},
    )


def _plain(one: Happening) -> Entity:
    return {
        "id": one.id,
        "what": one.what.value,
        "subject": one.subject,
        "at": one.at.isoformat(),
        "guest": one.guest,
        "known": one.guest is not None,
        "request": one.request,
        "sender": one.sender,
        "correlation": one.correlation,
        "status": one.status,
        "folder": one.folder,
        "link_file": one.link_file,
        "reason": [one.reason.code, one.reason.sentence] if one.reason else None,
    }
