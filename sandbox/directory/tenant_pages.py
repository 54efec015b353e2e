"""What the tenant says about itself: its policies, its organization, its domains."""

from sandbox.directory.rows import merged, selected
from sandbox.directory.world import Answer, Call


def authorization_policy(call: Call) -> Answer:
    tenant = call.world.tenant
    policy = {
        "id": "authorizationPolicy",
        "allowInvitesFrom": tenant.allow_invites_from,
        "allowedToSignUpEmailBasedSubscriptions": True,
        "allowedToUseSSPR": True,
        "allowEmailVerifiedUsersToJoinOrganization": False,
        "allowUserConsentForRiskyApps": None,
        "blockMsolPowerShell": False,
        "displayName": "Authorization Policy",
        "description": "Used to manage authorization related settings across the company.",
        "guestUserRoleId": tenant.guest_user_role_id,
        "defaultUserRolePermissions": {
            "allowedToCreateApps": True,
            "allowedToCreateSecurityGroups": True,
            "allowedToCreateTenants": True,
            "allowedToReadBitlockerKeysForOwnedDevice": True,
            "allowedToReadOtherUsers": True,
            "permissionGrantPoliciesAssigned": [],
        },
    }
    context = call.context("policies/authorizationPolicy/$entity")
    return Answer(200, context | selected(call, merged(policy, tenant.authorization)))


def organization(call: Call) -> Answer:
    tenant = call.world.tenant
    one = {
        "id": tenant.id,
        "displayName": tenant.display_name,
        "tenantType": "AAD",
        "countryLetterCode": None,
        "createdDateTime": "2020-01-01T00:00:00Z",
        "verifiedDomains": [
            {
                "name": name,
                "type": "Managed",
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": name == _default_domain(call),
                "isInitial": name == tenant.initial_domain,
            }
            for name in tenant.domains()
        ],
    }
    return Answer(200, call.context("organization") | {"value": [selected(call, one)]})


def organization_quota(call: Call) -> Answer:
    """Beta only: how full the directory is."""
    store, tenant = call.store, call.world.tenant
    used = len(store.users) + len(store.groups) + len(store.bin)
    one = {
        "id": tenant.id,
        "displayName": tenant.display_name,
        "directorySizeQuota": {"used": used, "total": tenant.object_quota},
    }
    return Answer(200, call.context("organization") | {"value": [selected(call, one)]})


def domains(call: Call) -> Answer:
    tenant = call.world.tenant
    rows = [
        {
            "id": name,
            "authenticationType": "Managed",
            "availabilityStatus": None,
            "isAdminManaged": True,
            "isDefault": name == _default_domain(call),
            "isInitial": name == tenant.initial_domain,
            "isRoot": True,
            "isVerified": True,
            "supportedServices": ["Email", "OfficeCommunicationsOnline"],
            "passwordNotificationWindowInDays": None,
            "passwordValidityPeriodInDays": None,
            "state": None,
        }
        for name in tenant.domains()
    ]
    return Answer(200, call.context("domains") | {"value": [selected(call, row) for row in rows]})


def _default_domain(call: Call) -> str:
    tenant = call.world.tenant
    return (tenant.verified_domains or [tenant.initial_domain])[0]
