"""Who gets in: signed tokens for this tenant, with a role that fits."""

from typing import Any

import pytest

from sandbox.identity.tokens import mint
from tests.sandbox.directory.scene import Scene, refusal

BAD_TOKENS: dict[str, dict[str, Any]] = {
    "of another tenant": {"tenant": "00000000-0000-4000-8000-000000000001"},
    "for another audience": {"audience": "https://storage.azure.com"},
    "expired": {"lifetime": -1000},
}


@pytest.mark.parametrize("claims", BAD_TOKENS.values(), ids=BAD_TOKENS)
async def test_a_bad_token_is_not_let_in(here: Scene, claims: dict[str, Any]) -> None:
    answer = await here.as_app("User.Read.All", **claims).get("/users")

    assert refusal(answer) == (401, "InvalidAuthenticationToken")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer not.a.token", "Basic YTpi"])
async def test_a_request_without_a_readable_token_is_not_let_in(here: Scene, header: str) -> None:
    answer = await here.get("/users", {"Authorization": header})

    assert refusal(answer) == (401, "InvalidAuthenticationToken")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_token_signed_with_another_secret_is_not_let_in(here: Scene) -> None:
    forged = mint("another", roles=["User.Read.All"], tenant=here.directory.tenant.id)
    answer = await here.get("/users", {"Authorization": f"Bearer {forged}"})

    assert refusal(answer) == (401, "InvalidAuthenticationToken")


async def test_graphs_app_id_is_an_audience_too(here: Scene) -> None:
    app = here.as_app("User.Read.All", audience="00000003-0000-0000-c000-000000000000")

    assert (await app.get("/users")).status_code == 200


async def test_an_unknown_path_is_told_after_the_token(here: Scene) -> None:
    assert (await here.get("/nowhere", {"Authorization": ""})).status_code == 401
    assert (await here.get("/nowhere")).status_code == 404


USER = "/users/{ann}"
GROUP = "/groups/{group}"
REFERENCE = {"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/{cid}"}
# method, path, body, roles that are enough, roles that are not
PERMISSIONS: list[tuple[str, str, Any, list[str], list[str]]] = [
    (
        "POST",
        "/invitations",
        {"invitedUserEmailAddress": "x@new.example", "inviteRedirectUrl": "https://x.example"},
        ["User.Invite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
        ["User.Read.All"],
    ),
    (
        "GET",
        "/users",
        None,
        ["User.ReadBasic.All", "User.Read.All", "Directory.Read.All"],
        ["User.Invite.All"],
    ),
    ("GET", USER, None, ["User.Read.All", "User.ReadWrite.All"], ["GroupMember.Read.All"]),
    (
        "PATCH",
        USER,
        {"accountEnabled": False},
        ["User.EnableDisableAccount.All+User.Read.All", "User.ReadWrite.All"],
        ["User.EnableDisableAccount.All", "User.Read.All"],
    ),
    (
        "PATCH",
        USER,
        {"companyName": "X"},
        ["User.ReadWrite.All", "Directory.ReadWrite.All"],
        ["User.EnableDisableAccount.All+User.Read.All"],
    ),
    (
        "PATCH",
        USER,
        {"employeeLeaveDateTime": "2027-01-01T00:00:00Z"},
        ["User-LifeCycleInfo.ReadWrite.All+User.Read.All"],
        ["User.ReadWrite.All"],
    ),
    (
        "DELETE",
        USER,
        None,
        ["User.DeleteRestore.All"],
        ["User.EnableDisableAccount.All+User.Read.All"],
    ),
    ("POST", f"{USER}/revokeSignInSessions", None, ["User.RevokeSessions.All"], ["User.Read.All"]),
    ("GET", f"{USER}/sponsors", None, ["User.Read.All"], ["Directory.Read.All"]),
    ("POST", f"{USER}/sponsors/$ref", REFERENCE, ["User.ReadWrite.All"], ["User.Read.All"]),
    (
        "POST",
        f"{USER}/checkMemberGroups",
        {"groupIds": ["{group}"]},
        ["User.Read.All+GroupMember.Read.All", "Directory.Read.All"],
        ["User.Read.All", "GroupMember.Read.All"],
    ),
    ("GET", f"{USER}/memberOf", None, ["Directory.Read.All"], ["User.Read.All"]),
    ("GET", f"{USER}/transitiveMemberOf", None, ["User.Read.All"], ["User.Invite.All"]),
    (
        "GET",
        "/groups",
        None,
        ["GroupMember.Read.All"],
        ["User.Read.All", "GroupMember.ReadWrite.All"],
    ),
    (
        "GET",
        f"{GROUP}/members",
        None,
        ["GroupMember.Read.All", "GroupMember.ReadWrite.All"],
        ["User.Read.All"],
    ),
    (
        "POST",
        f"{GROUP}/members/$ref",
        REFERENCE,
        ["GroupMember.ReadWrite.All"],
        ["GroupMember.Read.All"],
    ),
    (
        "PATCH",
        GROUP,
        {"members@odata.bind": [REFERENCE["@odata.id"]]},
        ["GroupMember.ReadWrite.All", "Group.ReadWrite.All"],
        ["GroupMember.Read.All"],
    ),
    ("PATCH", GROUP, {"description": "x"}, ["Group.ReadWrite.All"], ["GroupMember.ReadWrite.All"]),
    (
        "DELETE",
        f"{GROUP}/members/{{ann}}/$ref",
        None,
        ["GroupMember.ReadWrite.All"],
        ["User.DeleteRestore.All"],
    ),
    (
        "GET",
        "/directory/deletedItems/microsoft.graph.user",
        None,
        ["User.DeleteRestore.All", "User.Read.All"],
        ["Group.Read.All"],
    ),
    ("GET", "/policies/authorizationPolicy", None, ["Policy.Read.All"], ["Directory.Read.All"]),
    ("GET", "/organization", None, ["Organization.Read.All", "User.Read.All"], ["Policy.Read.All"]),
    ("GET", "/domains", None, ["Domain.Read.All"], ["User.Read.All"]),
    ("GET", "/subscribedSkus", None, ["LicenseAssignment.Read.All"], ["User.Read.All"]),
    (
        "GET",
        "/roleManagement/directory/roleAssignments",
        None,
        ["RoleManagement.Read.Directory"],
        ["User.Read.All"],
    ),
    (
        "POST",
        "/directoryObjects/getByIds",
        {"ids": ["{ann}"]},
        ["Directory.Read.All"],
        ["User.Read.All"],
    ),
]
CASES = [
    (method, path, body, roles, enough)
    for method, path, body, *sets in PERMISSIONS
    for enough, chosen in zip((True, False), sets, strict=True)
    for roles in chosen
]


@pytest.mark.parametrize(("method", "path", "body", "roles", "enough"), CASES)
async def test_a_role_opens_what_is_documented_and_nothing_else(
    here: Scene, method: str, path: str, body: Any, roles: str, enough: bool
) -> None:
    known = {
        "{ann}": await here.id_of("ann@partner.example"),
        "{cid}": await here.id_of("cid@other.example"),
        "{group}": await here.group("Partners"),
    }
    answer = await here.as_app(*roles.split("+")).ask(
        method, _filled(path, known), _filled(body, known)
    )

    if enough:
        assert answer.status_code < 300, answer.text
    else:
        assert refusal(answer) == (403, "Authorization_RequestDenied")


def _filled(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(part, known) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, known) for part in value]
    if isinstance(value, str):
        for name, identity in known.items():
            value = value.replace(name, identity)
    return value
