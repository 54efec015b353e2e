"""Graph is away for five minutes: nothing becomes a dead letter, and every row ends."""

import asyncio
from pathlib import Path

import pytest

from sandbox.demo.run import SEED
from tests.e2e import scene

pytestmark = pytest.mark.asyncio(loop_scope="session")
AWAY = 300  # seconds
ROWS = 200


@pytest.mark.soak
async def test_after_five_minutes_without_graph_every_row_ends_and_none_is_dead(
    tmp_path: Path,
) -> None:
    content = scene.HEADER + "".join(
        f"patient{number}@fabrikam.com,Patient,Partner-Aurora\n" for number in range(ROWS)
    )
    async with scene.street(tmp_path / "logs", SEED) as town:
        await town.put_example_policy()
        await town.start_host()
        await scene.order(town, path=".*", status=503, count=None)
        await scene.drop(town, "patient.csv", content)
        await asyncio.sleep(AWAY)  # the outage itself, not a way to wait for something
        dead = sum(count["deadLettered"] for count in (await scene.queues(town)).values())
        kept = await town.storage.names("dead-letters")
        await scene.fair_weather(town)
        await scene.wait_in_a_hurry(town, "patient.csv")
        ended = await scene.outcomes(town, "patient.csv")

    assert dead == 0
    assert kept == []
    assert set(ended.values()) == {("assigned", "")}
    assert len(ended) == ROWS
