"""Who is in a group, and which groups somebody is in."""

from typing import Any

import pytest

from tests.sandbox.directory.scene import EVENTUAL, Scene, names, refusal

NOBODY = "00000000-0000-4000-8000-000000000000"


class TestMembers:
    """Reading who is in a group."""

    async def _nested(self, here: Scene) -> tuple[str, str]:
        outer, inner = await here.group("Empty"), await here.group("Partners")
        await here.add(outer, inner)
        await here.add(outer, await here.id_of("mia@home.example"))
        await here.add(inner, outer)  # a circle must not hurt
        return outer, inner

    async def test_members_carry_their_type(self, here: Scene) -> None:
        outer, _ = await self._nested(here)
        found = (await here.get(f"/groups/{outer}/members")).json()["value"]

        assert [(one["@odata.type"], one["displayName"]) for one in found] == [
            ("#microsoft.graph.group", "Partners"),
            ("#microsoft.graph.user", "Mia"),
        ]

    async def test_transitive_members_include_the_inner_ones(self, here: Scene) -> None:
        outer, _ = await self._nested(here)
        found = (await here.get(f"/groups/{outer}/transitiveMembers")).json()["value"]

        assert {one["displayName"] for one in found} == {"Partners", "Mia", "Ann", "Empty"}

    @pytest.mark.parametrize("collection", ["members", "transitiveMembers"])
    async def test_a_cast_is_an_advanced_query(self, here: Scene, collection: str) -> None:
        outer, inner = await self._nested(here)
        group = inner if collection == "members" else outer
        path = f"/groups/{group}/{collection}/microsoft.graph.user"
        guests: dict[str, Any] = {"filter": "userType eq 'Guest'"}

        assert refusal(await here.get(path, **guests)) == (400, "Request_UnsupportedQuery")
        assert names(await here.advanced(path, **guests)) == ["Ann"]

    async def test_members_are_counted(self, here: Scene) -> None:
        outer, _ = await self._nested(here)
        path = f"/groups/{outer}/members/$count"

        assert refusal(await here.get(path)) == (400, "Request_BadRequest")
        assert (await here.get(path, EVENTUAL)).text == "2"

    async def test_members_come_in_pages(self, here: Scene) -> None:
        await here.seed(madeUp=5)
        group = await here.group("Empty")
        users = (await here.get("/users", select="id")).json()["value"]
        for user in users:
            await here.add(group, user["id"])
        first = (await here.get(f"/groups/{group}/members", top=6)).json()
        second = (await here.ask("GET", first["@odata.nextLink"])).json()

        assert len(first["value"]) == 6
        assert len(second["value"]) == len(users) - 6
        assert first["value"][-1]["id"] != second["value"][0]["id"]

    async def test_without_user_permission_only_the_outline_is_told(self, here: Scene) -> None:
        group = await here.group("Partners")
        app = here.as_app("GroupMember.Read.All")
        member = (await app.get(f"/groups/{group}/members")).json()["value"][0]

        told = {name for name, value in member.items() if value}
        assert told == {"@odata.type", "id"}


class TestGroupsOf:
    """Reading which groups somebody is in."""

    async def _nested(self, here: Scene) -> dict[str, str]:
        ids = {name: await here.group(name) for name in ("Empty", "Partners")}
        await here.add(ids["Empty"], ids["Partners"])
        return ids | {"ann": await here.id_of("ann@partner.example")}

    async def test_direct_and_transitive(self, here: Scene) -> None:
        ids = await self._nested(here)

        assert names(await here.get(f"/users/{ids['ann']}/memberOf")) == ["Partners"]
        everything = await here.get(f"/users/{ids['ann']}/transitiveMemberOf")
        assert names(everything) == ["Partners", "Empty"]

    async def test_the_cast_is_an_advanced_query(self, here: Scene) -> None:
        ids = await self._nested(here)
        path = f"/users/{ids['ann']}/transitiveMemberOf/microsoft.graph.group"

        assert refusal(await here.get(path)) == (400, "Request_UnsupportedQuery")
        assert names(await here.advanced(path)) == ["Partners", "Empty"]

    async def test_checking_is_transitive(self, here: Scene) -> None:
        ids = await self._nested(here)
        body = {"groupIds": [ids["Empty"], NOBODY]}
        answer = await here.ask("POST", f"/users/{ids['ann']}/checkMemberGroups", body)

        assert answer.json()["value"] == [ids["Empty"]]
        assert answer.headers["x-ms-resource-unit"] == "4"

    @pytest.mark.parametrize(("number", "status"), [(20, 200), (21, 400)])
    async def test_twenty_groups_can_be_checked(
        self, here: Scene, number: int, status: int
    ) -> None:
        ids = await self._nested(here)
        body = {"groupIds": [NOBODY] * number}
        answer = await here.ask("POST", f"/users/{ids['ann']}/checkMemberGroups", body)

        assert answer.status_code == status

    async def test_all_group_ids_in_one_answer(self, here: Scene) -> None:
        ids = await self._nested(here)
        path = f"/users/{ids['ann']}/getMemberGroups"
        answer = await here.ask("POST", path, {"securityEnabledOnly": True})

        assert answer.json()["value"] == [ids["Partners"], ids["Empty"]]

    async def test_who_may_not_read_groups_learns_only_that_they_are_there(
        self, here: Scene
    ) -> None:
        ids = await self._nested(here)
        app = here.as_app("User.Read.All")
        found = (await app.get(f"/users/{ids['ann']}/transitiveMemberOf")).json()["value"]

        assert [one["id"] for one in found] == [ids["Partners"], ids["Empty"]]
        assert {one["displayName"] for one in found} == {None}
