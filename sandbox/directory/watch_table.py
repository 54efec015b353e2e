"""The operations that only an audit reads."""

from typing import Final

from sandbox.directory import governance, owners, permits, risk
from sandbox.directory.operations import MANY, Operation
from sandbox.directory.rows import ALONE, LIST

METHODS: Final = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations"
GOVERNANCE: Final = "/identityGovernance"

WATCH_ROWS: Final = [
    Operation(
        "GET",
        "/identityProtection/riskyUsers",
        risk.risky_users,
        permits.READ_RISKY_USERS,
        MANY,
        service="protection",
    ),
    Operation(
        "GET",
        "/identityProtection/riskDetections",
        risk.detections,
        permits.READ_DETECTIONS,
        MANY,
        service="protection",
    ),
    Operation("GET", "/groups/{}/owners", owners.owners_of_group, permits.READ_MEMBERS, MANY),
    Operation("GET", "/applications", owners.applications, permits.READ_APPS, MANY, units=2),
    Operation(
        "GET", "/applications/{}/owners", owners.owners_of_application, permits.READ_APPS, MANY
    ),
    Operation("GET", "/servicePrincipals", owners.service_principals, permits.READ_APPS, MANY),
    Operation(
        "GET",
        "/servicePrincipals/{}/owners",
        owners.owners_of_service_principal,
        permits.READ_APPS,
        MANY,
    ),
    Operation(
        "GET", "/groupSettings", governance.group_settings, permits.READ_GROUP_SETTINGS, LIST
    ),
    Operation(
        "GET",
        "/groups/{}/settings",
        governance.settings_of_group,
        permits.READ_GROUP_SETTINGS,
        LIST,
    ),
    Operation(
        "GET",
        f"{GOVERNANCE}/lifecycleWorkflows/lifecyclePolicies",
        governance.lifecycle_policies,
        permits.READ_GUEST_LIFECYCLE,
        LIST,
        service="governance",
    ),
    Operation(
        "GET",
        f"{METHODS}/{{}}",
        governance.one_time_passcode,
        permits.READ_STRENGTHS[:3],
        ALONE,
    ),
]
