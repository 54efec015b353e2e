"""Groups: reading them, adding people, taking them out, and the delete that deletes too much."""

from typing import Any

import pytest

from tests.sandbox.directory.scene import Scene, names, refusal, words

ALREADY = (
    "One or more added object references already exist for the following modified properties: "
    "'members'."
)
NOBODY = "00000000-0000-4000-8000-000000000000"
KINDS: dict[str, dict[str, Any]] = {
    "Dynamic": {"groupTypes": ["DynamicMembership"], "membershipRule": "user.department -eq 'x'"},
    "Synced": {"onPremisesSyncEnabled": True},
    "Distribution": {"mailEnabled": True, "securityEnabled": False},
    "MailSecurity": {"mailEnabled": True, "securityEnabled": True},
    "Admins": {"isAssignableToRole": True},
    "Team": {"groupTypes": ["Unified"], "mailEnabled": True},
}


async def _kinds(here: Scene) -> None:
    await here.seed(groups=[{"displayName": name} | kind for name, kind in KINDS.items()])


async def test_groups_are_found_by_name_and_id(here: Scene) -> None:
    partners = await here.group("Partners")
    by_id = await here.get("/groups", filter=f"id in ('{partners}','{NOBODY}')")
    starting = await here.get("/groups", filter="startsWith(displayName,'em')")

    assert names(by_id) == ["Partners"]
    assert names(starting) == ["Empty"]
    assert (await here.get(f"/groups/{partners}", select="id,displayName")).json()[
        "displayName"
    ] == "Partners"
    assert refusal(await here.get(f"/groups/{NOBODY}"))[1] == "Request_ResourceNotFound"


@pytest.mark.parametrize(
    ("text", "advanced_only"),
    [
        ("groupTypes/any(t:t eq 'Unified')", False),
        ("mailEnabled eq true", False),
        ("displayName ne 'x'", True),
        ("description eq 'x'", True),
    ],
)
async def test_group_filters_follow_the_same_rules(
    here: Scene, text: str, advanced_only: bool
) -> None:
    plain = await here.get("/groups", filter=text)

    assert plain.status_code == (400 if advanced_only else 200)
    assert (await here.advanced("/groups", filter=text)).status_code == 200


async def test_an_added_member_is_a_member(here: Scene) -> None:
    group, ben = await here.group("Empty"), await here.id_of("ben@partner.example")
    answer = await here.add(group, ben)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await here.members(group) == [ben]


async def test_a_member_cannot_be_added_twice(here: Scene) -> None:
    group, ann = await here.group("Partners"), await here.id_of("ann@partner.example")
    answer = await here.add(group, ann)

    assert refusal(answer) == (400, "Request_BadRequest")
    assert words(answer) == ALREADY


@pytest.mark.parametrize(
    ("reference", "status"),
    [
        (f"https://graph.microsoft.com/v1.0/directoryObjects/{NOBODY}", 404),
        (f"https://graph.microsoft.com/v1.0/applications/{NOBODY}", 400),
        (NOBODY, 400),
    ],
)
async def test_what_is_not_there_cannot_be_added(here: Scene, reference: str, status: int) -> None:
    group = await here.group("Empty")
    body = {"@odata.id": reference}

    assert (await here.ask("POST", f"/groups/{group}/members/$ref", body)).status_code == status


@pytest.mark.parametrize("body", [{}, {"id": "x"}, {"@odata.id": 5}, {"@odata.id": "x", "y": 1}])
async def test_a_reference_has_one_form(here: Scene, body: dict[str, Any]) -> None:
    group = await here.group("Empty")

    assert (await here.ask("POST", f"/groups/{group}/members/$ref", body)).status_code == 400


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("Dynamic", 400),
        ("Synced", 400),
        ("Distribution", 403),
        ("MailSecurity", 403),
        ("Admins", 403),
        ("Team", 204),
    ],
)
async def test_some_groups_take_nobody_by_hand(here: Scene, kind: str, status: int) -> None:
    await _kinds(here)
    group, ann = await here.group(kind), await here.id_of("ann@partner.example")

    assert (await here.add(group, ann)).status_code == status
    assert (ann in await here.members(group)) == (status == 204)


async def test_a_role_assignable_group_needs_one_more_permission(here: Scene) -> None:
    await _kinds(here)
    group, ann = await here.group("Admins"), await here.id_of("ann@partner.example")
    app = here.as_app("GroupMember.ReadWrite.All", "RoleManagement.ReadWrite.Directory")

    assert (await app.add(group, ann)).status_code == 204


async def test_a_team_takes_users_only(here: Scene) -> None:
    await _kinds(here)

    assert (await here.add(await here.group("Team"), await here.group("Empty"))).status_code == 400


class TestMany:
    """PATCH with members@odata.bind."""

    async def _bind(self, here: Scene, group: str, ids: list[str]) -> Any:
        references = [here.reference(identity)["@odata.id"] for identity in ids]
        return await here.ask("PATCH", f"/groups/{group}", {"members@odata.bind": references})

    async def test_twenty_are_added_at_once(self, here: Scene) -> None:
        await here.seed(madeUp=21)
        everyone = (await here.get("/users", select="id", top=999)).json()["value"]
        ids = [user["id"] for user in everyone]
        group = await here.group("Empty")
        too_many = await self._bind(here, group, ids[:21])

        assert too_many.status_code == 400
        assert (await self._bind(here, group, ids[:20])).status_code == 204
        assert await here.members(group) == ids[:20]

    @pytest.mark.parametrize(("bad", "status"), [(NOBODY, 404), ("ann", 400)])
    async def test_one_bad_reference_and_nobody_is_added(
        self, here: Scene, bad: str, status: int
    ) -> None:
        group, ben = await here.group("Partners"), await here.id_of("ben@partner.example")
        ann = await here.id_of("ann@partner.example")
        answer = await self._bind(here, group, [ben, ann if bad == "ann" else bad])

        assert answer.status_code == status
        assert await here.members(group) == [ann]

    async def test_the_same_person_twice_is_refused(self, here: Scene) -> None:
        group, ben = await here.group("Empty"), await here.id_of("ben@partner.example")

        assert words(await self._bind(here, group, [ben, ben])) == ALREADY


async def test_a_membership_is_taken_away(here: Scene) -> None:
    group, ann = await here.group("Partners"), await here.id_of("ann@partner.example")
    first = await here.ask("DELETE", f"/groups/{group}/members/{ann}/$ref")
    second = await here.ask("DELETE", f"/groups/{group}/members/{ann}/$ref")

    assert (first.status_code, second.status_code) == (204, 404)
    assert await here.members(group) == []
    assert (await here.get(f"/users/{ann}")).status_code == 200


class TestWithoutRef:
    """https://learn.microsoft.com/graph/api/group-delete-members warns of exactly this."""

    async def test_the_person_is_deleted(self, here: Scene) -> None:
        group, ann = await here.group("Partners"), await here.id_of("ann@partner.example")
        answer = await here.ask("DELETE", f"/groups/{group}/members/{ann}")
        state = await here.panel("GET", "state")

        assert answer.status_code == 204
        assert [user["id"] for user in state["deleted"]] == [ann]

    async def test_unless_the_caller_may_not_delete_users(self, here: Scene) -> None:
        group, ann = await here.group("Partners"), await here.id_of("ann@partner.example")
        app = here.as_app("GroupMember.ReadWrite.All")
        answer = await app.ask("DELETE", f"/groups/{group}/members/{ann}")

        assert refusal(answer) == (403, "Authorization_RequestDenied")
        assert await here.members(group) == [ann]
