"""For each check a tenant in the sandbox that passes and one that fails, read over the wire."""

from typing import Any

import pytest

from b2b.domain.posture import CHECKS, Status
from tests.posture.scene import (
    ADMINISTRATOR,
    ANN,
    ANN_ID,
    APPROVED,
    MIA,
    MIA_ID,
    PARTNERS,
    SEED,
    USERS,
    review,
    rule,
    scene,
    until,
)

NO, YES, WHO = Status.FAILED, Status.PASSED, Status.UNCLEAR
OTHER = "00000000-0000-4000-8000-00000000000f"
STAFF = "00000000-0000-4000-8000-0000000000a7"
STRENGTH = "00000000-0000-0000-0000-000000000002"
GROUP_UNIFIED = "62375ab9-6b52-47ed-826b-58e47e0e304b"
GROUP_UNIFIED_GUEST = "08d542b9-071f-4e16-94b0-74abb372e3d9"
ALL_USERS = {"accessType": "allowed", "targets": [{"target": "AllUsers", "targetType": "user"}]}
ALL_APPS = {
    "accessType": "allowed",
    "targets": [{"target": "AllApplications", "targetType": "application"}],
}
OPEN = {"usersAndGroups": ALL_USERS, "applications": ALL_APPS}
SHUT = {"usersAndGroups": ALL_USERS | {"accessType": "blocked"}, "applications": ALL_APPS}
CONSENT = {"inboundAllowed": True, "outboundAllowed": False}
BEYOND = {"displayName": "Beyond", "members": [ANN]}


def groups(*more: dict[str, Any], **of_partners: Any) -> dict[str, Any]:
    listed: dict[str, Any] = SEED["groups"][0] | of_partners
    return {"seed": {"groups": [listed, *more]}}


def trusts(**claims: bool) -> dict[str, Any]:
    names = ("isMfaAccepted", "isCompliantDeviceAccepted", "isHybridAzureADJoinedDeviceAccepted")
    return {"crossTenantDefault": {"inboundTrust": dict.fromkeys(names, False) | claims}}


def says(template: str, **values: str) -> dict[str, Any]:
    listed = [{"name": name, "value": value} for name, value in values.items()]
    return {"templateId": template, "values": listed}


def held(person: str, **assignment: Any) -> dict[str, Any]:
    row = {"principalId": person, "roleDefinitionId": ADMINISTRATOR} | assignment
    return {"seed": {"roleAssignments": [row]}}


def leaves_group_out(member: str) -> dict[str, Any]:
    """Conditional Access leaves a group out that has this one member."""
    left_out = {"id": STAFF, "displayName": "Staff", "members": [member]}
    return groups(left_out) | {"conditionalAccess": [rule(users={"excludeGroups": [STAFF]})]}


def risk(person: str, **how: Any) -> dict[str, Any]:
    return {"riskyUsers": [{"id": person, "riskLevel": "medium", "riskState": "atRisk"} | how]}


def detected(person: str, at: str = "2026-11-20T10:00:00Z", state: str = "atRisk") -> Any:
    row = {"userId": person, "detectedDateTime": at, "riskState": state}
    return {"riskDetections": [row]}


def lifecycle(**policy: Any) -> dict[str, Any]:
    kind = "#microsoft.graph.identityGovernance.inactivityRule"
    rules = [{"@odata.type": kind, "isEnabled": True}]
    return {"lifecyclePolicies": [{"displayName": "Inactive", "rules": rules} | policy]}


def redeems(*order: str, fallback: str) -> dict[str, Any]:
    held = {"primaryIdentityProviderPrecedenceOrder": list(order)}
    configuration = held | {"fallbackIdentityProvider": fallback}
    name = "invitationRedemptionIdentityProviderConfiguration"
    return {"crossTenantDefault": {name: configuration}}


