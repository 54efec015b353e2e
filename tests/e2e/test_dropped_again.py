"""The sample once more, under its own name and under another: nothing happens twice."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import pytest
import pytest_asyncio

from sandbox.demo.run import SAMPLE
from tests.e2e import scene
from tests.e2e.conftest import Ran
from tests.e2e.sample import FAILS_IN_DIRECTORY, expected
from tests.e2e.scene import Row

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True, slots=True)
class Again:
    first: Ran
    rows: list[Row]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def again(sample: Ran) -> AsyncIterator[Again]:
    for number, name in enumerate((SAMPLE.name, "copy of guests.csv"), start=2):
        await scene.drop(sample.town, name, SAMPLE.read_bytes())
        await scene.until(partial(_taken_in, sample, number))
        await scene.wait_until_quiet(sample.town)
    yield Again(sample, await scene.rows_of(sample.town, sample.batch))


async def _taken_in(sample: Ran, times: int) -> bool:
    tally = await scene.tally(sample.town, "take_in_upload")
    return tally["invocations"] == times and not tally["running"]


async def test_each_row_keeps_its_outcome(again: Again) -> None:
    assert again.rows == again.first.rows


async def test_both_copies_are_one_batch(again: Again) -> None:
    assert set(await again.first.town.storage.summaries()) == {again.first.batch}


async def test_nobody_is_mailed_a_second_time(again: Again) -> None:
    mails = await again.first.town.get(f"{again.first.town.control}/mails")

    assert mails == again.first.mails


async def test_guests_and_groups_stay_as_they_were(again: Again) -> None:
    state = await again.first.town.get(f"{again.first.town.control}/state")

    assert state["guests"] == again.first.state["guests"]
    assert await scene.members(again.first.town) == expected().groups


async def test_only_what_was_refused_is_asked_for_again(again: Again) -> None:
    counters = await again.first.town.get(f"{again.first.town.control}/counters")
    asked = counters["batches"] - again.first.counters["batches"]

    refused_by_directory = 4  # a member, the recycle bin, a blocked guest, a malformed address
    assert again.rows[FAILS_IN_DIRECTORY - 2]["reason"] == "directory_refused"
    assert counters["invitations"] == again.first.counters["invitations"]
    assert asked == 2 * refused_by_directory
