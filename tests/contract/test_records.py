"""What every keeper of records promises: the fake, and Azure Tables through Azurite."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from azure.data.tables import EdmType, EntityProperty
from azure.data.tables.aio import TableServiceClient

from b2b.adapters.records import TableRecords
from b2b.ports.keeping import Records
from tests.fakes.footing import Footing
from tests.fakes.records import FakeRecords


def line(partition: str, row: str, **fields: object) -> bytes:
    entity = {"PartitionKey": partition, "RowKey": row, **fields}
    return json.dumps(entity, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


async def all_of(records: Records, table: str) -> list[bytes]:
    return [one async for one in records.lines(table)]


class RecordsContract:
    @pytest.fixture
    def table(self) -> str:
        return f"t{uuid4().hex}"

    async def test_lines_come_back_as_they_were_added(self, records: Records, table: str) -> None:
        lines = [line("p", f"{n:03d}", name="Jürgen", count=n, share=n / 4) for n in range(130)]
        lines += [line("q", "000", blocked=True)]
        added = await records.add(table, lines)

        assert added == 131
        assert await all_of(records, table) == lines

    async def test_what_is_there_stays_as_it_is(self, records: Records, table: str) -> None:
        await records.add(table, [line("p", "1", name="ours")])
        added = await records.add(table, [line("p", "1", name="older"), line("p", "2")])

        assert added == 1
        assert await all_of(records, table) == [line("p", "1", name="ours"), line("p", "2")]

    async def test_adding_twice_adds_nothing(self, records: Records, table: str) -> None:
        lines = [line("p", "1"), line("q", "1")]
        counted = [await records.add(table, lines) for _ in range(2)]

        assert counted == [2, 0]

    async def test_adding_nothing_makes_a_table(self, records: Records, table: str) -> None:
        assert await records.add(table, []) == 0
        assert table in await records.tables()
        assert await records.is_empty(table)

    async def test_a_table_that_is_not_there_has_no_lines(
        self, records: Records, table: str
    ) -> None:
        assert await all_of(records, table) == []
        assert await records.is_empty(table)

    async def test_a_table_with_one_entity_is_not_empty(self, records: Records, table: str) -> None:
        await records.add(table, [line("p", "1")])

        assert not await records.is_empty(table)


class TestFakeRecords(RecordsContract):
    @pytest.fixture
    def records(self) -> Records:
        return FakeRecords(Footing())


class TestTableRecords(RecordsContract):
    @pytest_asyncio.fixture
    async def service(self, storage: str) -> AsyncIterator[TableServiceClient]:
        async with TableServiceClient.from_connection_string(storage) as service:
            yield service

    @pytest.fixture
    def records(self, service: TableServiceClient) -> Records:
        return TableRecords(service)

    async def test_types_that_json_lacks_survive(
        self, service: TableServiceClient, table: str
    ) -> None:
        records = TableRecords(service)
        entity = {
            "PartitionKey": "p",
            "RowKey": "r",
            "at": datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC),
            "large": EntityProperty(2**40, EdmType.INT64),
            "raw": b"\x00\xff",
            "id": UUID(int=7),
            "whole": 3.0,
        }
        client = await service.create_table_if_not_exists(table)
        await client.create_entity(entity)
        lines = await all_of(records, table)
        await client.delete_entity("p", "r")
        await records.add(table, lines)
        found = await client.get_entity("p", "r")

        assert {name: found[name] for name in entity} == entity
        assert isinstance(found["whole"], float)

    async def test_the_hosts_own_tables_are_not_ours(self, service: TableServiceClient) -> None:
        await service.create_table_if_not_exists("AzureFunctionsDiagnosticEvents202611")

        assert "AzureFunctionsDiagnosticEvents202611" not in await TableRecords(service).tables()