WHOLE = ("azureActiveDirectory", "externalFederation", "socialIdentityProviders")
CASES: dict[str, list[tuple[dict[str, Any], Status]]] = {
    "invitations.who": [
        ({}, YES),
        ({"allowInvitesFrom": "none"}, YES),
        ({"allowInvitesFrom": "everyone"}, NO),
    ],
    "invitations.app": [
        ({}, YES),
        ({"allowInvitesFrom": "adminsAndGuestInviters"}, WHO),
        ({"allowInvitesFrom": "none"}, NO),
    ],
    "guests.rights": [({}, YES), ({"guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3"}, NO)],
    "invitations.domains": [
        ({}, YES),
        ({"allowedDomains": []}, NO),
        ({"allowedDomains": ["other.example"]}, NO),
        ({"allowedDomains": [], "blockedDomains": ["partner.example"]}, NO),
        ({"allowedDomains": [], "blockedDomains": ["bad.example"]}, YES),
    ],
    "crosstenant.default": [
        ({}, YES),
        ({"crossTenantDefault": {"b2bDirectConnectInbound": OPEN}}, NO),
        ({"crossTenantDefault": {"b2bCollaborationInbound": SHUT}}, NO),
    ],
    "crosstenant.partners": [
        ({"crossTenantPartners": [{"tenantId": OTHER}]}, YES),
        ({"crossTenantPartners": [{"tenantId": OTHER, "b2bDirectConnectInbound": OPEN}]}, NO),
        ({"crossTenantPartners": [{"tenantId": OTHER, "b2bCollaborationInbound": SHUT}]}, WHO),
        (
            {"crossTenantPartners": [{"tenantId": OTHER, "automaticUserConsentSettings": CONSENT}]},
            NO,
        ),
    ],
    "crosstenant.trust": [
        (trusts(isMfaAccepted=True), YES),
        (trusts(isCompliantDeviceAccepted=True), NO),
        (trusts(isHybridAzureADJoinedDeviceAccepted=True), NO),
    ],
    "redemption.order": [
        (redeems(*WHOLE, fallback="emailOneTimePasscode"), YES),
        (redeems(*WHOLE, fallback="microsoftAccount"), NO),
    ],
    "redemption.passcode": [({}, YES), ({"emailOtp": "disabled"}, NO)],
    "mfa.guests": [
        ({}, YES),
        (
            {
                "conditionalAccess": [
                    rule(grant={"operator": "OR", "authenticationStrength": {"id": STRENGTH}})
                ]
            },
            YES,
        ),
        (
            {"conditionalAccess": [rule(users={"includeUsers": ["GuestsOrExternalUsers"]})]},
            YES,
        ),
        ({"conditionalAccess": []}, NO),
        ({"conditionalAccess": [rule(state="enabledForReportingButNotEnforced")]}, NO),
        ({"conditionalAccess": [rule(users={"excludeUsers": [ANN_ID]})]}, NO),
        ({"conditionalAccess": [rule(users={"excludeUsers": [MIA_ID]})]}, YES),
        ({"conditionalAccess": [rule(users={"excludeGroups": [PARTNERS]})]}, NO),
        (leaves_group_out(MIA), YES),
        (leaves_group_out(ANN), NO),
        (leaves_group_out(PARTNERS), NO),  # a group in a group
        ({"conditionalAccess": [rule(users={"excludeGroups": [OTHER]})]}, YES),  # deleted
        ({"conditionalAccess": [rule(users={"excludeRoles": [ADMINISTRATOR]})]}, YES),
        (
            held(ANN_ID) | {"conditionalAccess": [rule(users={"excludeRoles": [ADMINISTRATOR]})]},
            NO,
        ),
        (
            {
                "conditionalAccess": [
                    rule(grant={"operator": "OR", "builtInControls": ["mfa", "compliantDevice"]})
                ]
            },
            NO,
        ),
        (
            {
                "conditionalAccess": [
                    rule(conditions={"platforms": {"includePlatforms": ["windows"]}})
                ]
            },
            NO,
        ),
        (
            {
                "conditionalAccess": [
                    rule(
                        conditions={
                            "locations": {
                                "includeLocations": ["All"],
                                "excludeLocations": ["AllTrusted"],
                            }
                        }
                    )
                ]
            },
            NO,
        ),
    ],
    "security.defaults": [
        ({}, YES),
        ({"conditionalAccess": []}, NO),
        ({"conditionalAccess": [], "securityDefaults": True}, YES),
    ],
    "licences": [
        ({}, YES),
        ({"licences": []}, NO),
        ({"licences": [], "lapsedLicences": ["P1", "P2"]}, NO),
    ],
    "risk.guests": [
        ({}, YES),
        (risk(MIA_ID), YES),  # a member
        (risk(ANN_ID, riskState="dismissed"), YES),
        (risk(ANN_ID), NO),
        (risk(ANN_ID, riskState="confirmedCompromised"), NO),
    ],
    "risk.detections": [
        ({}, YES),
        (detected(MIA_ID), YES),
        (detected(ANN_ID, state="remediated"), YES),
        (detected(ANN_ID, at="2026-09-01T10:00:00Z"), YES),
        (detected(ANN_ID), NO),
    ],
    "guests.roles": [
        ({}, YES),
        (held(MIA), YES),
        (held(ANN), NO),
        ({"seed": {"roleEligibilities": [held(ANN)["seed"]["roleAssignments"][0]]}}, NO),
        (
            {
                "seed": {
                    "groups": [
                        SEED["groups"][0],
                        {"displayName": "Admins", "isAssignableToRole": True, "members": [ANN]}
                        | {"id": OTHER},
                    ],
                    "roleAssignments": [{"principalId": OTHER, "roleDefinitionId": ADMINISTRATOR}],
                }
            },
            NO,
        ),
    ],
    "guests.owners": [
        ({}, YES),
        (groups(owners=[MIA]), YES),
        (groups(owners=[ANN]), NO),
        ({"applications": [{"displayName": "App", "owners": [MIA]}]}, YES),
        ({"applications": [{"displayName": "App", "owners": [ANN]}]}, NO),
        ({"servicePrincipals": [{"displayName": "App", "owners": [ANN]}]}, NO),
    ],
    "guests.groups": [
        ({}, YES),
        (groups({"displayName": "Members", "members": [MIA]}), YES),
        (groups(BEYOND), NO),
    ],
    "groups.settings": [
        ({"groupSettings": [says(GROUP_UNIFIED, AllowGuestsToBeGroupOwner="false")]}, YES),
        ({"groupSettings": [says(GROUP_UNIFIED, AllowGuestsToBeGroupOwner="true")]}, NO),
        ({"groupSettings": [says(GROUP_UNIFIED, AllowToAddGuests="False")]}, NO),
        (
            {"settingsOfGroups": {PARTNERS: [says(GROUP_UNIFIED_GUEST, AllowToAddGuests="false")]}},
            NO,
        ),
        ({"seed": {"groups": []}, "accessReviews": []}, NO),  # the policy's group is gone
    ],
    "reviews.guests": [
        ({}, YES),
        ({"accessReviews": []}, NO),
        ({"accessReviews": [review(ended=None)]}, WHO),
        ({"accessReviews": [review(APPROVED, ended="2027-01-01T00:00:00Z")]}, WHO),
        ({"accessReviews": [review(APPROVED, status="InProgress")]}, WHO),
        ({"accessReviews": [review({"decision": "Deny", "applyResult": "New"})]}, NO),
        ({"accessReviews": [review({"decision": "NotReviewed"})]}, NO),
        ({"accessReviews": [review(APPROVED, status_of_all="Completed")]}, NO),  # held once
        ({"accessReviews": [review(APPROVED, recurrence=until("2026-10-31"))]}, NO),
        ({"accessReviews": [review(APPROVED, recurrence=until("2199-12-31"))]}, YES),
    ],
    "entitlement.lifecycle": [
        ({}, YES),
        ({"entitlement": {"externalUserLifecycleAction": "none"}}, NO),
    ],
    "lifecycle.conflict": [({}, YES), (lifecycle(isEnabled=False), YES), (lifecycle(), NO)],
}
FLAT = [(check, changes, status) for check, rows in CASES.items() for changes, status in rows]


