"""What every Inspector promises: the fake, and Microsoft Graph as the stand-in speaks it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Protocol

import pytest

from b2b.domain.policy import InvitationsFrom
from b2b.domain.posture import Cause, NotReadable
from b2b.domain.posture.tenant import Authorization, GroupRules
from b2b.domain.request import GroupId
from b2b.ports import Inspector
from tests.domain.posture.tenants import SOUND
from tests.fakes.posture import FakeInspector
from tests.posture.scene import NOW, PARTNERS, Scene, scene

KNOWN = {PARTNERS: "Partners"}
GONE = {GroupId("00000000-0000-4000-8000-00000000dead"): "Gone"}


class Place(Protocol):
    """A tenant with an inspector, and hands to change it with."""

    @property
    def inspector(self) -> Inspector: ...

    def let_invite(self, setting: InvitationsFrom) -> None: ...

    def break_policies(self) -> None: ...


class InspectorContract:
    async def test_what_the_tenant_holds_is_told(self, place: Place) -> None:
        found = []
        for setting in InvitationsFrom:
            place.let_invite(setting)
            told = (await place.inspector.inspect(KNOWN, NOW)).authorization
            assert isinstance(told, Authorization)
            found.append(told.invitations_from)

        assert found == list(InvitationsFrom)

    async def test_a_source_that_cannot_be_read_says_so_and_leaves_the_others(
        self, place: Place
    ) -> None:
        place.break_policies()
        told = await place.inspector.inspect(KNOWN, NOW)

        assert isinstance(told.authorization, NotReadable)
        assert told.authorization.cause is Cause.ERROR
        assert not isinstance(told.licences, NotReadable)

    async def test_groups_of_the_policy_are_looked_for(self, place: Place) -> None:
        told = (await place.inspector.inspect(KNOWN | GONE, NOW)).group_rules

        assert isinstance(told, GroupRules)
        assert [one.partition(" ")[0] for one in told.refusing] == ["Gone"]

    async def test_looking_twice_tells_the_same(self, place: Place) -> None:
        first = await place.inspector.inspect(KNOWN, NOW)

        assert await place.inspector.inspect(KNOWN, NOW) == first


class FakePlace:
    def __init__(self) -> None:
        self.inspector = FakeInspector(SOUND, {PARTNERS})

    def let_invite(self, setting: InvitationsFrom) -> None:
        told = Authorization(invitations_from=setting, guest_access=None)
        self.inspector.tenant = replace(self.inspector.tenant, authorization=told)

    def break_policies(self) -> None:
        unread = NotReadable(cause=Cause.ERROR, sentence="The directory answered 500.")
        self.inspector.tenant = replace(self.inspector.tenant, authorization=unread)


class GraphPlace:
    def __init__(self, here: Scene) -> None:
        self.inspector, self._here = here.inspector, here

    def let_invite(self, setting: InvitationsFrom) -> None:
        world = self._here.directory.world
        world.tenant = world.tenant.changed({"allowInvitesFrom": str(setting)})

    def break_policies(self) -> None:
        self._here.fails("^/policies/authorizationPolicy", status=500, count=None)


class TestFakeInspector(InspectorContract):
    @pytest.fixture
    def place(self) -> Place:
        return FakePlace()


class TestGraphInspector(InspectorContract):
    @pytest.fixture
    async def place(self) -> AsyncIterator[Place]:
        async with scene() as here:
            yield GraphPlace(here)
