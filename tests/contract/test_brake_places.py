"""What the places of a day promise: the fake, and Azure Tables through Azurite."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from b2b.adapters.brake_places import TableBrakePlaces
from b2b.domain.errors import TryLater
from b2b.domain.places import BrakeDecision, DayLimits, ManagedCounts, OverLimit, Wanted
from b2b.domain.policy import Effect
from b2b.ports import BrakePlaces
from tests.fakes.brake_places import FakeBrakePlaces
from tests.fakes.footing import Footing

LIMITS = DayLimits(5, {"small": 2})
PROCESSES, MESSAGES = 3, 16


def a_day() -> date:
    """A day of its own for each test: the table is shared."""
    return date(2000, 1, 1) + timedelta(days=uuid4().int % 300_000)


def wanted(day: date, count: int, partner: str = "big", name: str = "") -> Wanted:
    return Wanted(day, Effect.LEAVE, name or str(uuid4()), {partner: count})


async def places_given(
    places: BrakePlaces, asked: list[Wanted], limits: DayLimits
) -> list[OverLimit | None]:
    """Each until it has an answer: TryLater asks again."""

    async def answer(one: Wanted) -> OverLimit | None:
        while True:
            try:
                return await places.reserve(one, limits)
            except TryLater:
                continue

    return await asyncio.gather(*map(answer, asked))


class BrakePlacesContract:
    async def test_places_are_given_up_to_the_limit(self, places: BrakePlaces) -> None:
        day = a_day()
        assert await places.reserve(wanted(day, 3), LIMITS) is None
        over = await places.reserve(wanted(day, 3), LIMITS)
        assert over == OverLimit(Effect.LEAVE, "", 6, 5)
        assert await places.reserve(wanted(day, 2), LIMITS) is None
        assert await places.reserve(wanted(day, 1), LIMITS) is not None

    async def test_a_partner_has_a_limit_of_its_own(self, places: BrakePlaces) -> None:
        day = a_day()
        assert await places.reserve(wanted(day, 2, "small"), LIMITS) is None
        over = await places.reserve(wanted(day, 1, "small"), LIMITS)
        assert over == OverLimit(Effect.LEAVE, "small", 3, 2)
        assert await places.reserve(wanted(day, 3), LIMITS) is None

    async def test_the_same_id_never_counts_twice(self, places: BrakePlaces) -> None:
        day = a_day()
        first = wanted(day, 5)
        for _ in range(3):
            assert await places.reserve(first, LIMITS) is None
        assert await places.reserve(replace(first, guests={"big": 6}), LIMITS) is not None
        assert await places.reserve(wanted(day, 1), LIMITS) is not None

    async def test_what_an_id_holds_is_told(self, places: BrakePlaces) -> None:
        day, first = a_day(), wanted(a_day(), 1)
        assert await places.held(first.day, Effect.LEAVE, first.id) == {}
        await places.reserve(first, LIMITS)
        await places.reserve(wanted(day, 6, name=first.id), LIMITS)  # not reserved
        assert await places.held(first.day, Effect.LEAVE, first.id) == {"big": 1}
        assert await places.held(day, Effect.LEAVE, first.id) == {}

    async def test_an_id_that_grows_reserves_what_it_lacks(self, places: BrakePlaces) -> None:
        first = wanted(a_day(), 2)
        assert await places.reserve(first, LIMITS) is None
        more = replace(first, guests={"big": 3, "small": 1})
        assert await places.reserve(more, LIMITS) is None
        over = await places.reserve(replace(first, guests={"big": 5}), LIMITS)
        assert over == OverLimit(Effect.LEAVE, "", 6, 5)

    async def test_days_and_effects_are_counted_apart(self, places: BrakePlaces) -> None:
        day = a_day()
        assert await places.reserve(wanted(day, 5), LIMITS) is None
        other = replace(wanted(day, 5), effect=Effect.INVITE)
        assert await places.reserve(other, LIMITS) is None
        assert await places.reserve(wanted(day + timedelta(days=300_000), 5), LIMITS) is None

    async def test_the_first_counts_of_a_day_stay(self, places: BrakePlaces) -> None:
        day, counts = a_day(), ManagedCounts(7, {"big": 7})
        assert await places.managed(day, Effect.LEAVE) is None
        assert await places.keep_managed(day, Effect.LEAVE, counts) == counts
        assert await places.keep_managed(day, Effect.LEAVE, ManagedCounts(1)) == counts
        assert await places.managed(day, Effect.LEAVE) == counts

    async def test_decisions_are_kept_in_their_order(self, places: BrakePlaces) -> None:
        batch, now = str(uuid4()), datetime(2026, 11, 23, 9, tzinfo=UTC)
        first = BrakeDecision(batch, now, "operator-1", 7, released=False)
        second = BrakeDecision(batch, now + timedelta(days=1), "operator-2", 6, released=True)
        await places.record(first)
        await places.record(second)
        assert await places.decisions(batch) == [first, second]
        assert await places.decisions(str(uuid4())) == []

    async def test_many_at_once_never_pass_the_limit(self, places: BrakePlaces) -> None:
        day = a_day()
        answers = await places_given(places, [wanted(day, 1) for _ in range(16)], LIMITS)
        assert answers.count(None) == 5


class TestFakeBrakePlaces(BrakePlacesContract):
    @pytest.fixture
    def places(self) -> BrakePlaces:
        return FakeBrakePlaces(Footing())


@pytest.mark.asyncio(loop_scope="session")
class TestTableBrakePlaces(BrakePlacesContract):
    @pytest_asyncio.fixture(loop_scope="session")
    async def places(self, storage: str) -> AsyncIterator[BrakePlaces]:
        async with TableServiceClient.from_connection_string(storage) as service:
            yield TableBrakePlaces(service)

    async def test_three_processes_never_pass_the_limit(self, storage: str) -> None:
        """Each message comes twice, in two of the processes."""
        day = a_day()
        names = [str(uuid4()) for _ in range(PROCESSES * MESSAGES // 2)]
        turns = [(names * 2)[number::PROCESSES] for number in range(PROCESSES)]
        with get_context("spawn").Pool(PROCESSES) as pool:
            asked = [(storage, day, turn) for turn in turns]
            given = await asyncio.to_thread(pool.starmap, _in_a_process, asked)
        assert len({name for names in given for name in names}) == LIMITS.total


def _in_a_process(storage: str, day: date, names: list[str]) -> list[str]:
    """Returns the ids that got a place."""

    async def ask() -> list[str]:
        async with TableServiceClient.from_connection_string(storage) as service:
            asked = [wanted(day, 1, name=name) for name in names]
            answers = await places_given(TableBrakePlaces(service), asked, LIMITS)
        return [name for name, answer in zip(names, answers, strict=True) if answer is None]

    return asyncio.run(ask())
