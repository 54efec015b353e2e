"""What cannot be read is told with its cause, never passed; a passing fault is waited out."""

from typing import Any

import pytest

from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.tenant.asking import PATIENCE
from b2b.adapters.graph.tenant.inspector import GraphInspector
from b2b.domain.posture import CHECKS, Status, judge
from tests.adapters.standin import SCOPE, Token
from tests.posture.scene import NOW, PARTNERS, PERMISSIONS, POLICY, fast, rule, scene

BETA = "^/policies/b2bManagementPolicies"


def without(*names: str) -> tuple[str, ...]:
    return tuple(name for name in PERMISSIONS if name not in names)


async def missing(**how: Any) -> dict[str, str]:
    """Which checks were not made, and what they miss."""
    async with scene(**how) as here:
        told = await here.judged()
    return {name: one.missing for name, one in told.items() if one.status is Status.NOT_CHECKED}


EXPORT = {"signins.odd": "activity export"}
OF_GUESTS = ("guests.roles", "guests.owners", "risk.guests", "risk.detections")


@pytest.mark.parametrize(
    ("licences", "lacking"),
    [
        (
            ["P1", "Governance"],
            {"risk.guests": "P2", "risk.detections": "P2"},
        ),
        (
            ["P1"],
            {
                "risk.guests": "P2",
                "risk.detections": "P2",
                "reviews.guests": "P2",
                "entitlement.lifecycle": "P2",
                "lifecycle.conflict": "Governance",
            },
        ),
        (
            ["Governance"],
            {"mfa.guests": "P1", "risk.guests": "P2", "risk.detections": "P2"},
        ),
    ],
)
async def test_a_missing_licence_is_named(licences: list[str], lacking: dict[str, str]) -> None:
    assert await missing(licences=licences) == lacking | EXPORT


@pytest.mark.parametrize(
    ("permission", "checks"),
    [
        ("Policy.Read.B2BManagementPolicy", {"invitations.domains"}),
        ("Application.Read.All", {"guests.owners"}),
        ("GroupSettings.Read.All", {"groups.settings"}),
        ("RoleManagement.Read.Directory", {"guests.roles"}),
        ("AccessReview.Read.All", {"reviews.guests"}),
        ("EntitlementManagement.Read.All", {"entitlement.lifecycle"}),
        ("LifecyclePolicies-Guests.Read.All", {"lifecycle.conflict"}),
        ("IdentityRiskyUser.Read.All", {"risk.guests"}),
        ("IdentityRiskEvent.Read.All", {"risk.detections"}),
        ("LicenseAssignment.Read.All", {"licences"}),
        ("User.Read.All", set(OF_GUESTS)),
        ("GroupMember.Read.All", {"guests.groups", "guests.owners", "guests.roles"}),
        (
            "Policy.Read.All",
            {
                *("invitations.who", "invitations.app", "guests.rights", "crosstenant.default"),
                *("crosstenant.partners", "crosstenant.trust", "redemption.order"),
                *("redemption.passcode", "mfa.guests", "security.defaults"),
            },
        ),
    ],
)
async def test_a_missing_permission_is_named(permission: str, checks: set[str]) -> None:
    found = await missing(permissions=without(permission))

    assert found == dict.fromkeys(checks, f"permission {permission}") | EXPORT


def test_every_permission_is_tried() -> None:
    (mark,) = test_a_missing_permission_is_named.pytestmark  # type: ignore[attr-defined]

    assert {name for name, _ in mark.args[1]} == set(PERMISSIONS)


@pytest.mark.parametrize(
    "how",
    [
        {"status": 404, "code": "BadRequest"},
        {"status": 503},
        {"drop": True},
        {"body": "{}", "status": 200},
    ],
    ids=("unknown", "busy", "no answer", "no list"),
)
async def test_beta_that_does_not_answer_is_told(how: dict[str, Any]) -> None:
    async with scene() as here:
        here.fails(BETA, count=None, **how)
        told = (await here.judged())["invitations.domains"]

    assert (told.status, told.missing) == (Status.NOT_CHECKED, "beta")


@pytest.mark.parametrize("status", [403, 500, 503])
async def test_members_of_a_group_left_out_that_cannot_be_read_are_not_known(status: int) -> None:
    async with scene(conditionalAccess=[rule(users={"excludeGroups": [PARTNERS]})]) as here:
        here.fails("^/groups/[^/]*/transitiveMembers", status=status, count=None)
        told = (await here.judged())["mfa.guests"]

    assert told.status is Status.UNCLEAR
    assert "Not known" in told.finding.found
    assert ("GroupMember.Read.All" in told.finding.found) == (status == 403)


