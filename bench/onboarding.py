"""Guests onboarded per second through the whole app, against a directory without quotas."""

import asyncio
import time
from pathlib import Path

from sandbox import town as towns
from sandbox.demo import run as demo
from sandbox.town import Plan

ROOT = Path(__file__).resolve().parent.parent
QUICK = {"ASSIGN_AFTER_SECONDS": "0", "RESULTS_SLOT_SECONDS": "1"}


async def measure(guests: int) -> dict[str, float]:
    """From the drop of the file to the last membership; each guest is new and wants one group."""
    plan = Plan(
        logs=ROOT / "build" / "bench", seed=demo.SEED, directory=["--no-quotas"], settings=QUICK
    )
    async with towns.running(plan) as town:
        await town.put_example_policy()
        await town.start_host()
        lines = [f"new-{number}@fabrikam.com,Partner-Aurora" for number in range(guests)]
        started = time.perf_counter()
        await town.storage.put("uploads", "new.csv", "\n".join(["email,groups", *lines]).encode())
        await _until_members(town, guests + 1)
        seconds = time.perf_counter() - started
        counters = await town.get(f"{town.control}/counters")
    return {
        "guests": guests,
        "seconds": round(seconds, 1),
        "guests_per_second": round(guests / seconds, 1),
        "writes_per_guest": round(counters["writes"] / guests, 3),
        "requests_per_guest": round(counters["requests"] / guests, 2),
    }


async def _until_members(town: towns.Town, count: int) -> None:
    while await _members(town) < count:  # noqa: ASYNC110 - the directory sends no events
        await asyncio.sleep(0.2)


async def _members(town: towns.Town) -> int:
    state = await town.get(f"{town.control}/state")
    members = {group["displayName"]: len(group["members"]) for group in state["groups"]}
    return int(members["Partner-Aurora"])
