"""What our record of packages promises: the fake, and Azure Tables through Azurite."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from b2b.adapters.grants import TableGrants
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.packages import AccessPackageId, Errand, Grant, PackageRequestId
from b2b.domain.policy import AccessPackage, AssignmentPolicyId
from b2b.domain.reason import Reason
from b2b.ports import Grants
from tests.fakes.footing import Footing
from tests.fakes.grants import FakeGrants

NOW = datetime(2026, 11, 23, 9, 0, 0, 123456, UTC)


def a_grant(guest: GuestId | None = None, number: int = 1) -> Grant:
    return Grant(
        guest=guest or GuestId(str(uuid4())),
        package=AccessPackage(
            AccessPackageId(f"00000000-0000-4000-8000-00000000000{number}"),
            AssignmentPolicyId("00000000-0000-4000-8000-0000000000c1"),
        ),
        errand=Errand.GIVE,
        since=NOW,
        ticket="request.0",
        until=date(2027, 1, 31),
    )


class GrantsContract:
    async def test_what_nobody_kept_is_none(self, grants: Grants) -> None:
        unknown = a_grant()

        assert await grants.grant(unknown.guest, unknown.package.package) is None
        assert await grants.grants_of(unknown.guest) == []

    @pytest.mark.parametrize(
        "grant",
        [
            a_grant(),
            replace(
                a_grant(),
                errand=Errand.NONE,
                until=None,
                request=PackageRequestId("r"),
                done_for="request.0",
                given=True,
            ),
            replace(a_grant(), refusal=Reason("package_refused", "Outside the scope.")),
        ],
    )
    async def test_a_grant_comes_back_as_it_was_kept(self, grants: Grants, grant: Grant) -> None:
        mine = replace(grant, guest=GuestId(str(uuid4())))
        kept = await grants.keep_grant(mine)

        assert kept.version is not None
        assert replace(kept, version=None) == mine
        assert await grants.grant(mine.guest, mine.package.package) == kept

    async def test_of_two_writers_the_second_steps_back(self, grants: Grants) -> None:
        first = await grants.keep_grant(a_grant())
        with pytest.raises(TryLater):
            await grants.keep_grant(replace(first, version=None))
        second = await grants.keep_grant(replace(first, given=True))
        with pytest.raises(TryLater):
            await grants.keep_grant(replace(first, ticket="another"))

        assert await grants.grant(first.guest, first.package.package) == second

    async def test_the_grants_of_a_guest_are_those_of_that_guest(self, grants: Grants) -> None:
        one = await grants.keep_grant(a_grant())
        two = await grants.keep_grant(a_grant(one.guest, 2))
        await grants.keep_grant(a_grant())

        found = await grants.grants_of(one.guest)
        assert sorted(found, key=lambda grant: grant.package.package) == [one, two]


class TestFakeGrants(GrantsContract):
    @pytest.fixture
    def grants(self) -> Grants:
        return FakeGrants(Footing())


@pytest.mark.asyncio(loop_scope="session")
class TestTableGrants(GrantsContract):
    @pytest_asyncio.fixture(loop_scope="session")
    async def grants(self, storage: str) -> AsyncIterator[Grants]:
        async with TableServiceClient.from_connection_string(storage) as service:
            yield TableGrants(service)
