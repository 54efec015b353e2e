"""The function on a host, and the command: the same figures, from the directory over the wire."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from sandbox.town import Town
from tests.e2e import scene
from tests.e2e_sweep.tenant import SEED, policy

pytestmark = pytest.mark.asyncio(loop_scope="module")
FILES = {"census.json", "guests.csv", "report.html"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("census")
    seed = folder / "seed.json"
    seed.write_text(json.dumps(SEED))
    async with scene.street(folder / "logs", seed) as running:
        await running.storage.put("config", "policy.toml", policy())
        yield running


async def test_the_function_leaves_the_report_and_the_command_counts_the_same(
    town: Town, tmp_path: Path
) -> None:
    await town.start_host()
    day = f"{datetime.now(UTC):%Y-%m-%d}"

    async with httpx.AsyncClient(timeout=120) as client:
        url = town.admin("functions/audit_guests?wait=1")
        answer = await client.post(url, json={})
    assert answer.status_code == 200, answer.text
    shown = await _command(town, "census", "--out", str(tmp_path))
    quick = await _command(town, "census", "--counts")

    left = {name for name in await town.storage.names("reports") if name.startswith("census/")}
    assert {name.rpartition("/")[2] for name in left} == FILES
    by_function = json.loads(await town.storage.read("reports", f"census/{day}/census.json"))
    by_command = json.loads((tmp_path / "census.json").read_text())
    assert by_command == by_function
    page = await town.storage.read("reports", "latest.html")
    assert page == await town.storage.read("reports", f"census/{day}/report.html")
    assert page == (tmp_path / "report.html").read_bytes()
    guests = len((await town.get(f"{town.control}/state"))["guests"])
    assert by_function["counts"]["guests"] == guests
    assert f"{guests} guests on {day}" in shown
    assert str(guests) in quick
    counters = await town.get(f"{town.control}/counters")
    assert counters["writes"] == 0


async def _command(town: Town, *words: str) -> str:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "b2b", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **town.settings, "COLUMNS": "140"},
    )
    out, errors = await child.communicate()
    assert child.returncode == 0, errors.decode() + out.decode()
    return out.decode()