@pytest.mark.parametrize(("check", "changes", "status"), FLAT)
async def test_a_tenant_of_the_sandbox(check: str, changes: dict[str, Any], status: Status) -> None:
    async with scene(**changes) as here:
        told = (await here.judged())[check]

    assert told.status is status, told.finding.found


def test_each_check_has_a_tenant_for_both_directions() -> None:
    """Sign-ins come from the export, not from the directory: see tests/flows/test_posture.py."""
    tried = {(check, status) for check, _, status in FLAT}
    wanted = {check.id for check in CHECKS} - {"signins.odd"}

    assert {(check, status) for check in wanted for status in (YES, NO)} <= tried


async def test_in_order_is_in_order() -> None:
    async with scene() as here:
        told = await here.judged()

    wrong = {name: one.finding.found for name, one in told.items() if one.status is not YES}
    assert set(wrong) == {"signins.odd"}, wrong


async def test_many_owners_are_read_to_the_last() -> None:
    """An expanded list ends at twenty; the guest is the twenty-second."""
    members = [f"member-{n}@home.example" for n in range(21)]
    users = [*USERS, *({"mail": mail, "userType": "Member"} for mail in members)]
    seed = {"users": users} | groups(owners=[*members, ANN])["seed"]
    async with scene(seed=seed) as here:
        told = (await here.judged())["guests.owners"]

    assert told.status is NO


async def test_lists_are_followed_over_pages() -> None:
    partners = [{"tenantId": f"{OTHER[:-3]}{n:03d}"} for n in range(150)]
    last = {"tenantId": OTHER, "b2bDirectConnectInbound": OPEN}
    async with scene(crossTenantPartners=[*partners, last]) as here:
        told = (await here.judged())["crosstenant.partners"]

    assert told.status is NO
    assert OTHER in told.finding.found
