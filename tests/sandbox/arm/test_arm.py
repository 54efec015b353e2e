"""The stand-in for Azure Resource Manager: what it takes, and what it refuses."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from sandbox.arm import Arm
from sandbox.identity.tokens import GRAPH, mint
from sandbox.processes import Process

SCOPE = "/subscriptions/00000000-0000-4000-8000-0000000000f1/resourceGroups/r"
NAME = "99999999-0000-4000-8000-000000000001"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
AUTHORIZATION = "providers/Microsoft.Authorization"
ARM = "https://management.azure.com"


def _body(role: str = READER, **more: Any) -> dict[str, Any]:
    definition = f"{SCOPE}/{AUTHORIZATION}/roleDefinitions/{role}"
    given = {"roleDefinitionId": definition, "principalId": "g", "principalType": "Group"}
    return {"properties": given | more}


class Asked:
    def __init__(self, arm: Arm, http: httpx.AsyncClient) -> None:
        self.arm, self.http = arm, http

    async def ask(
        self,
        method: str = "PUT",
        path: str = f"roleAssignments/{NAME}",
        body: Any = None,
        version: str = "2022-04-01",
        audience: str = ARM,
        **claims: Any,
    ) -> httpx.Response:
        token = mint("sandbox", audience=audience, **{"person": "p"} | claims)
        return await self.http.request(
            method,
            f"{self.arm.url}{SCOPE}/{AUTHORIZATION}/{path}",
            params={"api-version": version},
            json=_body() if body is None and method == "PUT" else body,
            headers={"Authorization": f"Bearer {token}"},
        )


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Asked]:
    async with Arm.running() as arm, httpx.AsyncClient(timeout=30) as http:
        yield Asked(arm, http)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_an_assignment_is_made_and_listed(here: Asked) -> None:
    made = await here.ask()
    listed = (await here.ask("GET", "roleAssignments")).json()["value"]

    assert made.status_code == 201
    assert [row["name"] for row in listed] == [NAME]
    assert listed[0]["properties"]["scope"] == SCOPE


@pytest.mark.parametrize("name", [NAME, "99999999-0000-4000-8000-000000000002"])
async def test_the_same_again_exists_already_whatever_its_name(here: Asked, name: str) -> None:
    await here.ask()
    again = await here.ask(path=f"roleAssignments/{name}")

    assert refusal(again) == (409, "RoleAssignmentExists")
    assert len(here.arm.world.assignments) == 1


async def test_an_assignment_is_not_turned_into_another(here: Asked) -> None:
    await here.ask()

    assert refusal(await here.ask(body=_body(principalId="h"))) == (
        409,
        "RoleAssignmentUpdateNotPermitted",
    )


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"audience": GRAPH}, "InvalidAuthenticationTokenAudience"),
        ({"tenant": "another"}, "InvalidAuthenticationTokenTenant"),
        ({"lifetime": -1000}, "InvalidAuthenticationToken"),
        ({"version": "2015-07-01"}, "InvalidApiVersionParameter"),
        ({"path": "roleAssignments/reader-for-g"}, "InvalidRoleAssignmentId"),
        ({"body": _body(role=NAME)}, "RoleDefinitionDoesNotExist"),
        ({"body": _body(principalType="Team")}, "InvalidPrincipalType"),
        ({"body": _body(colour="red")}, "InvalidRequestContent"),
        ({"body": {}}, "InvalidRequestContent"),
    ],
)
async def test_what_azure_does_not_take_is_refused(
    here: Asked, how: dict[str, Any], code: str
) -> None:
    assert refusal(await here.ask(**how))[1] == code
    assert here.arm.world.assignments == {}


async def test_who_may_assign_is_said_by_azure_itself(here: Asked) -> None:
    here.arm.world.settings.administrators = ["q"]

    assert refusal(await here.ask()) == (403, "AuthorizationFailed")
    assert (await here.ask(person="q")).status_code == 201
    assert (await here.ask("GET", "roleAssignments")).status_code == 200


async def test_it_runs_as_a_program(tmp_path: Any) -> None:
    process = await Process.start(
        "sandbox.arm",
        ["--secret-env", "SANDBOX_TEST_KEY"],
        environment={"SANDBOX_TEST_KEY": "sandbox"},
        log=tmp_path / "arm.log",
    )
    try:
        async with httpx.AsyncClient(timeout=30) as http:
            answer = await http.get(f"{process.ready.split()[1]}/sandbox/state")
    finally:
        await process.stop()

    assert answer.json()["assignments"] == []
