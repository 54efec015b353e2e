"""The journal in Azure Tables: runs, their actions, and custody of guests."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from b2b.adapters.azure_errors import in_our_words
from b2b.adapters.entities import as_row
from b2b.adapters.journal_entities import (
    PROMISE_FIELDS,
    Entity,
    action_entity,
    approval_entity,
    as_action,
    as_approval,
    as_custody,
    as_promise,
    as_run,
    custody_entity,
    custody_key,
    outcome_fields,
    run_entity,
)
from b2b.adapters.table_clients import TableClients
from b2b.adapters.tables import GUESTS, ROWS
from b2b.domain.batch import LedgerRow
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import (
    Action,
    ActionId,
    Approval,
    Custody,
    Outcome,
    Promise,
    Run,
    RunId,
)
from b2b.domain.odata import quoted
from b2b.domain.request import Address

RUNS, ACTIONS, CUSTODY, APPROVALS = "runs", "actions", "custody", "approvals"
AT_ONCE = 100  # entities in one transaction
CONFLICT = 409


class TableJournal(TableClients):
    """One partition per run, so that its plan is kept in few transactions."""

    async def run(self, run: RunId) -> Run | None:
        found = await self._read(RUNS, {"PartitionKey": "run", "RowKey": run})
        return as_run(found, found["etag"]) if found else None

    async def keep_run(self, run: Run) -> Run:
        table, entity = await self._table(RUNS), run_entity(run)
        with in_our_words("ledger"):
            if run.version is None:
                written = await table.upsert_entity(entity, mode=UpdateMode.REPLACE)
            else:
                written = await _replace(table, entity, run.version)
        return replace(run, version=written["etag"])

    async def begin_run(self, run: Run) -> Run:
        table = await self._table(RUNS)
        with in_our_words("ledger"):
            try:
                written = await table.create_entity(run_entity(run))
            except ResourceExistsError:
                found = await table.get_entity("run", run.id)
                return as_run(found, str(found.metadata["etag"]))
        return replace(run, version=written["etag"])

    async def runs(self) -> Sequence[Run]:
        kept = self._query(RUNS, "PartitionKey eq 'run'")
        found = [as_run(entity, entity["etag"]) async for entity in kept]
        return sorted(found, key=lambda run: run.started)

    async def keep_actions(self, actions: Sequence[Action]) -> None:
        if not actions:
            return
        table = await self._table(ACTIONS)
        kept = {action.id for action in await self.actions(actions[0].run)}
        missing = [("create", action_entity(one)) for one in actions if one.id not in kept]
        with in_our_words("ledger"):
            for start in range(0, len(missing), AT_ONCE):
                try:
                    await table.submit_transaction(missing[start : start + AT_ONCE])
                except (TableTransactionError, ResourceExistsError) as conflict:
                    if conflict.status_code != CONFLICT:
                        raise
                    raise ResourceModifiedError(response=conflict.response) from conflict

    async def action(self, run: RunId, action: ActionId) -> Action | None:
        found = await self._read(ACTIONS, {"PartitionKey": run, "RowKey": action})
        return as_action(found) if found else None

    async def actions(self, run: RunId) -> Sequence[Action]:
        found = self._query(ACTIONS, f"PartitionKey eq {quoted(run)}")
        return [as_action(entity) async for entity in found]

    async def actions_on(self, guest: GuestId) -> Sequence[Action]:
        found = self._query(ACTIONS, f"guest eq {quoted(guest)}")
        return [as_action(entity) async for entity in found]

    async def requests_of(self, address: Address) -> Sequence[LedgerRow]:
        return [as_row(entity) async for entity in self._query(ROWS, f"email eq {quoted(address)}")]

    async def close_action(self, run: RunId, action: ActionId, outcome: Outcome) -> None:
        table = await self._table(ACTIONS)
        with in_our_words("ledger"):
            found = await table.get_entity(run, action)
            if found["ending"]:
                return
            await table.update_entity(
                {"PartitionKey": run, "RowKey": action, **outcome_fields(outcome)},
                mode=UpdateMode.MERGE,
                etag=found.metadata["etag"],
                match_condition=MatchConditions.IfNotModified,
            )

    async def approval(self, approval: str) -> Approval | None:
        found = await self._read(APPROVALS, {"PartitionKey": "approval", "RowKey": approval})
        return as_approval(found, found["etag"]) if found else None

    async def approvals(self) -> Sequence[Approval]:
        kept = self._query(APPROVALS, "PartitionKey eq 'approval'")
        found = [as_approval(entity, entity["etag"]) async for entity in kept]
        return sorted(found, key=lambda approval: approval.at)

    async def keep_approval(self, approval: Approval) -> Approval:
        table, entity = await self._table(APPROVALS), approval_entity(approval)
        written = await _write(table, entity, approval.version)
        return replace(approval, version=written["etag"])

    async def promises(self) -> AsyncIterator[Promise]:
        async for entity in self._query(GUESTS, "guest ne ''", PROMISE_FIELDS):
            yield as_promise(entity)

    async def all_custody(self) -> AsyncIterator[Custody]:
        async for entity in self._query(CUSTODY, ""):
            yield as_custody(entity, entity["etag"])

    async def custody(self, guest: GuestId) -> Custody:
        found = await self._read(CUSTODY, custody_key(guest))
        return as_custody(found, found["etag"]) if found else Custody(guest=guest)

    async def keep_custody(self, custody: Custody) -> Custody:
        table, entity = await self._table(CUSTODY), custody_entity(custody)
        written = await _write(table, entity, custody.version)
        return replace(custody, version=written["etag"])

    async def _query(
        self, name: str, filter_: str, select: Sequence[str] | None = None
    ) -> AsyncIterator[Entity]:
        table = await self._table(name)
        with in_our_words("ledger"):
            fields = list(select) if select else None
            found = (
                table.query_entities(filter_, select=fields)
                if filter_
                else table.list_entities(select=fields)
            )
            async for entity in found:
                yield entity if select else {**entity, "etag": entity.metadata["etag"]}

    async def _read(self, name: str, key: Entity) -> Entity | None:
        table = await self._table(name)
        with in_our_words("ledger"):
            try:
                found = await table.get_entity(key["PartitionKey"], key["RowKey"])
            except ResourceNotFoundError:
                return None
        return {**found, "etag": found.metadata["etag"]}


async def _write(table: TableClient, entity: Entity, version: str | None) -> Mapping[str, Any]:
    """Creates the entity, or replaces the version that the caller read. Raises TryLater."""
    with in_our_words("ledger"):
        if version is None:
            return await _create(table, entity)
        return await _replace(table, entity, version)


async def _replace(table: TableClient, entity: Entity, version: str) -> Mapping[str, Any]:
    return await table.update_entity(
        entity,
        mode=UpdateMode.REPLACE,
        etag=version,
        match_condition=MatchConditions.IfNotModified,
    )


async def _create(table: TableClient, entity: Entity) -> Mapping[str, Any]:
    try:
        return await table.create_entity(entity)
    except ResourceExistsError as conflict:
        raise ResourceModifiedError(response=conflict.response) from conflict
