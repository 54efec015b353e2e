"""GET /subscribedSkus: what the tenant has bought, as far as guests are concerned."""

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from sandbox.directory.world import Answer, Call

# name -> (sku part number, service plan, service plan id)
PLANS: Final = {
    "P1": ("AAD_PREMIUM", "AAD_PREMIUM", "41781fb2-bc02-4b7c-bd55-b576c07bb09d"),
    "P2": ("AAD_PREMIUM_P2", "AAD_PREMIUM_P2", "eec0eb4f-6444-4f95-aba0-50c24d67f998"),
    "Governance": (
        "Microsoft_Entra_ID_Governance",
        "Entra_Identity_Governance",
        "e866a266-3cff-43a3-acca-0c90a7e00c8b",
    ),
}


def subscribed_skus(call: Call) -> Answer:
    tenant = call.world.tenant
    rows = [
        *(_sku(call, *PLANS[licence]) for licence in tenant.licences),
        *(_sku(call, *PLANS[licence], suspended=True) for licence in tenant.lapsed_licences),
    ]
    return Answer(200, call.context("subscribedSkus") | {"value": rows})


def _sku(
    call: Call, part: str, plan: str, plan_id: str, *, suspended: bool = False
) -> dict[str, Any]:
    sku = str(uuid5(NAMESPACE_URL, f"sandbox:sku:{part}"))
    return {
        "id": f"{call.world.tenant.id}_{sku}",
        "accountId": call.world.tenant.id,
        "accountName": call.world.tenant.display_name,
        "appliesTo": "User",
        "capabilityStatus": "Suspended" if suspended else "Enabled",
        "consumedUnits": 1,
        "skuId": sku,
        "skuPartNumber": part,
        "subscriptionIds": [],
        "prepaidUnits": {"enabled": 25, "suspended": 0, "warning": 0, "lockedOut": 0},
        "servicePlans": [
            {
                "servicePlanId": plan_id,
                "servicePlanName": plan,
                "provisioningStatus": "Success",
                "appliesTo": "User",
            }
        ],
    }
