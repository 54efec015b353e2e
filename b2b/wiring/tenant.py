"""What plans and changes the tenant, put together with an administrator's sign-in."""

from datetime import date

from b2b.adapters.arm import ArmRoles
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.tenant_rights import scopes_for
from b2b.adapters.graph.tenant_settings import GraphTenant
from b2b.adapters.sign_in import GRAPH_TOOLS, Person, credential
from b2b.domain.policy import Policy
from b2b.domain.tenant import Area, SignIn
from b2b.flows.tenant_plan import TenantPlan, areas_of
from b2b.settings import Administration

# The audiences are those of the public cloud, whatever URL leads there.
GRAPH = "https://graph.microsoft.com"
ARM = "https://management.azure.com"


async def tenant_plan(
    settings: Administration,
    policy: Policy,
    today: date,
    how: SignIn,
    *,
    client: str = "",
    writes: bool = False,
    widen: bool = False,
) -> TenantPlan:
    """Signs in first, for Azure only when the policy names roles there. Raises Refused."""
    tenant, areas = settings.tenant_id, areas_of(policy)
    asked = [f"{GRAPH}/{name}" for name in scopes_for(areas, writes=writes)]
    # The Azure CLI takes one scope, and hands out what it is granted.
    scopes = [f"{GRAPH}/.default"] if how is SignIn.AZ else asked
    graph = Person(credential(how, tenant, client or GRAPH_TOOLS), scopes, tenant)
    arm = Person(credential(how, tenant), [f"{ARM}/.default"], tenant)
    await graph.get_token()
    if Area.AZURE in areas:
        await arm.get_token()
    beta = settings.graph_url.removesuffix("v1.0") + "beta"
    return TenantPlan(
        settings=GraphTenant(
            connect(graph, settings.graph_url, scopes[0]), connect(graph, beta, scopes[0])
        ),
        azure=ArmRoles(connect(arm, settings.arm_url, f"{ARM}/.default")),
        policy=policy,
        today=today,
        widen=widen,
    )
