"""The token endpoint, asked as azure-identity asks it."""

import time
from typing import Any

import httpx
import pytest

from sandbox.identity.endpoint import IdentityEndpoint
from sandbox.identity.tokens import GRAPH, BadToken, mint, read
from tests.sandbox.directory.scene import NO_TLS
from tests.sandbox.identity.conftest import INVITER, READER

ASKED = {"api-version": "2019-08-01", "resource": GRAPH}


async def _ask(endpoint: IdentityEndpoint, header: str | None = None, **more: str) -> Any:
    headers = {"X-IDENTITY-HEADER": endpoint.header if header is None else header}
    async with httpx.AsyncClient(verify=NO_TLS) as http:
        return await http.get(endpoint.url, params=ASKED | more, headers=headers)


async def _change(endpoint: IdentityEndpoint, body: Any) -> httpx.Response:
    async with httpx.AsyncClient(verify=NO_TLS) as http:
        return await http.post(f"http://localhost:{endpoint.port}/sandbox/roles", json=body)


async def test_a_token_names_the_app_the_tenant_and_the_roles(endpoint: IdentityEndpoint) -> None:
    told = (await _ask(endpoint)).json()
    claims = read(endpoint.secret, told["access_token"])

    assert (told["token_type"], told["resource"]) == ("Bearer", GRAPH)
    assert abs(int(told["expires_on"]) - claims["exp"]) <= 1
    assert claims["exp"] > time.time() + 3000
    assert (claims["aud"], claims["tid"]) == (GRAPH, endpoint.tenant)
    assert claims["appid"] == claims["azp"] == READER.client_id
    assert claims["roles"] == ["User.Read.All"]


async def test_another_identity_is_asked_for_by_its_client_id(endpoint: IdentityEndpoint) -> None:
    told = (await _ask(endpoint, client_id=INVITER.client_id)).json()

    assert read(endpoint.secret, told["access_token"])["roles"] == ["User.Invite.All"]


@pytest.mark.parametrize(
    ("header", "more", "status"),
    [
        ("wrong", {}, 401),
        ("", {}, 401),
        (None, {"api-version": "2017-09-01"}, 400),
        (None, {"resource": ""}, 400),
        (None, {"client_id": "00000000-cccc-4000-8000-000000000003"}, 400),
    ],
)
async def test_a_wrong_question_gets_no_token(
    endpoint: IdentityEndpoint, header: str | None, more: dict[str, str], status: int
) -> None:
    answer = await _ask(endpoint, header, **more)

    assert answer.status_code == status
    assert "access_token" not in answer.json()
    assert endpoint.handed_out == 0


@pytest.mark.parametrize(
    "resource", ["https://storage.azure.com", "https://servicebus.azure.net", "https://localhost"]
)
async def test_other_resources_get_tokens_without_graphs_roles(
    endpoint: IdentityEndpoint, resource: str
) -> None:
    told = (await _ask(endpoint, resource=resource)).json()
    claims = read(endpoint.secret, told["access_token"])

    assert (claims["aud"], claims["roles"]) == (resource, [])


@pytest.mark.parametrize(
    ("change", "roles"),
    [
        ({"roles": ["User.Invite.All"]}, ["User.Invite.All"]),
        (["Mail.Send"], ["Mail.Send"]),
        ({"identities": [{"clientId": "x", "roles": ["A", "B"]}]}, ["A", "B"]),
    ],
)
async def test_roles_can_be_changed_while_it_runs(
    endpoint: IdentityEndpoint, change: Any, roles: list[str]
) -> None:
    await _change(endpoint, change)
    told = (await _ask(endpoint)).json()

    assert read(endpoint.secret, told["access_token"])["roles"] == roles


async def test_a_wrong_change_is_refused(endpoint: IdentityEndpoint) -> None:
    answer = await _change(endpoint, {"rolls": ["User.Invite.All"]})

    assert answer.status_code == 400
    assert endpoint.identities[0].roles == ["User.Read.All"]


def test_a_token_is_read_with_its_own_secret_only() -> None:
    token = mint("one", roles=["User.Read.All"])

    assert read("one", token)["roles"] == ["User.Read.All"]
    with pytest.raises(BadToken):
        read("another", token)
    with pytest.raises(BadToken):
        read("one", mint("one", lifetime=-600))
