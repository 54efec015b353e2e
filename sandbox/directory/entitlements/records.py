"""What entitlement management keeps: packages, policies, requests and assignments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

LIVE: Final = frozenset({"delivering", "partiallyDelivered", "delivered"})
OPEN: Final = frozenset({"submitted", "pendingApproval", "scheduled", "delivering"})
# Whom a policy admits when an administrator assigns a guest of the directory; those left out
# admit members only, or nobody who is a person.
FOR_GUESTS: Final = frozenset(
    (
        *("notSpecified", "allDirectoryUsers", "allExternalUsers"),
        *("allConfiguredConnectedOrganizationUsers", "specificConnectedOrganizationUsers"),
    )
)
# https://learn.microsoft.com/graph/api/resources/entitlementmanagementsettings
DEFAULTS: Final = {
    "id": "entitlementManagementSettings",
    "externalUserLifecycleAction": "blockSignInAndDelete",
    "durationUntilExternalUserDeletedAfterBlocked": "P30D",
}
Schedule = dict[str, Any]


@dataclass(slots=True)
class Package:
    """`groups`: whoever has the package is a member of these."""

    id: str
    name: str
    groups: tuple[str, ...]
    at: str


@dataclass(slots=True)
class PackagePolicy:
    """`targets`: the users of the scope specificDirectoryUsers."""

    id: str
    name: str
    package: str
    scope: str
    targets: frozenset[str]
    at: str

    def admits(self, user: str, *, guest: bool) -> bool:
        if self.scope == "specificDirectoryUsers":
            return user in self.targets
        return self.scope in FOR_GUESTS or (not guest and self.scope == "allMemberUsers")


@dataclass(slots=True)
class PackageAssignment:
    id: str
    package: str
    policy: str
    target: str
    schedule: Schedule
    state: str = "delivering"
    expired: str | None = None


@dataclass(slots=True)
class PackageRequest:
    """`assignment` is the one it changes, or the one that came of it."""

    id: str
    kind: str
    package: str
    policy: str
    target: str
    schedule: Schedule
    at: str
    asked: float
    state: str = "submitted"
    assignment: str | None = None
    completed: str | None = None


def end_of(schedule: Schedule) -> float | None:
    """The moment at which it ends by itself, None when it does not."""
    expiration = schedule.get("expiration") or {}
    text = expiration.get("endDateTime")
    if expiration.get("type") != "afterDateTime" or not text:
        return None
    return datetime.fromisoformat(text).timestamp()
