"""What giving access costs: directory writes, counted by the directory itself."""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from azure.core.credentials import AccessToken

from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.directory import GraphDirectory
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.request import GroupId
from sandbox.directory import Directory

GROUPS = tuple(GroupId(f"00000000-0000-4000-8000-0000000000a{n}") for n in range(1, 6))
SCOPE = "https://graph.microsoft.com/.default"
ROLES = ("User.Invite.All", "User.Read.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All")


@dataclass(frozen=True, slots=True)
class _Signed:
    token: str

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken(self.token, int(time.time()) + 3600)

    async def close(self) -> None: ...

    async def __aenter__(self) -> "_Signed":
        return self

    async def __aexit__(self, *failure: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Scene:
    stand_in: Directory
    graph: GraphDirectory
    guests: Sequence[GuestId]

    async def get(self, what: str) -> Any:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{self.stand_in.origin}/sandbox/{what}")).json()

    async def post(self, what: str, body: Any) -> None:
        async with httpx.AsyncClient() as client:
            (
                await client.post(f"{self.stand_in.origin}/sandbox/{what}", json=body)
            ).raise_for_status()

    async def writes(self) -> int:
        return int((await self.get("counters"))["writes"])

    async def members(self, group: GroupId) -> set[str]:
        found = (await self.get("state"))["groups"]
        return next(set(one["members"]) for one in found if one["id"] == group)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    seed = {
        "madeUp": 110,
        "groups": [{"id": group, "displayName": f"Group {group[-2:]}"} for group in GROUPS],
    }
    async with Directory.running(seed=seed) as stand_in:
        adapter = connect(_Signed(stand_in.token(*ROLES)), stand_in.url, SCOPE)
        graph = GraphDirectory(adapter, "sandbox.onmicrosoft.com")
        async with httpx.AsyncClient() as client:
            state = (await client.get(f"{stand_in.origin}/sandbox/state")).json()
        yield Scene(stand_in, graph, [GuestId(guest["id"]) for guest in state["guests"]])


@pytest.mark.parametrize(("guests", "writes"), [(1, 1), (19, 1), (20, 1), (21, 2), (100, 5)])
async def test_twenty_guests_of_a_group_are_one_write(
    scene: Scene, guests: int, writes: int
) -> None:
    wanted = scene.guests[:guests]

    membership = await scene.graph.add_members(GROUPS[0], wanted)

    assert (membership.refused, membership.later) == ({}, {})
    assert await scene.writes() == writes
    assert await scene.members(GROUPS[0]) == set(wanted)


async def test_one_who_is_a_member_already_costs_one_write_more_and_counts_as_done(
    scene: Scene,
) -> None:
    await scene.graph.add_members(GROUPS[0], scene.guests[7:8])

    membership = await scene.graph.add_members(GROUPS[0], scene.guests[:20])

    assert (membership.refused, membership.later) == ({}, {})
    assert await scene.writes() == 1 + 2
    assert await scene.members(GROUPS[0]) == set(scene.guests[:20])


async def test_twenty_who_are_members_already_are_not_written_again(scene: Scene) -> None:
    await scene.graph.add_members(GROUPS[0], scene.guests[:20])

    await scene.graph.add_members(GROUPS[0], scene.guests[:20])

    assert await scene.writes() == 1 + 1


async def test_one_who_is_not_there_yet_is_asked_for_later_and_holds_up_nobody(
    scene: Scene,
) -> None:
    unseen = GuestId("00000000-0000-4000-8000-00000000dead")

    membership = await scene.graph.add_members(GROUPS[0], [*scene.guests[:19], unseen])

    assert set(membership.later) == {unseen}
    assert await scene.members(GROUPS[0]) == set(scene.guests[:19])
    assert await scene.writes() == 2


async def test_one_who_is_seen_but_cannot_be_referred_to_yet_is_found_by_halving(
    scene: Scene,
) -> None:
    """Between replicas a guest answers to GET while the group does not take it yet."""
    shy = scene.guests[3]
    fault = {
        "method": "PATCH",
        "path": "/groups/",
        "body_has": shy,
        "status": 400,
        "code": "Request_BadRequest",
        "message": "Not a valid reference update",
        "count": 1000,
    }
    await scene.post("faults", [fault])

    membership = await scene.graph.add_members(GROUPS[0], scene.guests[:20])

    assert set(membership.later) == {shy}
    assert await scene.members(GROUPS[0]) == set(scene.guests[:20]) - {shy}


async def test_a_group_that_takes_nobody_is_told_from_guests_that_cannot_be_taken(
    scene: Scene,
) -> None:
    with pytest.raises(Refused) as refusal:
        await scene.graph.add_members(
            GroupId("00000000-0000-4000-8000-00000000beef"), scene.guests[:20]
        )

    assert refusal.value.reason.code == "group_not_found"
