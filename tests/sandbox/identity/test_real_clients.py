"""The unmodified SDKs: azure-identity gets a token here, and Graph's client uses it over there."""

from collections.abc import AsyncIterator

import pytest
from azure.identity.aio import ManagedIdentityCredential
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import AuthenticationProvider
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.invitation import Invitation

from sandbox.directory import Directory
from sandbox.identity.endpoint import IdentityEndpoint
from sandbox.identity.tokens import read
from tests.sandbox.identity.conftest import INVITER

SCOPE = "https://graph.microsoft.com/.default"


@pytest.fixture
async def directory() -> AsyncIterator[Directory]:
    async with Directory.running(seed={"users": [{"mail": "ann@partner.example"}]}) as running:
        yield running


async def test_a_managed_identity_gets_its_token(endpoint: IdentityEndpoint) -> None:
    async with ManagedIdentityCredential() as credential:
        token = await credential.get_token(SCOPE)
        again = await credential.get_token(SCOPE)

    assert read(endpoint.secret, token.token)["roles"] == ["User.Read.All"]
    assert token.token == again.token
    assert endpoint.handed_out == 1


async def test_a_user_assigned_identity_gets_its_own(endpoint: IdentityEndpoint) -> None:
    async with ManagedIdentityCredential(client_id=INVITER.client_id) as credential:
        token = await credential.get_token("https://servicebus.azure.net/.default")

    claims = read(endpoint.secret, token.token)
    assert (claims["aud"], claims["appid"]) == ("https://servicebus.azure.net", INVITER.client_id)


def _graph(directory: Directory, credential: ManagedIdentityCredential) -> GraphServiceClient:
    provider: AuthenticationProvider = AzureIdentityAuthenticationProvider(
        credential, scopes=[SCOPE]
    )
    adapter = GraphRequestAdapter(provider)
    adapter.base_url = directory.url
    return GraphServiceClient(request_adapter=adapter)


@pytest.mark.usefixtures("endpoint")
async def test_graphs_client_reads_the_directory(directory: Directory) -> None:
    async with ManagedIdentityCredential() as credential:
        page = await _graph(directory, credential).users.get()

    assert page is not None
    assert [user.mail for user in page.value or ()] == ["ann@partner.example"]


@pytest.mark.usefixtures("endpoint")
async def test_graphs_client_invites_and_sees_refusals(directory: Directory) -> None:
    wanted = Invitation(
        invited_user_email_address="zoe@new.example", invite_redirect_url="https://x.example"
    )
    async with (
        ManagedIdentityCredential(client_id=INVITER.client_id) as inviter,
        ManagedIdentityCredential() as reader,
    ):
        made = await _graph(directory, inviter).invitations.post(wanted)
        with pytest.raises(APIError) as refused:
            await _graph(directory, reader).invitations.post(wanted)

    assert made is not None
    assert made.invited_user is not None
    assert made.invited_user.id in directory.world.store.users
    assert refused.value.response_status_code == 403
