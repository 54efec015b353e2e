"""Directory roles that people hold, and those they may take up for a while."""

from typing import Final

from sandbox.directory.listing import Listed, in_order, listing
from sandbox.directory.properties import Kind, Property
from sandbox.directory.query import read_query
from sandbox.directory.refusals import bad
from sandbox.directory.things import Thing
from sandbox.directory.world import Answer, Call

ASSIGNMENT: Final = Kind(
    "UnifiedRoleAssignment",
    "unifiedRoleAssignment",
    {
        "id": Property(),
        "principalId": Property(filter="eq in"),
        "roleDefinitionId": Property(filter="eq in"),
        "directoryScopeId": Property(filter="eq in"),
        "appScopeId": Property(filter="eq in"),
        "condition": Property(),
    },
    ("id", "principalId", "roleDefinitionId", "directoryScopeId"),
)
ELIGIBILITY: Final = Kind(
    "UnifiedRoleEligibilityScheduleInstance",
    "unifiedRoleEligibilityScheduleInstance",
    {
        **ASSIGNMENT.properties,
        "startDateTime": Property("date"),
        "endDateTime": Property("date"),
        "memberType": Property(),
        "roleEligibilityScheduleId": Property(),
    },
    (
        *("id", "principalId", "roleDefinitionId", "directoryScopeId", "appScopeId"),
        *("startDateTime", "endDateTime", "memberType", "roleEligibilityScheduleId"),
    ),
)


def list_assignments(call: Call) -> Answer:
    return _listed(call, call.store.assignments, ASSIGNMENT, "roleAssignments")


def list_eligibilities(call: Call) -> Answer:
    if not {"P2", "Governance"} & set(call.world.tenant.licences):
        words = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance."
        raise bad(words, "AadPremiumLicenseRequired")
    return _listed(call, call.store.eligibilities, ELIGIBILITY, "roleEligibilityScheduleInstances")


def _listed(call: Call, rows: list[Thing], kind: Kind, name: str) -> Answer:
    query = read_query(call, kind, many=True)
    for place, row in enumerate(rows, start=1):
        row.seq = place
    context = f"roleManagement/directory/{name}"
    return listing(call, query, Listed(in_order(rows), kind, Thing, context))
