"""What the key of the seals promises: the fake, and Azure Tables through Azurite."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from b2b.adapters.records import TableRecords
from b2b.adapters.seal_key import SEALS, TableSealKey
from b2b.ports import SealKey
from tests.fakes.footing import Footing
from tests.fakes.seal_key import FakeSealKey


class SealKeyContract:
    async def test_the_key_is_long_and_stays_the_same(self, keys: list[SealKey]) -> None:
        first = await keys[0].seal_key()

        assert len(first) >= 16
        assert await keys[0].seal_key() == first

    async def test_two_processes_have_one_key(self, keys: list[SealKey]) -> None:
        found = await asyncio.gather(*(key.seal_key() for key in keys))

        assert len(set(found)) == 1


class TestFakeSealKey(SealKeyContract):
    @pytest.fixture
    def keys(self) -> list[SealKey]:
        return [FakeSealKey(Footing()) for _ in range(3)]


@pytest.mark.asyncio(loop_scope="class")
class TestTableSealKey(SealKeyContract):
    @pytest_asyncio.fixture(loop_scope="class")
    async def keys(self, storage: str) -> AsyncIterator[list[TableSealKey]]:
        async with TableServiceClient.from_connection_string(storage) as service:
            yield [TableSealKey(service) for _ in range(8)]

    async def test_the_key_is_in_no_snapshot(self, keys: list[TableSealKey], storage: str) -> None:
        await keys[0].seal_key()
        async with TableServiceClient.from_connection_string(storage) as service:
            assert SEALS not in await TableRecords(service).tables()
