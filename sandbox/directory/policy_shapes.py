"""Bodies of the tenant's policies, property by property, as Graph's metadata has them.

https://learn.microsoft.com/graph/api/resources/authorizationpolicy, crosstenantaccesspolicy and
conditionalaccesspolicy, read 2026-11-23. Unknown properties are refused by Graph, so here too.
"""

from typing import Final

from sandbox.directory.bodies import Body, Field


def _one_of(*values: str) -> Field:
    return Field("string", values=frozenset(values))


def _some_of(*values: str) -> Field:
    return Field("strings", values=frozenset(values))


def _all(field: Field, *names: str) -> dict[str, Field]:
    return dict.fromkeys(names, field)


def _inner(body: Body, *, required: bool = False) -> Field:
    return Field("object", required=required, inner=body)


GUEST_ROLES: Final = (
    "a0b1b346-4d3e-4e8b-98f8-753987be4970",  # the same rights as members
    "10dae51f-b6af-4016-8d66-8c2a99b929b3",  # limited
    "2af84b1e-32c8-42b7-82bc-daa82404023b",  # restricted
)
STS: Final[Body] = _all(Field(), "displayName", "description")
AUTHORIZATION: Final[Body] = {
    **STS,
    **_all(
        Field("bool"),
        *("allowedToSignUpEmailBasedSubscriptions", "allowedToUseSSPR"),
        *("allowEmailVerifiedUsersToJoinOrganization", "allowUserConsentForRiskyApps"),
        "blockMsolPowerShell",
    ),
    "allowInvitesFrom": _one_of(
        "none", "adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers", "everyone"
    ),
    "guestUserRoleId": _one_of(*GUEST_ROLES),
    "defaultUserRolePermissions": _inner(
        {
            **_all(
                Field("bool"),
                *("allowedToCreateApps", "allowedToCreateSecurityGroups", "allowedToCreateTenants"),
                *("allowedToReadBitlockerKeysForOwnedDevice", "allowedToReadOtherUsers"),
            ),
            "permissionGrantPoliciesAssigned": Field("strings"),
        }
    ),
}
B2B: Final[Body] = {**STS, "definition": Field("strings"), "isOrganizationDefault": Field("bool")}
NEW_B2B: Final[Body] = {
    **B2B,
    "displayName": Field(required=True),
    "definition": Field("strings", required=True),
}
EXTERNAL_IDENTITIES: Final[Body] = {
    **STS,
    **_all(Field("bool"), "allowExternalIdentitiesToLeave", "allowDeletedIdentitiesDataRemoval"),
}

# Cross-tenant access

ACCESS: Final = _one_of("allowed", "blocked")
TARGETS: Final = _inner(
    {
        "accessType": ACCESS,
        "targets": Field(
            "things",
            inner={"target": Field(), "targetType": _one_of("user", "group", "application")},
        ),
    }
)
COLLABORATION: Final = _inner({"applications": TARGETS, "usersAndGroups": TARGETS})
PROVIDERS: Final = (
    *("azureActiveDirectory", "externalFederation", "socialIdentityProviders"),
    *("emailOneTimePasscode", "microsoftAccount", "defaultConfiguredIdp"),
)
SHARED: Final[Body] = {
    **_all(
        COLLABORATION,
        *("b2bCollaborationInbound", "b2bCollaborationOutbound"),
        *("b2bDirectConnectInbound", "b2bDirectConnectOutbound"),
    ),
    "inboundTrust": _inner(
        _all(
            Field("bool"),
            *("isMfaAccepted", "isCompliantDeviceAccepted"),
            "isHybridAzureADJoinedDeviceAccepted",
        )
    ),
    "tenantRestrictions": _inner(
        {
            "applications": TARGETS,
            "usersAndGroups": TARGETS,
            "devices": _inner({"mode": ACCESS, "rule": Field()}),
        }
    ),
}
CONSENT: Final = _inner(_all(Field("bool"), "inboundAllowed", "outboundAllowed"))
CROSS_TENANT_DEFAULT: Final[Body] = {
    **SHARED,
    "invitationRedemptionIdentityProviderConfiguration": _inner(
        {
            "primaryIdentityProviderPrecedenceOrder": _some_of(*PROVIDERS),
            "fallbackIdentityProvider": _one_of(*PROVIDERS),
        }
    ),
}
PARTNER: Final[Body] = {
    **SHARED,
    "automaticUserConsentSettings": CONSENT,
    **_all(Field("bool"), "isServiceProvider", "isInMultiTenantOrganization"),
}
NEW_PARTNER: Final[Body] = {**PARTNER, "tenantId": Field(required=True)}

