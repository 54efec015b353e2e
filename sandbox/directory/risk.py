"""Identity Protection: users at risk, and what made them so.

https://learn.microsoft.com/graph/api/resources/identityprotection-overview, read 2026-11-23.
"""

from typing import Any, Final

from sandbox.directory.listing import Listed, in_order, listing
from sandbox.directory.properties import Kind, Property
from sandbox.directory.query import read_query
from sandbox.directory.refusals import Refused
from sandbox.directory.things import Thing
from sandbox.directory.world import Answer, Call

P = Property
USER: Final = Kind(
    "RiskyUser",
    "riskyUser",
    {
        "id": P(filter="eq in"),
        "isDeleted": P("bool", "eq"),
        "isProcessing": P("bool", "eq"),
        "riskDetail": P(filter="eq"),
        "riskLastUpdatedDateTime": P("date", "eq ge le"),
        "riskLevel": P(filter="eq"),
        "riskState": P(filter="eq"),
        "userDisplayName": P(filter="eq"),
        "userPrincipalName": P(filter="eq"),
    },
    (
        *("id", "isDeleted", "isProcessing", "riskDetail", "riskLastUpdatedDateTime"),
        *("riskLevel", "riskState", "userDisplayName", "userPrincipalName"),
    ),
)
DETECTION: Final = Kind(
    "RiskDetection",
    "riskDetection",
    {
        "id": P(filter="eq"),
        "userId": P(filter="eq"),
        "detectedDateTime": P("date", "eq ge le"),
        "riskEventType": P(filter="eq"),
        "riskLevel": P(filter="eq"),
        "riskState": P(filter="eq"),
    },
    ("id", "userId", "detectedDateTime", "riskEventType", "riskLevel", "riskState"),
)


def risky_users(call: Call) -> Answer:
    default = {"isDeleted": False, "isProcessing": False, "riskLevel": "low", "riskState": "atRisk"}
    return _listed(call, call.world.tenant.risky_users, default, USER, "riskyUsers")


def detections(call: Call) -> Answer:
    default = {"riskEventType": "unfamiliarFeatures", "riskLevel": "low", "riskState": "atRisk"}
    return _listed(call, call.world.tenant.risk_detections, default, DETECTION, "riskDetections")


def _listed(
    call: Call, rows: list[dict[str, Any]], default: dict[str, Any], kind: Kind, name: str
) -> Answer:
    if "P2" not in call.world.tenant.licences:
        raise Refused(403, "Forbidden", "Your tenant is not licensed for this feature.")
    query = read_query(call, kind, many=True)
    things = [Thing(**(default | row)) for row in rows]
    for place, thing in enumerate(things, start=1):
        thing.seq = place
    return listing(call, query, Listed(in_order(things), kind, Thing, f"identityProtection/{name}"))
