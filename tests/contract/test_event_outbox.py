"""What every outbox and every list of the awaited promise: the fakes, and Azure Tables."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from b2b.adapters.event_outbox import TableAwaited, TableOutbox
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.happening import ActionDue, Due, Happening, HappeningId, RowDue, What
from b2b.domain.lifecycle import ActionId, RunId
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId, RowRef
from b2b.ports.events import Awaited, Entry, Outbox
from tests.fakes.footing import Footing
from tests.fakes.outbox import FakeAwaited, FakeOutbox

NOW = datetime(2026, 11, 23, 9, 0, 0, 123456, UTC)
SECOND = timedelta(seconds=1)


def a_happening(subject: str, identity: str = "", at: datetime = NOW) -> Happening:
    return Happening(
        id=HappeningId(identity or uuid4().hex),
        what=What.REFUSED,
        subject=subject,
        at=at,
        guest=GuestId(subject),
        request="request",
        sender="portal",
        correlation="ö'1",
        status="refused",
        reason=Reason("code", "Sentence."),
    )


async def everything(outbox: Outbox) -> list[Entry]:
    found: list[Entry] = []
    while some := await outbox.waiting(found[-1].key if found else ""):
        found += some
    return found


class OutboxContract:
    async def test_what_was_noted_waits_the_oldest_first_and_comes_back_as_it_was(
        self, outbox: Outbox
    ) -> None:
        dues: list[Due] = [
            a_happening(uuid4().hex),
            ActionDue(RunId("2026-11-23"), ActionId("a" * 32)),
            RowDue(RowRef(BatchId(uuid4().hex), "00000002")),
        ]
        for number, due in enumerate(dues):
            await outbox.note(due, NOW - number * SECOND)
        found = await everything(outbox)

        assert [(one.due, one.at) for one in found] == [
            (due, NOW - number * SECOND) for number, due in reversed(list(enumerate(dues)))
        ]
        await outbox.drop(found)

    async def test_noted_twice_at_once_is_noted_once(self, outbox: Outbox) -> None:
        due = RowDue(RowRef(BatchId(uuid4().hex), "00000002"))
        await outbox.note(due, NOW)
        await outbox.note(due, NOW)
        found = await everything(outbox)

        assert len(found) == 1
        await outbox.drop(found)

    async def test_dropped_is_gone_and_may_be_dropped_again(self, outbox: Outbox) -> None:
        batch = BatchId(uuid4().hex)
        for line in range(130):
            await outbox.note(RowDue(RowRef.of_line(batch, line)), NOW + line * SECOND)
        found = await everything(outbox)
        await outbox.drop(found[:3])
        await outbox.drop(found)
        await outbox.drop(found[:1])

        assert len(found) == 130
        assert await everything(outbox) == []

    async def test_the_happenings_of_a_subject_are_numbered_without_gaps(
        self, outbox: Outbox
    ) -> None:
        subject, other = uuid4().hex, uuid4().hex
        numbered = [await outbox.number(a_happening(subject)) for _ in range(3)]

        assert [one.number for one in numbered] == [1, 2, 3]
        assert (await outbox.number(a_happening(other))).number == 1

    async def test_a_number_and_its_time_stay(self, outbox: Outbox) -> None:
        subject = uuid4().hex
        first = a_happening(subject, "first" + subject)
        await outbox.number(first)
        await outbox.number(a_happening(subject))
        again = await outbox.number(a_happening(subject, first.id, NOW + SECOND))

        assert (again.number, again.happening.at) == (1, NOW)

    async def test_numbers_and_times_stay_however_many_come_after(self, outbox: Outbox) -> None:
        subject = uuid4().hex
        told = [a_happening(subject, at=NOW + number * SECOND) for number in range(45)]
        given = [await outbox.number(one) for one in told]
        later = [replace(one, at=NOW + 100 * SECOND) for one in told]

        assert [one.number for one in given] == list(range(1, 46))
        assert [await outbox.number(one) for one in later] == given

    async def test_two_that_number_at_once_never_share_a_number(self, outbox: Outbox) -> None:
        subject = uuid4().hex

        async def one() -> int:
            happening = a_happening(subject)
            while True:
                try:
                    return (await outbox.number(happening)).number
                except TryLater:
                    await asyncio.sleep(0)

        assert sorted(await asyncio.gather(*(one() for _ in range(5)))) == [1, 2, 3, 4, 5]
        assert sorted(await asyncio.gather(*(one() for _ in range(25)))) == list(range(6, 31))


class TestFakeOutbox(OutboxContract):
    @pytest.fixture
    def outbox(self) -> Outbox:
        return FakeOutbox(Footing())


class TestTableOutbox(OutboxContract):
    @pytest_asyncio.fixture
    async def outbox(self, storage: str) -> AsyncIterator[Outbox]:
        async with TableServiceClient.from_connection_string(storage) as service:
            yield TableOutbox(service)


class AwaitedContract:
    async def test_the_awaited_are_listed_until_they_are_forgotten(self, awaited: Awaited) -> None:
        guests = [GuestId(str(uuid4())) for _ in range(20)]
        for guest in [*guests, guests[0]]:
            await awaited.expect(guest, Address(f"o'hara.{guest}@fabrikam.com"))
        listed = {one for one in await awaited.expected() if one[0] in guests}
        assert listed == {(one, Address(f"o'hara.{one}@fabrikam.com")) for one in guests}

        for guest in [*guests[1:], guests[1]]:
            await awaited.forget(guest)
        assert [one for one, _ in await awaited.expected()] == guests[:1]
        await awaited.forget(guests[0])


class TestFakeAwaited(AwaitedContract):
    @pytest.fixture
    def awaited(self) -> Awaited:
        return FakeAwaited(Footing())


class TestTableAwaited(AwaitedContract):
    @pytest_asyncio.fixture
    async def awaited(self, storage: str) -> AsyncIterator[Awaited]:
        async with TableServiceClient.from_connection_string(storage) as service:
            yield TableAwaited(service)
