"""What an audit reads besides policies: risk, owners of apps, group settings, governance."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal
from uuid import NAMESPACE_URL, uuid5

from pydantic import AfterValidator, BaseModel

from sandbox.directory.bodies import Body, Field, check
from sandbox.directory.refusals import Refused

Rows = list[dict[str, Any]]
LEVELS: Final = frozenset({"low", "medium", "high", "hidden", "none"})
STATES: Final = frozenset(
    {"none", "confirmedSafe", "remediated", "dismissed", "atRisk", "confirmedCompromised"}
)
RISKY_USER: Final[Body] = {
    "id": Field(required=True),
    "isDeleted": Field("bool"),
    "riskDetail": Field(),
    "riskLastUpdatedDateTime": Field(),
    "riskLevel": Field(values=LEVELS),
    "riskState": Field(values=STATES),
    "userDisplayName": Field(),
    "userPrincipalName": Field(),
}
DETECTION: Final[Body] = {
    "id": Field(),
    "userId": Field(required=True),
    "detectedDateTime": Field(required=True),
    "riskEventType": Field(),
    "riskLevel": Field(values=LEVELS),
    "riskState": Field(values=STATES),
}
ENTITLEMENT: Final[Body] = {
    "externalUserLifecycleAction": Field(
        values=frozenset({"none", "blockSignIn", "blockSignInAndDelete"})
    ),
    "durationUntilExternalUserDeletedAfterBlocked": Field(),
}
RULE: Final[Body] = {"id": Field(), "isEnabled": Field("bool")}
LIFECYCLE: Final[Body] = {
    "id": Field(),
    "displayName": Field(required=True),
    "description": Field(),
    "isEnabled": Field("bool"),
    "gracePeriodInDays": Field("number"),
    "rules": Field("things", inner=RULE),
}
SETTING: Final[Body] = {
    "id": Field(),
    "displayName": Field(),
    "templateId": Field(required=True),
    "values": Field("things", inner={"name": Field(), "value": Field()}),
}
APP: Final[Body] = {
    "id": Field(),
    "displayName": Field(required=True),
    "owners": Field("strings"),
}


def _taken(value: Any, body: Body) -> dict[str, Any]:
    try:
        row = check(value, body)
    except Refused as refused:
        raise ValueError(refused.message) from refused
    return {"id": str(uuid5(NAMESPACE_URL, f"sandbox:{sorted(row.items(), key=str)}"))} | row


def _each(body: Body) -> AfterValidator:
    return AfterValidator(lambda rows: rows and [_taken(row, body) for row in rows])


def _settings(rows: dict[str, Rows]) -> dict[str, Rows]:
    return {group.lower(): [_taken(row, SETTING) for row in held] for group, held in rows.items()}


def _without_id(body: Body) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda value: {name: v for name, v in _taken(value, body).items() if name != "id"}


class Watched(BaseModel):
    """`null` for `lifecyclePolicies`: the tenant does not know them yet. Owners by id or mail."""

    lapsed_licences: list[Literal["P1", "P2", "Governance"]] = []  # listed, but suspended
    risky_users: Annotated[Rows, _each(RISKY_USER)] = []
    risk_detections: Annotated[Rows, _each(DETECTION)] = []
    entitlement: Annotated[dict[str, Any], AfterValidator(_without_id(ENTITLEMENT))] = {}
    lifecycle_policies: Annotated[Rows | None, _each(LIFECYCLE)] = None
    group_settings: Annotated[Rows, _each(SETTING)] = []
    settings_of_groups: Annotated[dict[str, Rows], AfterValidator(_settings)] = {}  # by id
    email_otp: Literal["default", "enabled", "disabled"] = "default"
    applications: Annotated[Rows, _each(APP)] = []
    service_principals: Annotated[Rows, _each(APP)] = []