async def test_what_a_tenant_does_not_offer_yet_is_told() -> None:
    assert await missing(lifecyclePolicies=None) == {"lifecycle.conflict": "beta"} | EXPORT


# A path, and the checks that hang on it.
PATHS = {
    "^/policies/authorizationPolicy": {"invitations.who", "invitations.app", "guests.rights"},
    "^/policies/crossTenantAccessPolicy/default": {
        *("crosstenant.default", "crosstenant.trust", "redemption.order")
    },
    "^/policies/crossTenantAccessPolicy/partners": {"crosstenant.partners"},
    "^/policies/authenticationMethodsPolicy": {"redemption.passcode"},
    "^/identity/conditionalAccess": {"mfa.guests"},
    "^/policies/identitySecurityDefaults": {"security.defaults"},
    "^/subscribedSkus": {"licences"},
    r"^/users\?": set(OF_GUESTS),
    "^/roleManagement": {"guests.roles"},
    "^/applications": {"guests.owners"},
    "^/groupSettings": {"groups.settings"},
    "^/identityGovernance/accessReviews": {"reviews.guests"},
    "^/identityGovernance/entitlementManagement": {"entitlement.lifecycle"},
    "^/identityProtection/riskyUsers": {"risk.guests"},
    "^/identityProtection/riskDetections": {"risk.detections"},
}


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("path", PATHS)
async def test_a_lasting_fault_is_told_and_passes_nothing(path: str, status: int) -> None:
    async with scene() as here:
        here.fails(path, status=status, count=None)
        told = await here.judged()

    unread = {name for name, one in told.items() if one.status is Status.NOT_CHECKED}
    assert unread == PATHS[path] | EXPORT.keys()
    assert all(told[name].missing == "error" for name in PATHS[path])


@pytest.mark.parametrize("how", [{"status": 503}, {"status": 500}, {"drop": True}])
async def test_a_fault_that_passes_is_waited_out(how: dict[str, Any]) -> None:
    async with scene() as here:
        here.fails(".", count=1, **how)
        here.fails("^/identityProtection", count=2, **how)
        told = await here.judged()

    assert {name for name, one in told.items() if one.missing} == EXPORT.keys()


async def test_half_a_list_is_not_read() -> None:
    """The first page has no fault in it, the second cannot be read: that is no pass."""
    tenants = [{"tenantId": f"00000000-0000-4000-8000-{n:012d}"} for n in range(150)]
    async with scene(crossTenantPartners=tenants) as here:
        here.fails("partners.*skiptoken", status=500, count=None)
        told = (await here.judged())["crosstenant.partners"]

    assert told.status is Status.NOT_CHECKED


async def test_a_batch_with_a_fault_in_it_is_not_read() -> None:
    async with scene() as here:
        here.fails("^/groups/[^/]*/settings", status=500, count=None)
        told = await here.judged()

    assert told["groups.settings"].status is Status.NOT_CHECKED


@pytest.mark.parametrize("body", ['{"value": [{"values": 5}]}', "{}", "not json", '{"value": 5}'])
async def test_a_garbled_part_of_a_batch_is_not_read(body: str) -> None:
    async with scene() as here:
        here.fails("^/groups/[^/]*/settings", status=200, body=body, count=None)
        told = (await here.judged())["groups.settings"]

    assert (told.status, told.missing) == (Status.NOT_CHECKED, "error")


async def test_a_directory_that_is_not_there_is_given_up_within_a_minute() -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    pacing = fast()
    pacing.sleep = wait
    adapter = connect(Token("none"), "http://localhost:1/v1.0", SCOPE)
    told = judge(await GraphInspector(adapter, pacing).inspect({}, NOW), POLICY)

    assert {one.missing for one in told} == {"error", "beta", "activity export"}
    assert sum(waits) <= PATIENCE


async def test_a_tenant_that_answers_nothing_has_no_passes() -> None:
    async with scene() as here:
        here.fails(".", status=500, count=None)
        told = await here.judged()

    assert {one.status for one in told.values()} == {Status.NOT_CHECKED}
    assert len(told) == len(CHECKS)
