"""The Azure CLI's stand-in, asked by the real AzureCliCredential."""

import asyncio
import os
from pathlib import Path

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import AzureCliCredential, CredentialUnavailableError

from sandbox.identity.endpoint import IdentityEndpoint
from sandbox.identity.people import PERSON, Person
from sandbox.identity.tokens import SANDBOX_TENANT

AZ = Path(__file__).resolve().parents[3] / "sandbox" / "identity" / "bin"


async def _claims(identity: IdentityEndpoint, resource: str, tenant: str = "") -> dict[str, object]:
    credential = AzureCliCredential(tenant_id=tenant, process_timeout=60)
    token = await asyncio.to_thread(credential.get_token, f"{resource}/.default")
    claims: dict[str, object] = jwt.decode(token.token, options={"verify_signature": False})
    return claims


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{AZ}{os.pathsep}{os.environ['PATH']}")


async def test_a_person_has_scopes_for_graph_and_a_name_for_azure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with IdentityEndpoint.running() as identity:
        monkeypatch.setenv("SANDBOX_AZ", identity.az["SANDBOX_AZ"])
        identity.person = Person(scopes=["User.Read", "Policy.Read.All"], wids=["w"])
        graph = await _claims(identity, "https://graph.microsoft.com", SANDBOX_TENANT)
        arm = await _claims(identity, "https://management.azure.com")

    assert (graph["idtyp"], graph["scp"], graph["wids"]) == (
        "user",
        "Policy.Read.All User.Read",
        ["w"],
    )
    assert (arm["aud"], arm["scp"], arm["oid"]) == (
        "https://management.azure.com",
        "user_impersonation",
        PERSON,
    )


async def test_a_service_principal_has_roles_and_no_scopes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with IdentityEndpoint.running() as identity:
        monkeypatch.setenv("SANDBOX_AZ", identity.az["SANDBOX_AZ"])
        identity.person = Person(app=True, scopes=["Policy.Read.All"])
        claims = await _claims(identity, "https://graph.microsoft.com")

    assert (claims["idtyp"], claims["roles"]) == ("app", ["Policy.Read.All"])
    assert "scp" not in claims


@pytest.mark.parametrize("tenant", ["", "00000000-0000-4000-8000-00000000dead"])
async def test_nobody_gets_no_token(monkeypatch: pytest.MonkeyPatch, tenant: str) -> None:
    async with IdentityEndpoint.running() as identity:
        monkeypatch.setenv("SANDBOX_AZ", identity.az["SANDBOX_AZ"])
        identity.person = Person() if tenant else None
        with pytest.raises((CredentialUnavailableError, ClientAuthenticationError)):
            await _claims(identity, "https://graph.microsoft.com", tenant)
