"""What our record of removals promises: the fake, and Azure Tables through Azurite."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from b2b.adapters.access_removals import TableAccessRemovals
from b2b.domain.access_removal import AccessKind, AccessRemoval, RemovalStage
from b2b.domain.guest import GuestId
from b2b.domain.request import Address, BatchId, RowRef
from b2b.flows.day_book import book_of
from b2b.ports import AccessRemovals
from tests.fakes.access_removals import FakeAccessRemovals
from tests.fakes.footing import Footing

NOW = datetime(2026, 11, 23, 23, 59, 59, 123456, UTC)


def a_removal(**traits: Any) -> AccessRemoval:
    usual: dict[str, Any] = {
        "row": RowRef.of_line(BatchId(uuid4().hex), 2),
        "generation": 0,
        "email": Address("o'lena@fabrikam.com"),
        "sender": "uploads",
        "guest": GuestId(str(uuid4())),
        "kind": AccessKind.GROUP,
        "target": str(uuid4()),
        "at": NOW,
    }
    return AccessRemoval(**usual | traits)


class AccessRemovalsContract:
    @pytest.mark.parametrize(
        "traits",
        [
            {},
            {
                "kind": AccessKind.PACKAGE,
                "assignment_policy": "p",
                "ends_on": date(2027, 1, 31),
                "generation": 3,
            },
        ],
    )
    async def test_it_comes_back_as_it_was_kept(
        self, removals: AccessRemovals, traits: dict[str, Any]
    ) -> None:
        removal = a_removal(**traits)
        await removals.intend(removal)

        assert await removals.of_batch(removal.row.batch) == [removal]
        assert await removals.of_guest(removal.guest) == [removal]

    async def test_a_second_intent_changes_nothing(self, removals: AccessRemovals) -> None:
        removal = a_removal()
        await removals.intend(removal)
        await removals.confirm(removal)
        await removals.intend(replace(removal, at=NOW + timedelta(days=1)))

        (kept,) = await removals.of_batch(removal.row.batch)
        assert kept == replace(removal, stage=RemovalStage.TAKEN)

    async def test_what_was_not_intended_is_not_confirmed(self, removals: AccessRemovals) -> None:
        removal = a_removal()
        await removals.confirm(removal)
        await removals.withdraw(removal)

        assert await removals.of_batch(removal.row.batch) == []

    async def test_only_what_is_not_confirmed_is_withdrawn(self, removals: AccessRemovals) -> None:
        kept = a_removal()
        gone = a_removal(row=kept.row)
        for removal in (kept, gone):
            await removals.intend(removal)
        await removals.confirm(kept)
        for removal in (kept, gone):
            await removals.withdraw(removal)

        found = await removals.of_batch(kept.row.batch)
        assert found == [replace(kept, stage=RemovalStage.TAKEN)]

    async def test_a_day_holds_what_messages_took_on_it(self, removals: AccessRemovals) -> None:
        by_message = a_removal(sender="hr")
        later = a_removal(sender="hr", at=NOW + timedelta(seconds=1))
        for removal in (a_removal(), by_message, later):
            await removals.intend(removal)
        mine = (by_message.id, later.id)
        found = await removals.of_batch(book_of(NOW.date()))

        assert [one for one in found if one.id in mine] == [by_message]
        assert {one.sender for one in found} == {"hr"}


class TestFakeAccessRemovals(AccessRemovalsContract):
    @pytest.fixture
    def removals(self) -> AccessRemovals:
        return FakeAccessRemovals(Footing())


@pytest.mark.asyncio(loop_scope="session")
class TestTableAccessRemovals(AccessRemovalsContract):
    @pytest_asyncio.fixture(loop_scope="session")
    async def removals(self, storage: str) -> AsyncIterator[AccessRemovals]:
        async with TableServiceClient.from_connection_string(storage) as service:
            yield TableAccessRemovals(service)
