"""Drops the sample, watches until every row has an outcome, and shows what came of it."""

import asyncio
import json
import time
from pathlib import Path

from rich.console import Console

from sandbox import town as towns
from sandbox.demo import show
from sandbox.demo.watch import Watch
from sandbox.town import Plan, Town

HERE = Path(__file__).parent
OUT = towns.ROOT / "build" / "demo"
SAMPLE, SEED = HERE / "guests.csv", HERE / "directory.json"
PATIENCE = 150.0  # seconds until rows without an outcome are called lost
# A stand-in replicates at once, so nothing has to be waited for as long as in a tenant.
QUICK = {"ASSIGN_AFTER_SECONDS": "1", "RESULTS_SLOT_SECONDS": "2", "REPLICATION_SECONDS": "5"}


async def demo(console: Console) -> int:
    """The exit code: 0 when each row has an outcome."""
    started = time.monotonic()
    OUT.mkdir(parents=True, exist_ok=True)
    plan = Plan(logs=OUT / "logs", seed=SEED, settings=QUICK)
    console.print("Starting storage, Service Bus, directory, identity and the app …")
    async with towns.running(plan) as town:
        return await _demo_in(town, console, started)


async def _demo_in(town: Town, console: Console, started: float) -> int:
    await town.storage.put(
        "config", "policy.toml", (towns.ROOT / "policy.example.toml").read_bytes()
    )
    await town.start_host()
    console.print(f"Up after {time.monotonic() - started:.1f} s. Dropping {SAMPLE.name} …")
    await town.storage.put("uploads", SAMPLE.name, SAMPLE.read_bytes())
    watched = await Watch(town, SAMPLE.name, console).until_done(PATIENCE)
    seconds = round(time.monotonic() - started, 1)
    await show.everything(town, watched, console, OUT)
    summary = await show.summary(town, watched, seconds)
    (OUT / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    if watched.done:
        console.print(f"Every one of {summary['rows']} rows has an outcome, after {seconds} s.")
        return 0
    console.print(
        f"[bold red]{watched.pending} of {watched.rows} rows have no outcome after "
        f"{PATIENCE:.0f} s. Look at {town.host_log} and build/demo/logs.[/]"
    )
    return 1


def main() -> int:
    return asyncio.run(demo(Console()))
