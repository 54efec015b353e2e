"""The Accounts of the flows, kept by Microsoft Graph: one guest read again, blocked, removed.

Guests are deleted as users, never by way of a membership: DELETE .../members/{id} without /$ref
would delete the person. https://learn.microsoft.com/graph/api/group-delete-members (read 2026-11)
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from msgraph import GraphServiceClient
from pydantic import BaseModel, ConfigDict

from b2b.adapters.graph.client import LARGEST_BATCH, Ask, Graph
from b2b.adapters.graph.errors import error_of, translate
from b2b.adapters.graph.models import GraphIds
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.adapters.graph.pages import ADVANCED, GraphPage, Listing, checked, decoded
from b2b.adapters.graph.privileged import Privileged, without_roles_to_take_up
from b2b.adapters.graph.resident_models import (
    ACTIVITY_FIELDS,
    RESIDENT_FIELDS,
    GraphHolding,
    GraphPresent,
    GraphResident,
    GraphRole,
    GraphSeen,
)
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Belongings, Gone, InBin, Sighting
from b2b.domain.odata import quoted
from b2b.domain.request import GroupId

KEPT_FIELDS = (
    f"{RESIDENT_FIELDS},companyName,department,jobTitle,givenName,surname,otherMails,"
    "proxyAddresses,creationType,preferredLanguage,usageLocation,employeeId"
)


class _Anything(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True, extra="allow")


class GraphAccounts:
    """Every call is about one guest, by id."""

    def __init__(self, adapter: RequestAdapter, pacing: Pacing | None = None) -> None:
        self._graph = Graph(adapter, pacing)
        self._api = GraphServiceClient(request_adapter=adapter)

    async def look(self, guest: GuestId) -> Sighting:
        select = {"$select": RESIDENT_FIELDS}
        live = await self._graph.send(Ask(Method.GET, self._user(guest), select))
        if live.status != 404:
            return decoded(live, GraphPresent).value()
        deleted = await self._graph.send(Ask(Method.GET, self._binned(guest), select))
        if deleted.status == 404:
            return Gone()
        return InBin(decoded(deleted, GraphResident).value())

    async def seen(self, guest: GuestId) -> date | None:
        select = {"$select": ACTIVITY_FIELDS}
        ask = Ask(Method.GET, self._user(guest), select, budget=Budget.SIGN_IN_ACTIVITY)
        return decoded(await self._graph.send(ask), GraphSeen).newest()

    async def holds_role(self, guest: GuestId) -> bool:
        directory = self._api.role_management.directory
        groups = [one.is_assignable_to_role async for one in self._all_groups(guest)]
        privileged = Privileged(
            held=await self._roles(directory.role_assignments, guest),
            eligible=await self._roles(directory.role_eligibility_schedule_instances, guest),
            in_role_groups=[guest] if any(groups) else (),
        )
        return bool(privileged.everybody())

    async def _roles(self, builder: Any, guest: GuestId) -> list[str]:
        of_guest = {"$filter": f"principalId eq {quoted(guest)}"}
        answer = await self._graph.send(Ask(Method.GET, builder, of_guest))
        if without_roles_to_take_up(answer.status, error_of(answer)[0]):
            return []
        return [one.principal_id for one in decoded(answer, GraphPage[GraphRole]).value]

    def _all_groups(self, guest: GuestId) -> AsyncIterator[GraphHolding]:
        """Also through other groups: memberOf alone would ask for another permission."""
        builder = self._user(guest).transitive_member_of.graph_group
        builder.url_template = builder.url_template.replace(
            "/graph.group", "/microsoft.graph.group"
        )
        query = {"$select": "id,displayName,isAssignableToRole", "$count": "true", "$top": "999"}
        return Listing(self._graph, builder, query, GraphPage[GraphHolding], ADVANCED).all()

    async def groups_among(self, guest: GuestId, groups: Sequence[GroupId]) -> frozenset[GroupId]:
        held: set[str] = set()
        for start in range(0, len(groups), LARGEST_BATCH):
            body = {"groupIds": list(groups[start : start + LARGEST_BATCH])}
            ask = Ask(
                Method.POST,
                self._user(guest).check_member_groups,
                body=body,
                budget=Budget.READS,
            )
            held |= set(decoded(await self._graph.send(ask), GraphIds).value)
        return frozenset(GroupId(group) for group in held)

    async def belongings(self, guest: GuestId) -> Belongings:
        user = self._user(guest)
        sponsors = Listing(self._graph, user.sponsors, {}, GraphPage[GraphHolding], {})
        kept = checked(await self._graph.send(Ask(Method.GET, user, {"$select": KEPT_FIELDS})))
        return Belongings(
            groups=tuple(
                [(one.id, one.display_name or "") async for one in self._all_groups(guest)]
            ),
            sponsors=tuple([one.id async for one in sponsors.all()]),
            attributes=kept.read(_Anything).model_dump(exclude={"@odata.context"}),
        )

    async def block(self, guest: GuestId) -> None:
        await self._write(Ask(Method.PATCH, self._user(guest), body={"accountEnabled": False}))

    async def enable(self, guest: GuestId) -> None:
        await self._write(Ask(Method.PATCH, self._user(guest), body={"accountEnabled": True}))

    async def remove(self, guest: GuestId) -> None:
        answer = await self._graph.send(Ask(Method.DELETE, self._user(guest)))
        if not answer.ok and answer.status != 404:
            raise translate(answer)

    async def restore(self, guest: GuestId) -> None:
        await self._write(Ask(Method.POST, self._binned(guest).restore))

    async def _write(self, ask: Ask) -> None:
        checked(await self._graph.send(ask))

    def _user(self, guest: GuestId) -> Any:
        return self._api.users.by_user_id(guest)

    def _binned(self, guest: GuestId) -> Any:
        return self._api.directory.deleted_items.by_directory_object_id(guest)
