"""The function in the real host is killed between a blob and the watermark, and runs again."""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from sandbox import town as towns
from sandbox.town import Plan, Town
from tests.e2e import logs, scene
from tests.e2e_activity.held_storage import HeldStorage, held_storage

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = datetime.now(UTC)
# Only when it is asked to, and with little to read again: each request takes two seconds.
QUIET = scene.STILL | {"ACTIVITY_OVERLAP_SECONDS": "1500"}
TRUSTED = "SSL_CERT_FILE"
ANN, MIA = "ann@partner.example", "mia@home.example"
SEED = {
    "tenant": {"id": "00000000-0000-4000-8000-000000000001"},
    "users": [{"mail": ANN, "displayName": "Ann"}, {"mail": MIA, "userType": "Member"}],
}


@dataclass(frozen=True, slots=True)
class Place:
    town: Town
    held: HeldStorage

    async def starts_to_export(self) -> None:
        await self._invoke("")

    async def exports(self) -> None:
        await self._invoke("?wait=1")

    async def _invoke(self, query: str) -> None:
        url = self.town.admin(f"functions/export_activity{query}")
        async with httpx.AsyncClient(timeout=scene.PATIENCE) as client:
            (await client.post(url, json={})).raise_for_status()

    async def lines(self, kind: str) -> list[str]:
        names = await self.town.storage.names("activity")
        files = [await self.town.storage.read("activity", one) for one in names
                 if one.startswith(f"{kind}/")]  # fmt: skip
        return sorted(json.loads(line)["id"] for file in files for line in file.splitlines())

    async def summary(self) -> dict[str, Any]:
        name = f"summary/{NOW:%Y-%m}.json"
        found: dict[str, Any] = json.loads(await self.town.storage.read("activity", name))
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """An exporter that was here lately, so that it has little to read."""
    folder: Path = tmp_path_factory.mktemp("activity")
    seed = folder / "seed.json"
    seed.write_text(json.dumps(SEED))
    plan = Plan(logs=folder / "logs", seed=seed, settings=QUIET, workspace=True)
    async with (
        towns.running(plan) as town,
        held_storage(town.settings["AzureWebJobsStorage"]) as (held, connection),
    ):
        town.settings["AzureWebJobsStorage"] = connection
        await town.storage.put("activity", "state.json", _lately())
        people = [{"mail": ANN, "at": _minutes_ago(n)} for n in (1, 5, 30)]
        people += [{"mail": MIA, "at": _minutes_ago(2)}]
        changes = [one | {"activity": "Update user"} for one in people]
        await scene.post(f"{town.control}/activity", {"signIns": people, "audits": changes})
        yield Place(town, held)
        if town.host is not None:
            await town.host.kill()


async def test_killed_between_blob_and_watermark_nothing_is_lost_or_twice(place: Place) -> None:
    before = await place.town.storage.read("activity", "state.json")
    place.held.holds = "/activity/state.json"
    host = await place.town.start_host()
    await place.starts_to_export()
    await _reached(place)
    await host.kill()
    there = await place.lines("signins")
    place.held.holds = ""
    assert await place.town.storage.read("activity", "state.json") == before

    await place.town.start_host()
    await place.exports()
    told = await place.town.get(f"{place.town.control}/activity")
    guest = (await scene.guests(place.town))[ANN]

    assert (
        await place.lines("signins")
        == there
        == sorted(one["id"] for one in told["signIns"] if one["userId"] == guest)
    )
    assert await place.lines("audits") == sorted(
        one["id"] for one in told["audits"] if one["targetResources"][0]["id"] == guest
    )
    assert (await place.summary())["activeGuests"] == 1
    assert (await place.town.get(f"{place.town.control}/counters"))["throttled"] == 0


async def test_log_analytics_has_each_event_of_a_guest(place: Place) -> None:
    """Over TLS, by a token for Azure Monitor; whoever was killed may have sent a parcel twice."""
    url, authority = (place.town.settings[name] for name in ("ACTIVITY_LOGS_ENDPOINT", TRUSTED))
    trust = ssl.create_default_context(cafile=authority)
    async with httpx.AsyncClient(verify=trust) as client:
        rows = (await client.get(f"{url}/sandbox/rows")).json()["rows"]
    sign_ins = {row["EventId"] for row in rows["Custom-GuestSignIns"]}
    audits = {row["EventId"] for row in rows["Custom-GuestAudits"]}

    assert sign_ins == {*await place.lines("signins")}
    assert audits == {*await place.lines("audits")}
    assert len(sign_ins) == len(audits) == 3


async def test_no_log_tells_whom_it_was_about(place: Place) -> None:
    assert logs.leaks(place.town, {ANN, MIA, "Ann"}) == []


async def _reached(place: Place) -> None:
    async def look() -> bool:
        return place.held.reached.is_set()

    await scene.until(look, within=60)


def _minutes_ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat(timespec="seconds")


def _lately() -> bytes:
    at = {"reached": _minutes_ago(20), "reread": _minutes_ago(0)}
    log = at | {"began": _minutes_ago(45 * 24 * 60)}
    return json.dumps({"logs": {"signins": log, "audits": log}, "gaps": []}).encode()


async def test_the_command_tells_how_far_it_is_and_who_was_active(place: Place) -> None:
    told = json.loads(await _command(place.town, "activity", "--json"))
    shown = await _command(place.town, "activity")

    assert {*told["logs"]} == {"signins", "audits"}
    assert told["months"][-1]["activeGuests"] == 1
    assert told["months"][-1]["month"] == f"{NOW:%Y-%m}"
    assert told["findings"] == []
    assert "sign-ins" in shown
    assert f"{NOW:%Y-%m}" in shown


async def _command(town: Town, *words: str) -> str:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "b2b", *words,
        env={**os.environ, **town.settings}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await child.communicate()
    assert child.returncode == 0, out
    return out.decode()
