"""Who is signed in with the Azure CLI: a person, or, for those who set it up so, an application."""

import time
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from sandbox.identity.tokens import mint

AZURE_CLI: Final = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
PERSON: Final = "5a4d0c1e-0000-4000-8000-00000000ad31"
NOBODY: Final = "ERROR: Please run 'az login' to setup account."


class Person(BaseModel):
    """`scopes` are those for Graph; `wids` the directory roles; `app`: a service principal."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    id: str = PERSON
    scopes: list[str] = []
    wids: list[str] = []
    app: bool = False


def token_of(
    person: Person, resource: str, *, secret: str, tenant: str, lifetime: float, graph: bool
) -> dict[str, Any]:
    """What `az account get-access-token` prints."""
    scopes = person.scopes if graph else ["user_impersonation"]
    token = mint(
        secret,
        roles=person.scopes if graph and person.app else (),
        wids=person.wids,
        audience=resource,
        tenant=tenant,
        app=AZURE_CLI,
        lifetime=lifetime,
        person=None if person.app else person.id,
        scopes=scopes,
    )
    ends = time.time() + lifetime
    return {
        "accessToken": token,
        "expiresOn": datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        "expires_on": int(ends),
        "tenant": tenant,
        "tokenType": "Bearer",
    }
