"""What the tutorials teach: one guest after another, one call after another, SDK retries on."""

import asyncio
import json
import os
import sys
import time

from azure.identity.aio import ManagedIdentityCredential
from msgraph import GraphServiceClient
from msgraph.generated.models.invitation import Invitation
from msgraph.generated.models.reference_create import ReferenceCreate

from bench.graph_town import AURORA, FINANCE


async def _loop(url: str, guests: int) -> float:
    """Guests per second."""
    async with ManagedIdentityCredential() as credential:
        client = GraphServiceClient(credential, ["https://graph.microsoft.com/.default"])
        client.request_adapter.base_url = url
        started = time.perf_counter()
        for number in range(guests):
            made = await client.invitations.post(
                Invitation(
                    invited_user_email_address=f"tutorial-{number}@fabrikam.com",
                    invite_redirect_url="https://myapplications.microsoft.com",
                    send_invitation_message=True,
                )
            )
            assert made is not None
            assert made.invited_user is not None
            link = ReferenceCreate(odata_id=f"{url}/directoryObjects/{made.invited_user.id}")
            for group in (AURORA, FINANCE):
                await client.groups.by_group_id(group).members.ref.post(link)
        return guests / (time.perf_counter() - started)


if __name__ == "__main__":
    rate = asyncio.run(_loop(os.environ["GRAPH_URL"], int(sys.argv[1])))
    print(json.dumps({"guests_per_second": round(rate, 2)}))
