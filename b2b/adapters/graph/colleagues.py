"""The Colleagues and the SponsorLinks of the flows, kept by Microsoft Graph.

https://learn.microsoft.com/graph/api/user-post-sponsors, user-delete-sponsors (read 2026-11-23):
a sponsor is taken off by .../sponsors/{id}/$ref; without /$ref the person would be deleted.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from msgraph import GraphServiceClient

from b2b.adapters.graph.client import LARGEST_BATCH, Ask, Graph
from b2b.adapters.graph.errors import error_of, translate
from b2b.adapters.graph.models import GraphReference
from b2b.adapters.graph.pacing import Pacing
from b2b.adapters.graph.pages import GraphPage, checked, decoded
from b2b.adapters.graph.resident_models import GraphColleague
from b2b.domain.guest import GuestId
from b2b.domain.odata import quoted
from b2b.domain.sponsor import Colleague, SponsorId

SPONSORS_AT_ONCE = 7  # each by mail and by name: 14 of the 15 alternatives that a filter takes
T = TypeVar("T")


class GraphColleagues:
    """Up to 140 addresses in one round trip."""

    def __init__(self, adapter: RequestAdapter, pacing: Pacing | None = None) -> None:
        self._graph = Graph(adapter, pacing)
        self._api = GraphServiceClient(request_adapter=adapter)

    async def colleagues(self, addresses: Sequence[str]) -> Mapping[str, Colleague]:
        return await find_colleagues(self._graph, self._api, addresses, {})

    async def hand_over(
        self, guest: GuestId, sponsor: SponsorId, instead_of: SponsorId | None
    ) -> None:
        sponsors = self._api.users.by_user_id(guest).sponsors
        listed = decoded(
            await self._graph.send(Ask(Method.GET, sponsors)), GraphPage[GraphReference]
        )
        held = {one.id for one in listed.value}  # five are the most: they fit on a page
        if instead_of in held:
            old = sponsors.by_directory_object_id(str(instead_of))
            await self._take_off(Ask(Method.DELETE, old.ref))
        if sponsor not in held:
            link = {"@odata.id": f"{self._graph.base_url}/users/{sponsor}"}
            await self._put_on(Ask(Method.POST, sponsors.ref, body=link))

    async def _take_off(self, ask: Ask) -> None:
        answer = await self._graph.send(ask)
        if answer.status != 404:
            checked(answer)

    async def _put_on(self, ask: Ask) -> None:
        answer = await self._graph.send(ask)
        if not answer.ok and "already exist" not in error_of(answer)[1].lower():
            raise translate(answer)


async def find_colleagues(
    graph: Graph, api: GraphServiceClient, addresses: Iterable[str], headers: Mapping[str, str]
) -> Mapping[str, Colleague]:
    """Members of the tenant by the addresses asked for, casefolded. Raises Refused, TryLater."""
    keys = sorted({address.casefold() for address in addresses if address})
    asks = [_ask(api, some, headers) for some in _parts(keys, SPONSORS_AT_ONCE)]
    found: list[GraphColleague] = []
    for together in _parts(asks, LARGEST_BATCH):
        for answer in await graph.send_all(together):
            found += decoded(answer, GraphPage[GraphColleague]).value
    named = _by_name(found)
    return {key: named[key] for key in keys if key in named}


def _parts(things: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (things[start : start + size] for start in range(0, len(things), size))


def _ask(api: GraphServiceClient, names: Sequence[str], headers: Mapping[str, str]) -> Ask:
    listed = ",".join(map(quoted, names))
    query = {
        "$filter": f"mail in ({listed}) or userPrincipalName in ({listed})",
        "$select": "id,userType,accountEnabled,mail,userPrincipalName",
        "$top": "999",
    }
    return Ask(Method.GET, api.users, query, headers=headers)


def _by_name(found: Iterable[GraphColleague]) -> dict[str, Colleague]:
    named: dict[str, Colleague] = {}
    # Those at work come last, and win where two have one name.
    for one in sorted(found, key=lambda each: bool(each.account_enabled)):
        colleague = _colleague(one)
        if colleague is not None:
            named |= {
                name.casefold(): colleague for name in (one.mail, one.user_principal_name) if name
            }
    return named


def _colleague(one: GraphColleague) -> Colleague | None:
    """None for who is said to be no member."""
    if one.user_type not in ("Member", None):
        return None
    unclear = one.user_type is None or one.account_enabled is None
    return Colleague(SponsorId(one.id), one.account_enabled is True, unclear)
