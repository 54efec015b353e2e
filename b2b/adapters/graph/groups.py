"""Why a group takes no guests, read from the group itself: the error texts do not tell.

https://learn.microsoft.com/graph/api/group-post-members and
https://learn.microsoft.com/entra/identity/users/groups-dynamic-membership (read 2026-11)
"""

from kiota_abstractions.method import Method
from msgraph import GraphServiceClient

from b2b.adapters.graph.client import Ask, Graph
from b2b.adapters.graph.models import GROUP_FIELDS, GraphGroup
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId


async def why_group_refuses(graph: Graph, api: GraphServiceClient, group: GroupId) -> Reason | None:
    """None when nothing about the group explains it, or when it cannot be read."""
    ask = Ask(Method.GET, api.groups.by_group_id(group), {"$select": GROUP_FIELDS})
    answer = await graph.send(ask)
    if answer.status == 404:
        return Reason(
            "group_not_found", f"There is no group {group} in the directory; mend the policy."
        )
    return _why(answer.read(GraphGroup)) if answer.ok else None


def _why(group: GraphGroup) -> Reason | None:
    name, kinds = group.display_name or group.id, group.group_types or ()
    if "DynamicMembership" in kinds:
        return Reason("group_is_dynamic", f"{name} fills itself by a rule; ask for another group.")
    if group.is_assignable_to_role:
        return Reason("group_holds_roles", f"{name} can hold administrative roles: not for guests.")
    if group.on_premises_sync_enabled:
        return Reason("group_is_synced", f"{name} is kept on premises and takes no guests.")
    if group.mail_enabled and "Unified" not in kinds:
        return Reason("group_is_mail_enabled", f"{name} is managed in Exchange, not in Graph.")
    return None