# Conditional Access

FILTER: Final = _inner({"mode": _one_of("include", "exclude"), "rule": Field()})
RISKS: Final = _some_of("low", "medium", "high", "none")
GUESTS: Final = _inner(
    {
        "guestOrExternalUserTypes": Field(required=True),  # flags with commas between them
        "externalTenants": _inner(
            {"membershipKind": _one_of("all", "enumerated"), "members": Field("strings")}
        ),
    }
)
GUEST_KINDS: Final = frozenset(
    (
        *("internalGuest", "b2bCollaborationGuest", "b2bCollaborationMember"),
        *("b2bDirectConnectUser", "otherExternalUser", "serviceProvider"),
    )
)
USERS: Final[Body] = {
    **_all(
        Field("strings"),
        *("includeUsers", "excludeUsers", "includeGroups", "excludeGroups"),
        *("includeRoles", "excludeRoles"),
    ),
    **_all(GUESTS, "includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"),
}
APPLICATIONS: Final[Body] = {
    **_all(
        Field("strings"),
        *("includeApplications", "excludeApplications", "includeUserActions"),
        "includeAuthenticationContextClassReferences",
    ),
    "applicationFilter": FILTER,
}
PLATFORMS: Final = _some_of("android", "iOS", "windows", "windowsPhone", "macOS", "all", "linux")
CONDITIONS: Final[Body] = {
    "applications": _inner(APPLICATIONS, required=True),
    "users": _inner(USERS, required=True),
    "clientAppTypes": Field(
        "strings",
        required=True,
        values=frozenset(
            (
                *("all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync"),
                *("easSupported", "other"),
            )
        ),
    ),
    "platforms": _inner(_all(PLATFORMS, "includePlatforms", "excludePlatforms")),
    "locations": _inner(_all(Field("strings"), "includeLocations", "excludeLocations")),
    "devices": _inner({"deviceFilter": FILTER}),
    **_all(RISKS, "userRiskLevels", "signInRiskLevels", "servicePrincipalRiskLevels"),
    "insiderRiskLevels": Field(),
    "authenticationFlows": _inner({"transferMethods": Field()}),
    "clientApplications": _inner(
        {
            **_all(Field("strings"), "includeServicePrincipals", "excludeServicePrincipals"),
            "servicePrincipalFilter": FILTER,
        }
    ),
}
GRANTS: Final = _some_of(
    *("block", "mfa", "compliantDevice", "domainJoinedDevice", "approvedApplication"),
    *("compliantApplication", "passwordChange", "riskRemediation"),
)
GRANT_CONTROLS: Final = _inner(
    {
        "operator": _one_of("AND", "OR"),
        "builtInControls": GRANTS,
        "customAuthenticationFactors": Field("strings"),
        "termsOfUse": Field("strings"),
        "authenticationStrength": _inner({"id": Field(required=True)}),
    }
)
ENABLED: Final = {"isEnabled": Field("bool")}
SESSION_CONTROLS: Final = _inner(
    {
        "applicationEnforcedRestrictions": _inner(ENABLED),
        "cloudAppSecurity": _inner({**ENABLED, "cloudAppSecurityType": Field()}),
        "disableResilienceDefaults": Field("bool"),
        "persistentBrowser": _inner({**ENABLED, "mode": _one_of("always", "never")}),
        "secureSignInSession": _inner(ENABLED),
        "signInFrequency": _inner(
            {
                **ENABLED,
                **_all(Field(), "authenticationType", "frequencyInterval"),
                "type": _one_of("days", "hours"),
                "value": Field("number"),
            }
        ),
    }
)
STATES: Final = frozenset({"enabled", "disabled", "enabledForReportingButNotEnforced"})
CONDITIONAL_ACCESS: Final[Body] = {
    "displayName": Field(most=256),
    "description": Field(),
    "state": Field("string", values=STATES),
    "conditions": _inner(
        {name: Field(f.kind, inner=f.inner, values=f.values) for name, f in CONDITIONS.items()}
    ),
    "grantControls": GRANT_CONTROLS,
    "sessionControls": SESSION_CONTROLS,
    "templateId": Field(),
}
NEW_CONDITIONAL_ACCESS: Final[Body] = {
    **CONDITIONAL_ACCESS,
    "displayName": Field(required=True, most=256),
    "state": Field("string", required=True, values=STATES),
    "conditions": _inner(CONDITIONS, required=True),
}
