"""The places of a day under the brakes, in Azure Tables.

One partition for each day and effect: the entity `head` holds how many places are taken, one entity
for each batch or request holds its share. Both are written in one entity-group transaction, the
head over the version that was read, so that no place is counted twice or given twice.
https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions (2026-11)
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from b2b.adapters.azure_errors import in_our_words
from b2b.adapters.table_clients import TableClients
from b2b.domain.places import (
    BrakeDecision,
    DayLimits,
    ManagedCounts,
    OverLimit,
    Wanted,
    missing_places,
    over_limit,
    with_places,
)
from b2b.domain.policy import Effect

BRAKES = "brakes"
HEAD, MANAGED = "head", "managed"
TRIES = 10  # of one reservation while others write, before it is left to the next delivery


class TableBrakePlaces(TableClients):
    async def reserve(self, wanted: Wanted, limits: DayLimits) -> OverLimit | None:
        table = await self._table(BRAKES)
        with in_our_words("brakes"):
            for _ in range(TRIES - 1):
                try:
                    return await _reserve(table, wanted, limits)
                except ResourceModifiedError:
                    continue
            return await _reserve(table, wanted, limits)

    async def held(self, day: date, effect: Effect, identity: str) -> Mapping[str, int]:
        table = await self._table(BRAKES)
        with in_our_words("brakes"):
            return _places(await _read(table, _partition(day, effect), _share(identity)))

    async def managed(self, day: date, effect: Effect) -> ManagedCounts | None:
        table = await self._table(BRAKES)
        with in_our_words("brakes"):
            found = await _read(table, _partition(day, effect), MANAGED)
        if found is None:
            return None
        return ManagedCounts(found["total"], json.loads(found["partners"]))

    async def keep_managed(self, day: date, effect: Effect, counts: ManagedCounts) -> ManagedCounts:
        table = await self._table(BRAKES)
        key = {"PartitionKey": _partition(day, effect), "RowKey": MANAGED}
        partners = json.dumps(dict(counts.partners))
        with in_our_words("brakes"):
            try:
                await table.create_entity(key | {"total": counts.total, "partners": partners})
            except ResourceExistsError:
                return await self.managed(day, effect) or counts
        return counts

    async def record(self, decision: BrakeDecision) -> None:
        table = await self._table(BRAKES)
        key = {"PartitionKey": _decisions(decision.batch), "RowKey": decision.at.isoformat()}
        facts = {"by": decision.operator, "rows": decision.rows, "released": decision.released}
        with in_our_words("brakes"):
            await table.upsert_entity(key | facts, mode=UpdateMode.REPLACE)

    async def decisions(self, batch: str) -> Sequence[BrakeDecision]:
        table = await self._table(BRAKES)
        with in_our_words("brakes"):
            found = table.query_entities(
                "PartitionKey eq @partition", parameters={"partition": _decisions(batch)}
            )
            return [_decision(batch, entity) async for entity in found]


def _decision(batch: str, entity: Any) -> BrakeDecision:
    at = datetime.fromisoformat(entity["RowKey"])
    return BrakeDecision(batch, at, entity["by"], entity["rows"], entity["released"])


def _decisions(batch: str) -> str:
    return f"decisions-{batch}"


async def _reserve(table: TableClient, wanted: Wanted, limits: DayLimits) -> OverLimit | None:
    """Raises ResourceModifiedError when another writer was first."""
    partition = _partition(wanted.day, wanted.effect)
    head = await _read(table, partition, HEAD)
    share = await _read(table, partition, _share(wanted.id))
    taken, held = _places(head), _places(share)
    more = missing_places(wanted.guests, held)
    passed = over_limit(wanted.effect, taken, more, limits)
    if passed is not None or not more:
        return passed
    writes = [
        _write(partition, HEAD, with_places(taken, more), head),
        _write(partition, _share(wanted.id), with_places(held, more), share),
    ]
    try:
        await table.submit_transaction(writes)
    except TableTransactionError as conflict:
        if conflict.status_code not in (404, 409, 412):
            raise
        raise ResourceModifiedError(response=conflict.response) from conflict
    return None


def _write(partition: str, row: str, places: dict[str, int], known: Any) -> Any:
    total, partners = sum(places.values()), json.dumps(places)
    entity = {"PartitionKey": partition, "RowKey": row, "total": total, "partners": partners}
    if known is None:
        return ("create", entity)
    terms = {"mode": UpdateMode.REPLACE, "match_condition": MatchConditions.IfNotModified}
    return ("update", entity, {**terms, "etag": known.metadata["etag"]})


async def _read(table: TableClient, partition: str, row: str) -> Any:
    try:
        return await table.get_entity(partition, row)
    except ResourceNotFoundError:
        return None


def _places(entity: Any) -> dict[str, int]:
    return {} if entity is None else dict(json.loads(entity["partners"]))


def _partition(day: date, effect: Effect) -> str:
    return f"{day.isoformat()}-{effect.value}"


def _share(identity: str) -> str:
    return f"id-{identity}"
