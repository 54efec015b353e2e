"""What is promised of sponsors: the fake, and Graph as the stand-in speaks it."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from b2b.adapters.graph.colleagues import GraphColleagues
from b2b.adapters.graph.connection import connect
from b2b.domain.guest import GuestId
from b2b.domain.sponsor import SponsorId
from b2b.ports import Colleagues, SponsorLinks
from sandbox.directory import Directory as StandIn
from sandbox.directory.newcomers import identity_of
from tests.adapters.standin import SCOPE, Token
from tests.fakes.colleagues import FakeColleagues
from tests.fakes.footing import Footing

BOSS, CHIEF, ILL = "boss@contoso.com", "chief@contoso.com", "ill@contoso.com"
LENA = GuestId(identity_of("lena@fabrikam.com"))
MANY = 300


class Staff(ABC):
    """The boss and the chief are at work, somebody is ill, and Lena is a guest."""

    colleagues: Colleagues
    links: SponsorLinks

    @abstractmethod
    def sponsors(self) -> set[str]:
        """Of Lena, as the directory shows them."""

    async def id_of(self, address: str) -> SponsorId:
        return (await self.colleagues.colleagues([address]))[address].id


class StaffContract:
    async def test_those_at_work_are_told_from_those_who_are_not(self, staff: Staff) -> None:
        found = await staff.colleagues.colleagues([BOSS, ILL])

        assert (found[BOSS].at_work, found[ILL].at_work) == (True, False)
        assert found[BOSS].id != found[ILL].id

    async def test_nobody_else_is_told(self, staff: Staff) -> None:
        asked = ["nobody@elsewhere.example", "lena@fabrikam.com", "o'hara@elsewhere.example"]

        assert await staff.colleagues.colleagues(asked) == {}
        assert await staff.colleagues.colleagues([]) == {}

    async def test_case_does_not_count(self, staff: Staff) -> None:
        assert set(await staff.colleagues.colleagues([BOSS.upper()])) == {BOSS}

    async def test_many_are_found_at_once(self, staff: Staff) -> None:
        some = [f"nobody-{n}@elsewhere.example" for n in range(MANY)]

        assert set(await staff.colleagues.colleagues([*some, BOSS, CHIEF])) == {BOSS, CHIEF}

    async def test_a_sponsor_is_written_and_handed_over(self, staff: Staff) -> None:
        boss, chief = await staff.id_of(BOSS), await staff.id_of(CHIEF)
        await staff.links.hand_over(LENA, boss, None)
        first = staff.sponsors()
        for _ in range(2):
            await staff.links.hand_over(LENA, chief, boss)

        assert (first, staff.sponsors()) == ({boss}, {chief})

    async def test_other_sponsors_stay(self, staff: Staff) -> None:
        boss, chief = await staff.id_of(BOSS), await staff.id_of(CHIEF)
        await staff.links.hand_over(LENA, boss, None)
        await staff.links.hand_over(LENA, chief, await staff.id_of(ILL))

        assert staff.sponsors() == {boss, chief}


class FakeStaff(Staff):
    def __init__(self) -> None:
        self.colleagues = self.links = self.fake = FakeColleagues(Footing())
        self.fake.blocked.add(ILL)

    def sponsors(self) -> set[str]:
        return set(map(str, self.fake.links[LENA]))


class GraphStaff(Staff):
    def __init__(self, stand_in: StandIn, adapter: GraphColleagues) -> None:
        self.colleagues = self.links = adapter
        self.stand_in = stand_in

    def sponsors(self) -> set[str]:
        return set(self.stand_in.world.store.users[LENA].read("sponsors"))


class TestFakeStaff(StaffContract):
    @pytest.fixture
    def staff(self) -> Staff:
        return FakeStaff()


class TestGraphStaff(StaffContract):
    @pytest_asyncio.fixture
    async def staff(self) -> AsyncIterator[Staff]:
        users = [
            {"mail": BOSS, "userType": "Member"},
            {"mail": CHIEF, "userType": "Member"},
            {"mail": ILL, "userType": "Member", "accountEnabled": False},
            {"mail": "lena@fabrikam.com"},
        ]
        async with StandIn.running(quotas=False, seed={"users": users}) as stand_in:
            token = stand_in.token("User.Read.All", "User.ReadWrite.All")
            adapter = connect(Token(token), stand_in.url, SCOPE)
            yield GraphStaff(stand_in, GraphColleagues(adapter))
