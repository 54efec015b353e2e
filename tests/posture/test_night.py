"""The audit as it runs: from the timer to the report, and the command at the terminal."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from sandbox.town import Town
from tests.e2e import scene
from tests.posture.scene import ANN, IN_ORDER, MIA, PARTNERS, SEED

pytestmark = pytest.mark.asyncio(loop_scope="module")
POLICY = f"""
own_domains = ["home.example"]
[[partners]]
name = "Partner"
domains = ["partner.example"]
sponsor = "{MIA}"
groups = {{ Partners = "{PARTNERS}" }}
[posture]
invitations_from = "adminsGuestInvitersAndAllMembers"
"""
TENANT = {"id": "00000000-0000-4000-8000-000000000001", "verifiedDomains": ["home.example"]}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("posture")
    seed = folder / "seed.json"
    seed.write_text(json.dumps(SEED | {"tenant": TENANT | IN_ORDER}))
    async with scene.street(folder / "logs", seed) as running:
        await running.storage.put("config", "policy.toml", POLICY.encode())
        yield running


async def change(town: Town, **settings: Any) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.put(f"{town.control}/tenant", json=settings)
        assert answer.status_code == 200, answer.text


async def check(town: Town, *words: str, **environment: str) -> tuple[int, str, str]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "b2b", "tenant", "check", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **town.settings, "COLUMNS": "160"} | environment,
    )
    out, errors = await child.communicate()
    return child.returncode or 0, out.decode(), errors.decode()


async def test_a_tenant_in_order_exits_with_0_and_nothing_is_written(town: Town) -> None:
    code, out, errors = await check(town, "--json")

    assert code == 0, errors + out
    told = json.loads(out)
    statuses = {one["id"]: one["status"] for one in told["checks"]}
    assert statuses.pop("signins.odd") == "not_checked"
    assert set(statuses.values()) == {"passed"}
    assert told["requests"]["protection"] == 3
    assert (await town.get(f"{town.control}/counters"))["writes"] == 0
    assert "reports" not in str(await town.storage.names("reports"))


async def test_a_fault_exits_with_1_and_the_table_says_what_to_do(town: Town) -> None:
    await change(town, allowInvitesFrom="everyone")
    code, out, _ = await check(town)
    await change(town, allowInvitesFrom=IN_ORDER["allowInvitesFrom"])

    assert code == 1
    assert "Who may invite guests" in out
    assert "failed, high" in out
    assert "not checked: needs" in out
    assert "…" not in out
    links = [line.strip() for line in out.splitlines() if "https://" in line]
    assert links == [
        "https://learn.microsoft.com/entra/external-id/external-collaboration-settings-configure"
    ]
    assert "1 failed" in out
    assert "Guest invite settings" in out
    assert "\x1b[" not in out


async def test_what_cannot_run_exits_with_2(town: Town) -> None:
    await town.storage.put("config", "policy.toml", b"own_domains = 5")
    code, out, errors = await check(town)
    await town.storage.put("config", "policy.toml", POLICY.encode())

    assert (code, out) == (2, "")
    assert "Traceback" not in errors


async def test_the_timer_leaves_the_report_of_the_day(town: Town) -> None:
    await town.start_host()
    async with httpx.AsyncClient(timeout=120) as client:
        for _ in range(2):
            url = town.admin("functions/audit_tenant?wait=1")
            answer = await client.post(url, json={})
            assert answer.status_code == 200, answer.text
    names = [name for name in await town.storage.names("reports") if "posture" in name]
    (name,) = names
    told = json.loads(await town.storage.read("reports", name))

    assert name == f"posture/{told['date']}/posture.json"
    assert {one["status"] for one in told["checks"]} == {"passed", "not_checked"}
    assert ANN not in town.host_log.read_text()
