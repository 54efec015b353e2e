"""What rows took away, in Azure Tables: one partition for each batch."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import UpdateMode

from b2b.adapters.azure_errors import in_our_words
from b2b.adapters.table_clients import TableClients
from b2b.domain.access_removal import AccessKind, AccessRemoval, RemovalStage
from b2b.domain.guest import GuestId
from b2b.domain.policy import UPLOADS
from b2b.domain.request import Address, BatchId, RowRef

REMOVALS = "accessremovals"
_DAY = "messages-"
Entity = dict[str, Any]


class TableAccessRemovals(TableClients):
    async def intend(self, removal: AccessRemoval) -> None:
        table = await self._table(REMOVALS)
        with in_our_words("ledger"):
            try:
                await table.create_entity(_entity(removal))
            except ResourceExistsError:
                return

    async def confirm(self, removal: AccessRemoval) -> None:
        """A merge into what is there: an entity that is not there is not made."""
        table = await self._table(REMOVALS)
        taken = {**_key(removal), "stage": RemovalStage.TAKEN.value}
        with in_our_words("ledger"):
            try:
                await table.update_entity(taken, mode=UpdateMode.MERGE)
            except ResourceNotFoundError:
                return

    async def withdraw(self, removal: AccessRemoval) -> None:
        table, key = await self._table(REMOVALS), _key(removal)
        with in_our_words("ledger"):
            try:
                found = await table.get_entity(key["PartitionKey"], key["RowKey"])
                if found["stage"] == RemovalStage.INTENDED.value:
                    await table.delete_entity(
                        found,
                        etag=found.metadata["etag"],
                        match_condition=MatchConditions.IfNotModified,
                    )
            except ResourceNotFoundError:
                return

    async def of_batch(self, batch: BatchId) -> Sequence[AccessRemoval]:
        if batch.startswith(_DAY):
            return await self._query("day eq @value", batch.removeprefix(_DAY))
        return await self._query("PartitionKey eq @value", batch)

    async def of_guest(self, guest: GuestId) -> Sequence[AccessRemoval]:
        return await self._query("guest eq @value", guest)

    async def _query(self, query: str, value: str) -> Sequence[AccessRemoval]:
        table = await self._table(REMOVALS)
        with in_our_words("ledger"):
            found = table.query_entities(query, parameters={"value": value})
            return [_removal(entity) async for entity in found]


def _key(removal: AccessRemoval) -> Entity:
    return {"PartitionKey": removal.row.batch, "RowKey": removal.id}


def _entity(removal: AccessRemoval) -> Entity:
    """`day`: empty for rows of files, which are found by their batch alone."""
    return {
        **_key(removal),
        "row": removal.row.key,
        "generation": removal.generation,
        "email": removal.email,
        "sender": removal.sender,
        "guest": removal.guest,
        "kind": removal.kind.value,
        "target": removal.target,
        "at": removal.at,
        "day": "" if removal.sender == UPLOADS else removal.at.date().isoformat(),
        "assignmentPolicy": removal.assignment_policy,
        "endsOn": removal.ends_on.isoformat() if removal.ends_on else "",
        "stage": removal.stage.value,
    }


def _removal(entity: Mapping[str, Any]) -> AccessRemoval:
    return AccessRemoval(
        row=RowRef(BatchId(entity["PartitionKey"]), entity["row"]),
        generation=entity["generation"],
        email=Address(entity["email"]),
        sender=entity["sender"],
        guest=GuestId(entity["guest"]),
        kind=AccessKind(entity["kind"]),
        target=entity["target"],
        at=datetime.fromtimestamp(entity["at"].timestamp(), UTC),
        assignment_policy=entity["assignmentPolicy"],
        ends_on=date.fromisoformat(entity["endsOn"]) if entity["endsOn"] else None,
        stage=RemovalStage(entity["stage"]),
    )
