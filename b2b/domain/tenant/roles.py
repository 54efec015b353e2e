"""Azure roles that groups stand for: assigned once to the group, by a name that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from b2b.domain.policy import AzureRole, Policy
from b2b.domain.request import GroupId
from b2b.domain.tenant.change import AssignRole, Comparison, Remark

_OURS: Final = UUID("6f1a3a4e-6d0f-5a46-9a0e-2a1d0c7be0b2")  # the namespace of our assignments


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody holds exactly at a scope."""

    scope: str
    role: str
    principal: str


@dataclass(frozen=True, slots=True)
class Held:
    """What was read: the ids of the roles by scope and name, the grants, what could not be read."""

    roles: Mapping[tuple[str, str], str]
    grants: frozenset[Grant]
    remarks: tuple[Remark, ...] = ()


def wanted_roles(policy: Policy) -> Sequence[AzureRole]:
    """Each once, although partners may share a group."""
    found = {
        (role.scope.lower(), role.role.casefold(), role.group): role
        for partner in policy.partners
        for role in partner.azure_roles
    }
    return tuple(found.values())


def compare_roles(held: Held, wanted: Sequence[AzureRole]) -> Comparison:
    """A role that could not be read is in the remarks. Nothing is ever taken away."""
    changes: dict[str, AssignRole] = {}
    for one in wanted:
        role = held.roles.get((one.scope, one.role))
        if role is None or grant_of(one.scope, role, one.group) in held.grants:
            continue
        name = assignment_id(one.scope, role, one.group)
        change = AssignRole(name, one.scope, role, one.role, one.group, one.group_name)
        changes.setdefault(name, change)
    return Comparison(tuple(changes.values()), held.remarks)


def grant_of(scope: str, role: str, principal: str) -> Grant:
    """Scopes and ids compare without regard to case."""
    return Grant(scope.rstrip("/").lower(), role.lower(), principal.lower())


def assignment_id(scope: str, role: str, group: GroupId) -> str:
    """The same every time, so that assigning again finds what is there."""
    grant = grant_of(scope, role, group)
    return str(uuid5(_OURS, "\n".join((grant.scope, grant.role, grant.principal))))
