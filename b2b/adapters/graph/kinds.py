"""What accounts are, read right before they are given access: twenty in one round trip."""

from collections.abc import Sequence

from kiota_abstractions.method import Method
from msgraph import GraphServiceClient

from b2b.adapters.graph.client import LARGEST_BATCH, Ask, Graph
from b2b.adapters.graph.errors import translate
from b2b.adapters.graph.models import KIND_FIELDS, GraphKind
from b2b.domain.access import AccountKind
from b2b.domain.guest import GuestId


async def read_kinds(
    graph: Graph, api: GraphServiceClient, accounts: Sequence[GuestId]
) -> dict[GuestId, AccountKind]:
    """An account that the directory does not show is left out. Raises Refused and TryLater."""
    kinds: dict[GuestId, AccountKind] = {}
    for start in range(0, len(accounts), LARGEST_BATCH):
        twenty = accounts[start : start + LARGEST_BATCH]
        asks = [
            Ask(Method.GET, api.users.by_user_id(account), {"$select": KIND_FIELDS})
            for account in twenty
        ]
        for account, answer in zip(twenty, await graph.send_all(asks), strict=True):
            if answer.ok:
                kinds[account] = _kind(answer.read(GraphKind))
            elif answer.status != 404:
                raise translate(answer)
    return kinds


def _kind(user: GraphKind) -> AccountKind:
    """What is not known to be from outside is a colleague, and is given nothing."""
    if not user.external or user.user_type not in ("Guest", "Member"):
        return AccountKind.COLLEAGUE
    return AccountKind.GUEST if user.user_type == "Guest" else AccountKind.EXTERNAL_MEMBER
