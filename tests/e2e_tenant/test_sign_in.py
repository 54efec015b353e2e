"""Whoever changes the tenant is a person, with rights of their own; never the nightly app."""

import re
from pathlib import Path

import pytest

from sandbox.identity.people import Person
from sandbox.town import PERMISSIONS
from tests.e2e_tenant.scene import ALL_SCOPES, ROOT, Desk

FORBIDDEN = re.compile(
    r"Policy\.ReadWrite\.(Authorization|B2BManagementPolicy|ConditionalAccess|CrossTenantAccess"
    r"|ExternalIdentities)|AccessReview\.ReadWrite"
)


async def test_the_sign_in_of_an_application_is_refused(here: Desk) -> None:
    here.identity.person = Person(app=True, scopes=ALL_SCOPES)
    said = await here.tenant("apply", "--yes")

    assert said.code == 2
    assert "This is the sign-in of an application." in said.errors
    assert (await here.panel("GET", "counters"))["requests"] == 0
    assert here.arm.world.requests == 0


async def test_nobody_signed_in(here: Desk) -> None:
    here.identity.person = None
    said = await here.tenant("plan")

    assert said.code == 2
    assert "You are not signed in (Please run 'az login' to set up an account)" in said.errors


async def test_somebody_signed_in_elsewhere(here: Desk) -> None:
    here.identity.tenant = "00000000-0000-4000-8000-00000000dead"
    said = await here.tenant("plan")

    assert said.code == 2
    assert (await here.panel("GET", "counters"))["requests"] == 0


async def test_the_managed_identity_is_never_asked(here: Desk) -> None:
    said = await here.tenant("apply", "--yes")

    assert said.code == 0, said.errors
    assert here.identity.handed_out == 0


async def test_a_permission_that_is_missing_is_named_and_the_rest_is_done(here: Desk) -> None:
    here.sign_in(*(set(ALL_SCOPES) - {"Policy.ReadWrite.Authorization"}))
    said = await here.tenant("apply", "--yes")
    told = [line for line in said.lines if line.startswith("refused")]

    assert said.code == 2
    assert len(told) == 2
    assert all("Policy.ReadWrite.Authorization" in line for line in told)
    assert all("Privileged Role Administrator" in line for line in told)
    assert await here.found("allowInvitesFrom") == "everyone"
    assert await here.found("allowedDomains") == ["fabrikam.example", "litware.example"]


async def test_a_person_without_a_role_changes_nothing(here: Desk) -> None:
    here.sign_in(wids=())
    before = (await here.state())["directory"]
    said = await here.tenant("apply", "--yes")

    assert said.code == 2
    assert (await here.state())["directory"] == before


async def test_azure_has_rights_of_its_own(here: Desk) -> None:
    change = {"administrators": ["somebody-else"]}
    await here.http.put(f"{here.arm.url}/sandbox/settings", json=change)
    said = await here.tenant("apply", "--yes")
    told = [line for line in said.lines if line.startswith("refused")]

    assert said.code == 2
    assert len(told) == 1
    assert "Role Based Access Control Administrator" in told[0]
    assert (await here.state())["assignments"] == []


def test_the_nightly_app_is_never_given_a_right_to_change_the_tenant() -> None:
    given = [name for name in PERMISSIONS if FORBIDDEN.match(name)]
    deployed = [
        path.relative_to(ROOT)
        for path in (ROOT / "infra").rglob("*")
        if path.is_file() and FORBIDDEN.search(path.read_text(encoding="utf-8"))
    ]

    assert given == []
    assert deployed == []


@pytest.mark.parametrize("name", [name for name in ALL_SCOPES if "Write" in name])
def test_such_a_right_would_be_noticed(name: str) -> None:
    assert FORBIDDEN.match(name)


def test_the_app_itself_asks_for_no_such_right() -> None:
    """The permissions that administrators need are named in one module only."""
    named = [
        path
        for path in Path(ROOT / "b2b").rglob("*.py")
        if FORBIDDEN.search(path.read_text(encoding="utf-8"))
    ]

    assert [path.name for path in named] == ["tenant_rights.py"]
