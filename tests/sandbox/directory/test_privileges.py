"""Directory roles: who holds them, and that permission alone does not reach those who do."""

from typing import Any

import pytest

from tests.sandbox.directory.scene import EVERYTHING, Scene, refusal

ROLE = "62e90394-69f5-4237-9190-012177145e10"
ROLES = "/roleManagement/directory"


async def _privileged(here: Scene, how: str) -> str:
    if how == "role":
        row = {"principalId": "ann@partner.example", "roleDefinitionId": ROLE}
        await here.seed(roleAssignments=[row])
    else:
        group = {"displayName": "Admins", "isAssignableToRole": how == "assignable group"}
        await here.seed(groups=[group | {"members": ["ann@partner.example"]}])
        if how == "group with role":
            row = {"principalId": await here.group("Admins"), "roleDefinitionId": ROLE}
            await here.seed(roleAssignments=[row])
    return await here.id_of("ann@partner.example")


@pytest.mark.parametrize("how", ["role", "assignable group", "group with role"])
@pytest.mark.parametrize(
    ("method", "body"), [("PATCH", {"accountEnabled": False}), ("DELETE", None)]
)
async def test_sensitive_actions_need_a_directory_role(
    here: Scene, how: str, method: str, body: Any
) -> None:
    ann = await _privileged(here, how)
    refused = await here.ask(method, f"/users/{ann}", body)
    holder = here.as_app(*EVERYTHING, wids=[ROLE])

    assert refusal(refused) == (403, "Authorization_RequestDenied")
    assert (await holder.ask(method, f"/users/{ann}", body)).status_code == 204


async def test_a_plain_group_makes_nobody_privileged(here: Scene) -> None:
    ann = await _privileged(here, "plain group")

    assert (await here.ask("DELETE", f"/users/{ann}")).status_code == 204


async def test_other_changes_reach_privileged_people(here: Scene) -> None:
    ann = await _privileged(here, "role")

    assert (await here.ask("PATCH", f"/users/{ann}", {"city": "Ulm"})).status_code == 204


async def test_roles_are_listed_and_filtered(here: Scene) -> None:
    ann = await _privileged(here, "role")
    mine = await here.get(f"{ROLES}/roleAssignments", filter=f"principalId eq '{ann}'")
    others = await here.get(f"{ROLES}/roleAssignments", filter="principalId eq 'x'")

    assert [row["roleDefinitionId"] for row in mine.json()["value"]] == [ROLE]
    assert others.json()["value"] == []


async def test_eligible_roles_are_listed_with_the_right_licence(here: Scene) -> None:
    row = {"principalId": "ann@partner.example", "roleDefinitionId": ROLE}
    await here.seed(roleEligibilities=[row])
    path = f"{ROLES}/roleEligibilityScheduleInstances"
    found = await here.get(path, filter=f"roleDefinitionId eq '{ROLE}'")
    await here.settings(licences=["P1"])

    assert [one["principalId"] for one in found.json()["value"]] == [
        await here.id_of("ann@partner.example")
    ]
    assert refusal(await here.get(path)) == (400, "AadPremiumLicenseRequired")
