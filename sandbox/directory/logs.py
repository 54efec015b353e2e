"""The logs of sign-ins and of changes: what happened, when, and from when on it can be read.

Retention: https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from sandbox.directory.clock import Clock, written
from sandbox.directory.tenant import Tenant
from sandbox.directory.things import Thing, User

DAY: Final = 24 * 3600
FREE, PREMIUM = 7 * DAY, 30 * DAY
PORTAL: Final = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"
ELSEWHERE: Final = "00000000-0000-4000-8000-00000000e15e"  # every guest's home, for want of better
REASONS: Final = {
    0: None,
    50126: "Error validating credentials due to invalid username or password.",
    50074: "Strong Authentication is required.",
    53003: "Access has been blocked by Conditional Access policies.",
}


class Logged(Thing):
    """An event; `at` and `appears` are simulated seconds."""

    __slots__ = ("appears", "at")

    def __init__(self, id: str, at: float, appears: float, properties: dict[str, Any]) -> None:
        super().__init__(id)
        self.at, self.appears = at, appears
        self.more = properties


# What every sign-in of this directory has alike.
ALIKE: Final[dict[str, Any]] = {
    "clientAppUsed": "Browser",
    "userAgent": None,
    "riskDetail": "none",
    "riskLevelAggregated": "none",
    "riskLevelDuringSignIn": "none",
    "riskState": "none",
    "riskEventTypes_v2": [],
    "resourceDisplayName": "Windows Azure Service Management API",
    "resourceId": "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    "deviceDetail": {
        "deviceId": "",
        "displayName": "",
        "operatingSystem": "Windows 10",
        "browser": "Edge 140.0.0",
        "isCompliant": False,
        "isManaged": False,
        "trustType": "",
    },
}


@dataclass(slots=True)
class Logs:
    """`tenant` settings come with each call: they may change."""

    clock: Clock
    sign_ins: list[Logged] = field(default_factory=list)
    audits: list[Logged] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: count(1))

    def visible(self, log: Sequence[Logged], tenant: Tenant) -> list[Logged]:
        """Newest first: neither what is late nor what is forgotten."""
        now = self.clock.now()
        oldest = now - (PREMIUM if tenant.premium else FREE)
        there = [one for one in log if one.appears <= now and one.at >= oldest]
        return sorted(there, key=lambda one: (one.at, one.seq), reverse=True)

    def sign_in(self, tenant: Tenant, user: User, at: float, **told: Any) -> Logged:
        """`told`: error, interactive, lag, country, app, ip, crossTenantAccessType."""
        guest = user.userType == "Guest"
        error = told.get("error", 0)
        home = ELSEWHERE if guest else tenant.id
        cross = told.get("crossTenantAccessType") or ("b2bCollaboration" if guest else "none")
        interactive = told.get("interactive", True)
        number = next(self._numbers)
        properties = {
            "createdDateTime": written(at),
            "userDisplayName": user.displayName,
            "userPrincipalName": (user.mail or user.userPrincipalName).lower(),
            "userId": user.id,
            "appId": PORTAL,
            "appDisplayName": told.get("app", "Azure Portal"),
            "ipAddress": told.get("ip", "203.0.113.7"),
            "correlationId": _identity(f"correlation:{number}"),
            "conditionalAccessStatus": "failure" if error == 53003 else "notApplied",
            "isInteractive": interactive,
            **ALIKE,
            "homeTenantId": home,
            "resourceTenantId": tenant.id,
            "status": {
                "errorCode": error,
                "failureReason": REASONS.get(error, "Other."),
                "additionalDetails": None,
            },
            "location": {
                "city": told.get("city", "Stuttgart"),
                "state": "Baden-Wuerttemberg",
                "countryOrRegion": told.get("country", "DE"),
                "geoCoordinates": {"altitude": None, "latitude": 48.78, "longitude": 9.18},
            },
            "userType": "guest" if guest else "member",
            "crossTenantAccessType": cross,
            "signInEventTypes": ["interactiveUser" if interactive else "nonInteractiveUser"],
        }
        return self._enter(self.sign_ins, f"sign-in:{number}", at, told, tenant, properties)

    def audit(self, tenant: Tenant, activity: str, user: User | None, **told: Any) -> Logged:
        """`told`: at, service, category, operation, app, result, lag, targets."""
        at = told.get("at") or self.clock.now()
        number = next(self._numbers)
        service = told.get("service", "Core Directory")
        app = {
            "appId": told.get("app"),
            "displayName": "Guestkeeper",
            "servicePrincipalId": None,
            "servicePrincipalName": None,
        }
        properties = {
            "category": told.get("category", "UserManagement"),
            "correlationId": _identity(f"correlation:{number}"),
            "result": told.get("result", "success"),
            "resultReason": "",
            "activityDisplayName": activity,
            "activityDateTime": written(at),
            "loggedByService": service,
            "operationType": told.get("operation", "Update"),
            "initiatedBy": {"user": None, "app": app} if told.get("app") else _by(user),
            "targetResources": [_target(user)] if user else [],
            "additionalDetails": [],
        }
        name = f"{service.replace(' ', '')}_{_identity(f'audit:{number}')}_{number}"
        return self._enter(self.audits, name, at, told, tenant, properties)

    def _enter(
        self,
        log: list[Logged],
        name: str,
        at: float,
        told: dict[str, Any],
        tenant: Tenant,
        properties: dict[str, Any],
    ) -> Logged:
        lag = float(told.get("lag", tenant.log_seconds))
        identity = _identity(name) if log is self.sign_ins else name
        one = Logged(identity, at, at + lag, {"id": identity} | properties)
        one.seq = next(self._numbers)
        log.append(one)
        return one


def _by(user: User | None) -> dict[str, Any]:
    """Somebody did it to their own account, as by redeeming an invitation."""
    who = {"id": user and user.id, "userPrincipalName": user and user.userPrincipalName}
    return {"app": None, "user": who | {"displayName": None, "ipAddress": "203.0.113.7"}}


def _target(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "displayName": None,
        "type": "User",
        "userPrincipalName": user.userPrincipalName,
        "groupType": None,
        "modifiedProperties": [],
    }


def _identity(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"sandbox:{name}"))
