"""What the nightly audit finds wrong, `tenant apply` mends, and the audit agrees afterwards."""

from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.tenant.inspector import GraphInspector
from b2b.domain.policy import Policy
from b2b.domain.posture import Status, judge
from b2b.policy_file import read_policy
from tests.adapters.standin import SCOPE, Token
from tests.e2e_tenant.scene import GROUP, HOME, OTHER_GROUP, Desk
from tests.posture.scene import NOW, PERMISSIONS

MENDED = ("invitations.who", "guests.rights", "invitations.domains", "crosstenant.trust")


async def _verdicts(here: Desk) -> dict[str, Status]:
    policy = read_policy(here.policy.read_bytes(), "v1")
    assert isinstance(policy, Policy)
    token = Token(here.directory.token(*PERMISSIONS))
    groups = {group: name for one in policy.partners for name, group in one.groups.items()}
    assert set(groups) == {GROUP, OTHER_GROUP}
    inspector = GraphInspector(connect(token, here.directory.url, SCOPE))
    tenant = await inspector.inspect(groups, NOW)
    return {one.finding.id: one.status for one in judge(tenant, policy)}


async def test_the_audit_and_the_plan_mean_the_same(here: Desk) -> None:
    trusting = {
        "isMfaAccepted": True,
        "isCompliantDeviceAccepted": False,
        "isHybridAzureADJoinedDeviceAccepted": False,
    }
    await here.settings(crossTenantDefault={"inboundTrust": trusting})
    before = await _verdicts(here)
    applied = await here.applied()
    after = await _verdicts(here)

    assert applied.code == 0, applied.out
    assert {before[name] for name in MENDED} == {Status.FAILED}
    assert {after[name] for name in MENDED} == {Status.PASSED}


async def test_who_relies_on_the_default_gets_their_own_trust_before_it_is_closed(
    here: Desk,
) -> None:
    trusting = dict.fromkeys(("isMfaAccepted", "isCompliantDeviceAccepted"), True)
    await here.settings(
        crossTenantDefault={
            "inboundTrust": trusting | {"isHybridAzureADJoinedDeviceAccepted": False}
        }
    )
    fault = {"method": "POST", "path": "partners$", "status": 400, "count": 1}
    await here.panel("POST", "faults", fault)
    first = await here.applied()
    kept = await here.found("crossTenantDefault")
    await here.applied()

    assert first.code == 2
    assert kept["inboundTrust"]["isMfaAccepted"] is True
    closed = (await here.found("crossTenantDefault"))["inboundTrust"]
    (partner,) = await here.found("crossTenantPartners")
    assert (closed["isMfaAccepted"], closed["isCompliantDeviceAccepted"]) == (False, True)
    assert partner["tenantId"] == HOME
    assert partner["inboundTrust"]["isMfaAccepted"] is True
    assert partner["inboundTrust"]["isCompliantDeviceAccepted"] is True


async def test_what_the_audit_passes_as_stricter_the_plan_leaves(here: Desk) -> None:
    await here.settings(allowInvitesFrom="none")
    verdicts = await _verdicts(here)
    said = await here.tenant("plan")

    assert verdicts["invitations.who"] is Status.PASSED
    assert not any(line.startswith("+ who may invite") for line in said.lines)
