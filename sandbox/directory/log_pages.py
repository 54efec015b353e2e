"""GET /auditLogs/signIns and /auditLogs/directoryAudits: newest first, at most 1,000 a page.

https://learn.microsoft.com/graph/api/signin-list and directoryaudit-list, and the filters from the
tables of https://learn.microsoft.com/graph/api/resources/signin and directoryaudit (2026-11-23).
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from sandbox.directory.clock import written
from sandbox.directory.listing import Listed, Source, listing
from sandbox.directory.logs import Logged
from sandbox.directory.properties import Kind, Property
from sandbox.directory.query import read_query
from sandbox.directory.refusals import bad
from sandbox.directory.world import Answer, Call

OPTIONS: Final = frozenset({"$filter", "$top", "$skiptoken"})
OLDEST: Final = 90 * 24 * 3600  # an older date in a filter is refused, docs issue 5676
P = Property

SIGN_IN_PROPERTIES: Final[dict[str, Property]] = {
    "id": P(filter="eq"),
    "createdDateTime": P("date", "eq ge le"),
    "userDisplayName": P(filter="eq startsWith"),
    "userPrincipalName": P(filter="eq startsWith"),
    "userId": P(filter="eq"),
    "appId": P(filter="eq"),
    "appDisplayName": P(filter="eq startsWith"),
    "ipAddress": P(filter="eq startsWith"),
    "clientAppUsed": P(filter="eq"),
    "userAgent": P(),
    "correlationId": P(filter="eq"),
    "conditionalAccessStatus": P(filter="eq"),
    "isInteractive": P("bool"),
    "riskDetail": P(filter="eq"),
    "riskLevelAggregated": P(filter="eq"),
    "riskLevelDuringSignIn": P(filter="eq"),
    "riskState": P(filter="eq"),
    "riskEventTypes_v2": P("strings", "any"),
    "resourceDisplayName": P(filter="eq"),
    "resourceId": P(filter="eq"),
    "homeTenantId": P(),
    "resourceTenantId": P(),
    "status": P("signInStatus"),
    "deviceDetail": P("deviceDetail"),
    "location": P("signInLocation"),
}
BETA: Final[dict[str, Property]] = {
    "userType": P(filter="eq"),
    "crossTenantAccessType": P(filter="eq"),
    "signInEventTypes": P("strings", "any"),
}
AUDIT_PROPERTIES: Final[dict[str, Property]] = {
    "id": P(filter="eq"),
    "category": P(),
    "correlationId": P(filter="eq"),
    "result": P(),
    "resultReason": P(),
    "activityDisplayName": P(filter="eq startsWith"),
    "activityDateTime": P("date", "eq ge le"),
    "loggedByService": P(filter="eq"),
    "operationType": P(),
    "initiatedBy": P("object"),
    "targetResources": P("targetResources", "any"),
    "additionalDetails": P("things"),
}


def _kind(name: str, properties: dict[str, Property]) -> Kind:
    return Kind(
        name, name[0].lower() + name[1:], properties, tuple(properties), page=1000,
        longest_page=1000,
    )  # fmt: skip


SIGN_IN: Final = _kind("SignIn", SIGN_IN_PROPERTIES)
SIGN_IN_BETA: Final = _kind("SignIn", SIGN_IN_PROPERTIES | BETA)
AUDIT: Final = _kind("DirectoryAudit", AUDIT_PROPERTIES)


def list_sign_ins(call: Call) -> Answer:
    """Interactive ones; beta tells others too when its filter asks for them."""
    call.world.tenant.needs_premium()
    beta = call.version == "beta"
    all_types = beta and "signInEventTypes" in call.options.get("$filter", "")
    found = call.world.logs.visible(call.world.logs.sign_ins, call.world.tenant)
    there = [one for one in found if all_types or one.read("isInteractive")]
    return _listed(call, SIGN_IN_BETA if beta else SIGN_IN, there, "auditLogs/signIns")


def list_audits(call: Call) -> Answer:
    found = call.world.logs.visible(call.world.logs.audits, call.world.tenant)
    return _listed(call, AUDIT, found, "auditLogs/directoryAudits")


def _listed(call: Call, kind: Kind, found: Sequence[Logged], context: str) -> Answer:
    query = read_query(call, kind, many=True)
    _young_enough(call, query.filter)
    return listing(call, query, Listed(_in_places(found), kind, Logged, context))


def _in_places(found: Sequence[Logged]) -> Source:
    """Places shift when something newer comes between two pages: then some is told twice."""
    return lambda after: islice(enumerate(found, start=1), after, None)


def _young_enough(call: Call, node: Any) -> None:
    for one in getattr(node, "parts", (node,)):
        literal = getattr(one, "literal", None)
        if literal is not None and literal.kind == "date":
            oldest = call.world.clock.now() - OLDEST
            if str(literal.value) < written(oldest):
                raise bad("Invalid filter clause", "BadRequest")
