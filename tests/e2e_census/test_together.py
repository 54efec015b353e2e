"""What the nightly functions leave for each other: export and posture stand in the census' page."""

import html
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from sandbox.town import Town
from tests.e2e import scene
from tests.e2e_sweep.tenant import SEED, address, policy

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("together")
    seed = folder / "seed.json"
    seed.write_text(json.dumps(SEED))
    async with scene.street(folder / "logs", seed) as running:
        await running.storage.put("config", "policy.toml", policy())
        yield running


async def test_the_page_shows_the_tenants_checks_and_the_months_active_guests(town: Town) -> None:
    await scene.post(f"{town.control}/sign-in", {"mail": address("in-order")})
    await town.start_host()
    day = f"{datetime.now(UTC):%Y-%m-%d}"

    for function in ("export_activity", "audit_tenant", "audit_guests"):
        async with httpx.AsyncClient(timeout=120) as client:
            url = town.admin(f"functions/{function}?wait=1")
            answer = await client.post(url, json={})
        assert answer.status_code == 200, answer.text

    page = html.unescape((await town.storage.read("reports", "latest.html")).decode())
    posture = json.loads(await town.storage.read("reports", f"posture/{day}/posture.json"))
    failed = [one["title"] for one in posture["checks"] if one["status"] == "failed"]
    census = json.loads(await town.storage.read("reports", f"census/{day}/census.json"))
    assert failed
    assert [title for title in failed if title not in page] == []
    (active,) = [one for one in census["limits"] if one["id"] == "monthly_active"]
    assert active["used"] == 1
