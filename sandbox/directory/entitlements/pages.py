"""The operations of entitlement management, and what it refuses.

Asking: https://learn.microsoft.com/graph/api/entitlementmanagement-post-assignmentrequests.
Its examples name targetId, assignmentPolicyId and accessPackageId, which the metadata of the
assignment does not have; they are taken as the examples give them. Read 2026-11-23.
"""

from typing import Any, Final

from sandbox.directory.bodies import Body, Field
from sandbox.directory.entitlements import shown
from sandbox.directory.entitlements.lists import Shelf, listed, one_of
from sandbox.directory.entitlements.records import (
    LIVE,
    Package,
    PackageAssignment,
    PackagePolicy,
    PackageRequest,
    end_of,
)
from sandbox.directory.refusals import Refused, bad, missing
from sandbox.directory.world import Answer, Call

ROOT: Final = "/identityGovernance/entitlementManagement"
EXPIRATION: Final[Body] = {"type": Field(), "endDateTime": Field("date"), "duration": Field()}
ASKED: Final[Body] = {
    "requestType": Field(required=True),
    "assignment": Field(
        "object",
        required=True,
        inner={
            "id": Field(),
            "targetId": Field(),
            "assignmentPolicyId": Field(),
            "accessPackageId": Field(),
        },
    ),
    "schedule": Field(
        "object",
        inner={
            "startDateTime": Field("date"),
            "recurrence": Field("object"),
            "expiration": Field("object", inner=EXPIRATION),
        },
    ),
    "justification": Field(),
    "answers": Field("things"),
}
SETTINGS: Final[Body] = {
    "externalUserLifecycleAction": Field(),
    "durationUntilExternalUserDeletedAfterBlocked": Field(),
}
ACTIONS: Final = ("none", "blockSignIn", "blockSignInAndDelete")
EXPIRATIONS: Final = ("notSpecified", "noExpiration", "afterDateTime", "afterDuration")
HAS_IT: Final = "The user already has an assignment of this access package, or an open request."

PACKAGES: Final = Shelf[Package](
    "accessPackages",
    shown.package,
    {"id": lambda one: one.id, "displayName": lambda one: one.name},
    frozenset(),
)
POLICIES: Final = Shelf[PackagePolicy](
    "assignmentPolicies",
    shown.policy,
    {"id": lambda one: one.id, "accessPackage/id": lambda one: one.package},
    frozenset(),
)
ASSIGNMENTS: Final = Shelf[PackageAssignment](
    "assignments",
    shown.assignment,
    {
        "state": lambda one: one.state,
        "target/objectId": lambda one: one.target,
        "accessPackage/id": lambda one: one.package,
        "assignmentPolicy/id": lambda one: one.policy,
    },
    frozenset({"target", "accessPackage", "assignmentPolicy"}),
)
REQUESTS: Final = Shelf[PackageRequest](
    "assignmentRequests",
    shown.request,
    {"state": lambda one: one.state, "accessPackage/id": lambda one: one.package},
    frozenset({"requestor", "accessPackage", "assignment"}),
)


def list_packages(call: Call) -> Answer:
    _licensed(call)
    return listed(call, PACKAGES, call.world.entitlements.packages.values())


def list_policies(call: Call) -> Answer:
    _licensed(call)
    return listed(call, POLICIES, call.world.entitlements.policies.values())


def list_assignments(call: Call) -> Answer:
    """Those that have expired are among them."""
    _licensed(call)
    return listed(call, ASSIGNMENTS, call.world.entitlements.assignments.values())


def list_requests(call: Call) -> Answer:
    _licensed(call)
    return listed(call, REQUESTS, call.world.entitlements.requests.values())


def get_request(call: Call) -> Answer:
    _licensed(call)
    found = call.world.entitlements.requests.get(call.args[0])
    if found is None:
        raise missing(call.args[0])
    return one_of(call, REQUESTS, found)


def get_settings(call: Call) -> Answer:
    _licensed(call)
    context = call.context("identityGovernance/entitlementManagement/settings/$entity")
    own = call.world.tenant.entitlement
    return Answer(200, context | call.world.entitlements.settings | own)


def change_settings(call: Call) -> Answer:
    _licensed(call)
    if call.body.get("externalUserLifecycleAction", "none") not in ACTIONS:
        raise bad("Invalid value specified for property 'externalUserLifecycleAction'.")
    call.world.tenant.entitlement |= call.body
    return get_settings(call)


def ask(call: Call) -> Answer:
    _licensed(call)
    _schedule(call.body.get("schedule") or {}, call)
    kind = call.body["requestType"]
    if kind == "adminAdd":
        what = _wished(call)
    elif kind in ("adminRemove", "adminUpdate"):
        what = _of_assignment(call)
    else:
        raise bad(f"The request type '{kind}' is not allowed for an app.", "BadRequest")
    schedule = call.body.get("schedule") or {}
    request = call.world.entitlements.ask(kind=kind, schedule=schedule, **what)
    return one_of(call, REQUESTS, request, 201)


def _wished(call: Call) -> dict[str, Any]:
    wished, known = call.body["assignment"], call.world.entitlements
    if not {"targetId", "assignmentPolicyId", "accessPackageId"} <= wished.keys():
        raise bad("targetId, assignmentPolicyId and accessPackageId are required.", "BadRequest")
    user = call.world.user(wished["targetId"])
    package = known.packages.get(wished["accessPackageId"])
    policy = known.policies.get(wished["assignmentPolicyId"])
    if package is None or policy is None or policy.package != package.id:
        raise missing(wished["accessPackageId" if package is None else "assignmentPolicyId"])
    if not policy.admits(user.id, guest=user.userType == "Guest"):
        raise bad("The user is outside the scope of the policy.", "BadRequest")
    live, asked = known.live(user.id, package.id), known.open_requests(user.id, package.id)
    if any(True for _ in live) or any(True for _ in asked):
        raise bad(HAS_IT, "BadRequest")
    return {"package": package.id, "policy": policy.id, "target": user.id}


def _of_assignment(call: Call) -> dict[str, Any]:
    identity = call.body["assignment"].get("id", "")
    found = call.world.entitlements.assignments.get(identity)
    if found is None:
        raise missing(identity)
    open_ones = call.world.entitlements.open_requests(found.target, found.package)
    if found.state not in LIVE or any(True for _ in open_ones):
        raise bad("The assignment has ended, or a request for it is open.", "BadRequest")
    return {
        "package": found.package,
        "policy": found.policy,
        "target": found.target,
        "assignment": found.id,
    }


def _schedule(given: dict[str, Any], call: Call) -> None:
    expiration = given.get("expiration") or {}
    kind = expiration.get("type", "notSpecified")
    if kind not in EXPIRATIONS or (kind == "afterDateTime") != bool(expiration.get("endDateTime")):
        raise bad("Invalid value specified for property 'expiration'.", "BadRequest")
    end = end_of(given)
    if end is not None and end <= call.world.clock.now():
        raise bad("The end of the schedule lies in the past.", "BadRequest")


def _licensed(call: Call) -> None:
    if not {"P2", "Governance"} & set(call.world.tenant.licences):
        words = "The tenant needs a Microsoft Entra ID P2 or Microsoft Entra ID Governance license."
        raise Refused(403, "AadPremiumLicenseRequired", words)
