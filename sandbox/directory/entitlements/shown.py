"""How records look in an answer; relations are there only when they were expanded."""

from typing import Any

from sandbox.directory.entitlements.records import (
    Package,
    PackageAssignment,
    PackagePolicy,
    PackageRequest,
)
from sandbox.directory.world import Call

Row = dict[str, Any]


def package(_: Call, one: Package, expand: frozenset[str]) -> Row:
    del expand
    return {
        "id": one.id,
        "displayName": one.name,
        "description": one.name,
        "isHidden": False,
        "createdDateTime": one.at,
        "modifiedDateTime": one.at,
    }


def policy(_: Call, one: PackagePolicy, expand: frozenset[str]) -> Row:
    del expand
    return {
        "id": one.id,
        "displayName": one.name,
        "description": one.name,
        "allowedTargetScope": one.scope,
        "expiration": {"type": "noExpiration", "endDateTime": None, "duration": None},
        "createdDateTime": one.at,
        "modifiedDateTime": one.at,
    }


def assignment(call: Call, one: PackageAssignment, expand: frozenset[str]) -> Row:
    row: Row = {
        "id": one.id,
        "state": one.state,
        "status": one.state[:1].upper() + one.state[1:],
        "expiredDateTime": one.expired,
        "schedule": _schedule(one.schedule),
    }
    if "target" in expand:
        row["target"] = subject(call, one.target)
    if "assignmentPolicy" in expand:
        found = call.world.entitlements.policies[one.policy]
        row["assignmentPolicy"] = policy(call, found, frozenset())
    return row | _package_of(call, one.package, expand)


def request(call: Call, one: PackageRequest, expand: frozenset[str]) -> Row:
    row: Row = {
        "id": one.id,
        "requestType": one.kind,
        "state": one.state,
        "status": one.state[:1].upper() + one.state[1:],
        "createdDateTime": one.at,
        "completedDateTime": one.completed,
        "schedule": _schedule(one.schedule),
        "justification": None,
        "answers": [],
    }
    if "requestor" in expand:
        row["requestor"] = subject(call, one.target)
    if "assignment" in expand:
        found = call.world.entitlements.assignments.get(one.assignment or "")
        row["assignment"] = assignment(call, found, frozenset()) if found else None
    return row | _package_of(call, one.package, expand)


def subject(call: Call, identity: str) -> Row:
    """Its id is not that of the user; `objectId` is."""
    user = call.store.users.get(identity)
    return {
        "id": f"subject-{identity}",
        "objectId": identity,
        "displayName": user.displayName if user else None,
        "email": user.mail if user else None,
        "principalName": user.userPrincipalName if user else None,
        "subjectType": "user",
        "subjectLifecycle": "notGoverned",
    }


def _package_of(call: Call, identity: str, expand: frozenset[str]) -> Row:
    if "accessPackage" not in expand:
        return {}
    return {"accessPackage": package(call, call.world.entitlements.packages[identity], expand)}


def _schedule(given: dict[str, Any]) -> Row:
    expiration = {"type": "noExpiration", "endDateTime": None, "duration": None}
    return {
        "startDateTime": given.get("startDateTime"),
        "recurrence": None,
        "expiration": expiration | (given.get("expiration") or {}),
    }
