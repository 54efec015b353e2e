"""What we know of packages and guests, in Azure Tables: one partition per guest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient, TableServiceClient

from b2b.adapters.azure_errors import in_our_words
from b2b.domain.guest import GuestId
from b2b.domain.odata import quoted
from b2b.domain.packages import AccessPackageId, Errand, Grant, PackageRequestId
from b2b.domain.policy import AccessPackage, AssignmentPolicyId
from b2b.domain.reason import Reason

GRANTS = "grants"
Entity = dict[str, Any]


class TableGrants:
    def __init__(self, service: TableServiceClient) -> None:
        self._service = service
        self._made = False

    async def grant(self, guest: GuestId, package: AccessPackageId) -> Grant | None:
        table = await self._table()
        with in_our_words("ledger"):
            try:
                found = await table.get_entity(guest, package)
            except ResourceNotFoundError:
                return None
        return _as_grant(found, found.metadata["etag"])

    async def keep_grant(self, grant: Grant) -> Grant:
        table, entity = await self._table(), _entity(grant)
        with in_our_words("ledger"):
            if grant.version is None:
                written = await _create(table, entity)
            else:
                written = await table.update_entity(
                    entity,
                    mode=UpdateMode.REPLACE,
                    etag=grant.version,
                    match_condition=MatchConditions.IfNotModified,
                )
        return replace(grant, version=written["etag"])

    async def grants_of(self, guest: GuestId) -> Sequence[Grant]:
        table = await self._table()
        with in_our_words("ledger"):
            found = [one async for one in table.query_entities(f"PartitionKey eq {quoted(guest)}")]
        return [_as_grant(one, one.metadata["etag"]) for one in found]

    async def _table(self) -> TableClient:
        if not self._made:
            with in_our_words("ledger"):
                await self._service.create_table_if_not_exists(GRANTS)
            self._made = True
        return self._service.get_table_client(GRANTS)


async def _create(table: TableClient, entity: Entity) -> Mapping[str, Any]:
    try:
        return await table.create_entity(entity)
    except ResourceExistsError as conflict:
        raise ResourceModifiedError(response=conflict.response) from conflict


def _entity(grant: Grant) -> Entity:
    return {
        "PartitionKey": grant.guest,
        "RowKey": grant.package.package,
        "policy": grant.package.assignment_policy,
        "errand": grant.errand.value,
        "since": grant.since,
        "ticket": grant.ticket,
        "until": grant.until.isoformat() if grant.until else "",
        "request": grant.request or "",
        "code": grant.refusal.code if grant.refusal else "",
        "sentence": grant.refusal.sentence if grant.refusal else "",
        "doneFor": grant.done_for,
        "given": grant.given,
    }


def _as_grant(entity: Mapping[str, Any], version: str | None) -> Grant:
    package = AccessPackageId(entity["RowKey"])
    return Grant(
        guest=GuestId(entity["PartitionKey"]),
        package=AccessPackage(package, AssignmentPolicyId(entity["policy"])),
        errand=Errand(entity["errand"]),
        since=datetime.fromtimestamp(entity["since"].timestamp(), UTC),
        ticket=entity["ticket"],
        until=date.fromisoformat(entity["until"]) if entity["until"] else None,
        request=PackageRequestId(entity["request"]) if entity["request"] else None,
        refusal=Reason(entity["code"], entity["sentence"]) if entity["code"] else None,
        done_for=entity["doneFor"],
        given=entity["given"],
        version=version,
    )
