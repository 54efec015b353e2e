"""The operations of entitlement management."""

from typing import Final

from sandbox.directory.entitlements import pages as entitlements
from sandbox.directory.entitlements.lists import OPTIONS as LISTED
from sandbox.directory.operations import ONE, Operation
from sandbox.directory.permits import READ_ENTITLEMENTS, WRITE_ENTITLEMENTS

PACKAGES: Final = entitlements.ROOT

ENTITLEMENT_ROWS: Final = [
    Operation(
        "POST",
        f"{PACKAGES}/assignmentRequests",
        entitlements.ask,
        WRITE_ENTITLEMENTS,
        body=entitlements.ASKED,
    ),
    Operation(
        "GET",
        f"{PACKAGES}/assignmentRequests",
        entitlements.list_requests,
        READ_ENTITLEMENTS,
        LISTED,
    ),
    Operation(
        "GET",
        f"{PACKAGES}/assignmentRequests/{{}}",
        entitlements.get_request,
        READ_ENTITLEMENTS,
        ONE,
    ),
    Operation(
        "GET",
        f"{PACKAGES}/assignments",
        entitlements.list_assignments,
        READ_ENTITLEMENTS,
        LISTED,
    ),
    Operation(
        "GET",
        f"{PACKAGES}/accessPackages",
        entitlements.list_packages,
        READ_ENTITLEMENTS,
        LISTED,
    ),
    Operation(
        "GET",
        f"{PACKAGES}/assignmentPolicies",
        entitlements.list_policies,
        READ_ENTITLEMENTS,
        LISTED,
    ),
    Operation("GET", f"{PACKAGES}/settings", entitlements.get_settings, READ_ENTITLEMENTS, ONE),
    Operation(
        "PATCH",
        f"{PACKAGES}/settings",
        entitlements.change_settings,
        WRITE_ENTITLEMENTS,
        body=entitlements.SETTINGS,
    ),
]
