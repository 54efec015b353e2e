"""The guests that have not accepted their invitation yet: their ids alone, 999 to a page.

When the state changed cannot be filtered by (eq, ne, not and in only, no sorting), and the audit
log needs a licence and forgets: https://learn.microsoft.com/graph/api/resources/user (2026-11-23).
"""

from kiota_abstractions.request_adapter import RequestAdapter
from msgraph import GraphServiceClient
from pydantic import BaseModel

from b2b.adapters.graph.client import Graph
from b2b.adapters.graph.pacing import Pacing
from b2b.adapters.graph.pages import LOW, GraphPage, Listing
from b2b.domain.guest import GuestId

PENDING = "userType eq 'Guest' and externalUserState eq 'PendingAcceptance'"


class GraphInvitee(BaseModel):
    id: str


class GraphInvitees:
    """Asks with low priority: others of the tenant go first."""

    def __init__(
        self, adapter: RequestAdapter, pacing: Pacing | None = None, page: int = 999
    ) -> None:
        self._graph = Graph(adapter, pacing)
        self._page = page
        self._api = GraphServiceClient(request_adapter=adapter)

    async def pending(self) -> frozenset[GuestId]:
        query = {"$filter": PENDING, "$select": "id", "$top": str(self._page)}
        users = Listing(self._graph, self._api.users, query, GraphPage[GraphInvitee], LOW)
        return frozenset([GuestId(one.id) async for one in users.all()])
