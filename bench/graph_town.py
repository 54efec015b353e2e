"""A town whose directory has Graph's documented quotas and a latency, for benches of the pace."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from sandbox import town as towns
from sandbox.demo import run as demo
from sandbox.processes import Process
from sandbox.town import Plan, Town

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "bench"
LATENCY_MS = 300
AURORA = "00000000-0000-4000-8000-0000000000a1"
FINANCE = "00000000-0000-4000-8000-0000000000a2"
SETTINGS = {"RESULTS_SLOT_SECONDS": "5", "ASSIGN_AFTER_SECONDS": "10"}


@asynccontextmanager
async def quota_town(scale: float, hosts: int) -> AsyncIterator[tuple[Town, list[Process]]]:
    """`scale` simulated seconds pass in the directory for each real one."""
    plan = Plan(logs=LOGS, seed=demo.SEED, directory=["--scale", str(scale)], settings=SETTINGS)
    async with towns.running(plan) as town:
        await town.put_example_policy()
        others: list[Process] = []
        try:
            for _ in range(hosts):
                others.append(await town.start_host())
            yield town, others
        finally:
            for host in others:
                await host.stop()


async def set_tenant(town: Town, changes: Mapping[str, Any]) -> None:
    async with ClientSession() as session:
        url = f"{town.control}/tenant"
        async with session.put(url, json=changes) as answer:
            answer.raise_for_status()


async def tell(town: Town, what: str, body: Any, method: str = "POST") -> None:
    """One of the directory's own endpoints."""
    async with (
        ClientSession() as session,
        session.request(method, f"{town.control}/{what}", json=body) as answer,
    ):
        answer.raise_for_status()


async def token(town: Town) -> str:
    """As the app gets it, so that what is spent with it is spent from the app's own quota."""
    url = f"{town.settings['IDENTITY_ENDPOINT']}?api-version=2019-08-01"
    headers = {"X-IDENTITY-HEADER": town.settings["IDENTITY_HEADER"]}
    async with (
        ClientSession() as session,
        session.get(f"{url}&resource=https://graph.microsoft.com", headers=headers) as answer,
    ):
        return str((await answer.json())["access_token"])


async def fill_window(town: Town, seconds: int = 143, a_second: int = 20) -> None:
    """Spends the write quota evenly over the window before, as a system at work has."""
    await set_tenant(town, {"latencyMs": 0})
    guest = next(iter((await town.get(f"{town.control}/state"))["guests"]))["id"]
    group = f"{town.directory}/groups/{FINANCE}/members"
    headers = {"Authorization": f"Bearer {await token(town)}"}
    async with ClientSession(headers=headers) as session:
        for _ in range(seconds):
            for turn in range(a_second):
                if turn % 2:
                    await session.delete(f"{group}/{guest}/$ref")
                else:
                    link = {"@odata.id": f"{town.directory}/directoryObjects/{guest}"}
                    await session.post(f"{group}/$ref", json=link)
            await tell(town, "clock", {"advance": 1})


async def drop_guests(town: Town, name: str, guests: int) -> None:
    """New guests, each in two groups."""
    lines = [f"{name}-{n}@fabrikam.com,Partner-Aurora;Partner-Finance-Read" for n in range(guests)]
    await town.storage.put("uploads", f"{name}.csv", "\n".join(["email,groups", *lines]).encode())


async def until_done(town: Town, name: str, patience: float = 900) -> dict[str, Any]:
    """The summary of a file once every row has an outcome."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        for summary in (await town.storage.summaries()).values():
            if summary["file"] == f"{name}.csv" and summary["takenIn"] and not summary["pending"]:
                return summary
        await asyncio.sleep(1)
    raise TimeoutError(f"{name}.csv is not done after {patience} s")


def cpu_seconds(hosts: list[Process]) -> float:
    """What these processes have used so far, from /proc."""
    used = 0
    for host in hosts:
        fields = Path(f"/proc/{host.pid}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / 100
