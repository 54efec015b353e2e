"""The Roll of the sweep, kept by Microsoft Graph: few large pages, and sign-ins only of the stale.

Sign-in activity is 10 requests a minute, 500 users a page, and its filter stands alone:
https://learn.microsoft.com/graph/api/user-list (read 2026-11).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from msgraph import GraphServiceClient
from pydantic import ValidationError

from b2b.adapters.graph.answer import Answer, malformed
from b2b.adapters.graph.client import LARGEST_BATCH, Ask, Graph
from b2b.adapters.graph.colleagues import find_colleagues
from b2b.adapters.graph.errors import error_of
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.adapters.graph.pages import ADVANCED, LOW, GraphPage, Listing, checked
from b2b.adapters.graph.privileged import (
    ROLES_MAY_BE_HELD,
    Privileged,
    without_roles_to_take_up,
)
from b2b.adapters.graph.resident_models import (
    ACTIVITY_FIELDS,
    RESIDENT_FIELDS,
    GraphHolding,
    GraphPresent,
    GraphResident,
    GraphRole,
    GraphSeen,
)
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Gone, InBin, Resident, Sighting
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId
from b2b.ports import Page, UnreadItem

GUESTS = "userType eq 'Guest'"


class GraphRoll:
    """Asks with low priority: others of the tenant go first."""

    def __init__(
        self, adapter: RequestAdapter, pacing: Pacing | None = None, page: int = 999
    ) -> None:
        self._graph = Graph(adapter, pacing)
        self._page = page
        self._api = GraphServiceClient(request_adapter=adapter)

    async def count(self) -> int:
        ask = Ask(Method.GET, self._api.users.count, {"$filter": GUESTS}, headers=ADVANCED | LOW)
        answer = checked(await self._graph.send(ask))
        try:
            return int(answer.body.decode("utf-8-sig"))
        except ValueError:
            reason = Reason("count_unreadable", "The directory's count is no number.")
            raise Refused(reason) from None

    async def guests(self, following: str = "") -> Page[Resident]:
        query = {"$filter": GUESTS, "$select": RESIDENT_FIELDS, "$top": str(self._page)}
        users = Listing(self._graph, self._api.users, query, GraphPage[GraphPresent], LOW)
        page = await users.read_each(GraphPresent, following)
        return Page([one.value() for one in page.value], page.next_link, page.unread)

    async def look_up(self, guests: Sequence[GuestId]) -> Mapping[GuestId, Sighting | UnreadItem]:
        """In batches of 20; who is not there is looked for in the recycle bin."""
        live = await self._by_id(guests, self._api.users.by_user_id, GraphPresent)
        found: dict[GuestId, Sighting | UnreadItem] = {g: one for g, one in live.items() if one}
        missing = [guest for guest in guests if live[guest] is None]
        bin_ = self._api.directory.deleted_items.by_directory_object_id
        for guest, one in (await self._by_id(missing, bin_, GraphResident)).items():
            found[guest] = InBin(one) if isinstance(one, Resident) else one or Gone()
        return found

    async def _by_id(
        self, guests: Sequence[GuestId], builder: Callable[[str], Any], model: type[GraphResident]
    ) -> dict[GuestId, Resident | UnreadItem | None]:
        found: dict[GuestId, Resident | UnreadItem | None] = {}
        query = {"$select": RESIDENT_FIELDS}
        for start in range(0, len(guests), LARGEST_BATCH):
            some = guests[start : start + LARGEST_BATCH]
            asks = [Ask(Method.GET, builder(guest), query, headers=LOW) for guest in some]
            for guest, answer in zip(some, await self._graph.send_all(asks), strict=True):
                found[guest] = None if answer.status == 404 else _sighted(guest, answer, model)
        return found

    async def last_seen(self, until: date, following: str = "") -> Page[tuple[GuestId, date]]:
        seen = self._seen("le", until + timedelta(days=1), min(self._page, 500))
        page = await seen.read_each(GraphSeen, following)
        dated = ((GuestId(one.id), one.newest()) for one in page.value)
        return Page([(guest, day) for guest, day in dated if day is not None], page.next_link)

    async def tells_sign_ins(self) -> bool:
        page = await self._seen("ge", date(2000, 1, 1), 1).read_each(GraphSeen)
        return any(one.newest() is not None for one in page.value)

    def _seen(self, operator: str, day: date, top: int) -> Listing[GraphSeen]:
        query = {
            "$filter": f"signInActivity/lastSignInDateTime {operator} {day}T00:00:00Z",
            "$select": ACTIVITY_FIELDS,
            "$top": str(top),
        }
        budget = Budget.SIGN_IN_ACTIVITY
        return Listing(self._graph, self._api.users, query, GraphPage[GraphSeen], LOW, budget)

    async def role_holders(self) -> frozenset[GuestId]:
        directory = self._api.role_management.directory
        held = Listing(self._graph, directory.role_assignments, {}, GraphPage[GraphRole], LOW)
        eligible = Listing(
            self._graph,
            directory.role_eligibility_schedule_instances,
            {},
            GraphPage[GraphRole],
            LOW,
        )
        first = await self._graph.send(eligible.first())
        licensed = not without_roles_to_take_up(first.status, error_of(first)[0])
        privileged = Privileged(
            held=[one.principal_id async for one in held.all()],
            eligible=[one.principal_id async for one in eligible.all()] if licensed else (),
            in_role_groups=await self._in_role_groups(),
        )
        return frozenset(map(GuestId, privileged.everybody()))

    async def _in_role_groups(self) -> frozenset[GuestId]:
        query = {"$filter": ROLES_MAY_BE_HELD, "$select": "id", "$top": str(self._page)}
        groups = Listing(self._graph, self._api.groups, query, GraphPage[GraphHolding], LOW)
        found: frozenset[GuestId] = frozenset()
        async for group in groups.all():
            found |= await self.members(GroupId(group.id))
        return found

    async def members(self, group: GroupId) -> frozenset[GuestId]:
        builder = self._api.groups.by_group_id(group).transitive_members.graph_user
        builder.url_template = builder.url_template.replace("/graph.user", "/microsoft.graph.user")
        query = {"$select": "id", "$count": "true", "$top": "999"}
        users = Listing(self._graph, builder, query, GraphPage[GraphHolding], ADVANCED | LOW)
        return frozenset([GuestId(one.id) async for one in users.all()])

    async def at_work(self, addresses: Sequence[str]) -> frozenset[str]:
        found = await find_colleagues(self._graph, self._api, addresses, LOW)
        return frozenset(key for key, one in found.items() if one.at_work or one.unclear)


def _sighted(guest: GuestId, answer: Answer, model: type[GraphResident]) -> Resident | UnreadItem:
    """One account that cannot be read is told as such. Raises what an error means."""
    try:
        return checked(answer).parsed(model).value()
    except ValidationError as faults:
        return UnreadItem(guest, malformed(faults).sentence)
