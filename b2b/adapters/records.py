"""Entities of Azure Tables as lines of JSON and back, with their types."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import EdmType, EntityProperty, TableTransactionError
from azure.data.tables.aio import TableClient, TableServiceClient

from b2b.adapters.azure_errors import in_our_words

# https://learn.microsoft.com/azure/azure-functions/event-ids: the host keeps its diagnostics there.
_OF_THE_HOST = ("azurefunctions", "azurewebjobs")
_KEYS = ("seals",)  # made anew where there is none, and no part of any copy
_AT_ONCE = 100  # entities in one transaction, all of one partition
Entity = dict[str, Any]


class TableRecords:
    """Pages of a thousand entities at a time, so that memory stays flat."""

    def __init__(self, service: TableServiceClient) -> None:
        self._service = service

    async def tables(self) -> Sequence[str]:
        with in_our_words("ledger"):
            names = [table.name async for table in self._service.list_tables()]
        return sorted(name for name in names if not name.lower().startswith(_OF_THE_HOST + _KEYS))

    async def lines(self, table: str) -> AsyncIterator[bytes]:
        with in_our_words("ledger"):
            try:
                async for entity in self._service.get_table_client(table).list_entities():
                    yield _written(entity)
            except ResourceNotFoundError:
                return

    async def is_empty(self, table: str) -> bool:
        async for _ in self.lines(table):
            return False
        return True

    async def add(self, table: str, lines: Sequence[bytes]) -> int:
        client = self._service.get_table_client(table)
        entities = [_read(line) for line in lines]
        with in_our_words("ledger"):
            await self._service.create_table_if_not_exists(table)
            added = 0
            for _, partition in groupby(entities, key=lambda entity: entity["PartitionKey"]):
                alike = list(partition)
                for start in range(0, len(alike), _AT_ONCE):
                    added += await _add(client, alike[start : start + _AT_ONCE])
        return added


async def _add(client: TableClient, entities: Sequence[Entity]) -> int:
    """All in one transaction, or, when one of them is there already, each by itself."""
    try:
        await client.submit_transaction([("create", entity) for entity in entities])
        return len(entities)
    except TableTransactionError as refused:
        if refused.status_code != 409:
            raise
    return sum([await _add_one(client, entity) for entity in entities])


async def _add_one(client: TableClient, entity: Entity) -> int:
    try:
        await client.create_entity(entity)
    except ResourceExistsError:
        return 0
    return 1


def _written(entity: Entity) -> bytes:
    plain = {name: _plain(value) for name, value in entity.items()}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    """Text, truth, 32-bit numbers and fractions as JSON has them; what it lacks with its type."""
    if isinstance(value, EntityProperty):
        return {"type": str(EdmType(value.edm_type).value), "value": str(value.value)}
    if isinstance(value, datetime):
        written = getattr(value, "tables_service_value", "") or value.isoformat()
        return {"type": EdmType.DATETIME.value, "value": written}
    if isinstance(value, bytes):
        return {"type": EdmType.BINARY.value, "value": base64.b64encode(value).decode()}
    if isinstance(value, UUID):
        return {"type": EdmType.GUID.value, "value": str(value)}
    return value


def _read(line: bytes) -> Entity:
    return {name: _typed(value) for name, value in json.loads(line).items()}


def _typed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kind, text = EdmType(value["type"]), value["value"]
    match kind:
        case EdmType.DATETIME:
            return datetime.fromisoformat(text)
        case EdmType.BINARY:
            return base64.b64decode(text)
        case EdmType.GUID:
            return UUID(text)
        case EdmType.INT64:
            return EntityProperty(int(text), EdmType.INT64)
        case _:
            return EntityProperty(text, kind)
