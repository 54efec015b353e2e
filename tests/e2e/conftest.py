"""Towns for the tests: one that only ever sees the sample, and one with bad weather."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from rich.console import Console

from sandbox.demo.run import SAMPLE, SEED, Demo
from sandbox.town import Town
from tests.e2e import scene
from tests.e2e.scene import Row


@dataclass(frozen=True, slots=True)
class Ran:
    """A town after the demo, and what was to be seen there then."""

    town: Town
    out: Path
    code: int
    shown: str
    summary: dict[str, Any]
    rows: list[Row]
    state: dict[str, Any]
    counters: dict[str, Any]
    mails: list[dict[str, Any]]
    queues: dict[str, dict[str, int]]

    @property
    def batch(self) -> str:
        return str(self.summary["batch"])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sample(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ran]:
    out = tmp_path_factory.mktemp("sample")
    console = Console(record=True, width=200, file=(out / "shown.txt").open("w"))
    async with scene.street(out / "logs", SEED) as town:
        code = await Demo(console=console, out=out, patience=scene.PATIENCE).run_in(town)
        console.file.close()
        summary = await scene.settled(town, SAMPLE.name)
        await scene.wait_until_quiet(town)
        yield Ran(
            town=town,
            out=out,
            code=code,
            shown=console.export_text(),
            summary=dict(summary),
            rows=await scene.rows_of(town, summary["batch"]),
            state=await town.get(f"{town.control}/state"),
            counters=await town.get(f"{town.control}/counters"),
            mails=await town.get(f"{town.control}/mails"),
            queues=await scene.queues(town),
        )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def calm_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Here no message may crash the app: tests count its deliveries."""
    async with scene.street(tmp_path_factory.mktemp("calm") / "logs", SEED) as town:
        await town.put_example_policy()
        await town.start_host()
        yield town


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rough_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Here anything may happen."""
    async with scene.street(tmp_path_factory.mktemp("rough") / "logs", SEED) as town:
        await town.put_example_policy()
        await town.start_host()
        yield town


@pytest_asyncio.fixture(loop_scope="session")
async def town(rough_town: Town) -> AsyncIterator[Town]:
    """Each test has files and addresses of its own; the weather is put right afterwards."""
    yield rough_town
    await scene.fair_weather(rough_town)
