"""Who counts as privileged, and what may not be done to them by permission alone.

https://learn.microsoft.com/graph/api/resources/users ("Who can perform sensitive actions").
"""

from sandbox.directory.refusals import denied
from sandbox.directory.things import User
from sandbox.directory.world import Call


def guard(call: Call, target: User) -> None:
    """Raises Refused (403) for a privileged target, unless the caller holds a directory role."""
    if not call.caller.wids and is_privileged(call, target):
        raise denied()


def is_privileged(call: Call, target: User) -> bool:
    held = {row.read("principalId") for row in call.store.assignments}
    groups = call.store.all_groups_of(target.id)
    return (
        target.id in held
        or bool(target.read("isManagementRestricted"))
        or any(group.read("isAssignableToRole") or group.id in held for group in groups)
    )
