"""Onboarding under the documented quotas: how much of the limit is used, and what it costs.

`python -m bench.pace` runs four experiments, prints tables and writes build/bench/pace.json.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import cold
from bench.graph_town import (
    LATENCY_MS,
    LOGS,
    ROOT,
    cpu_seconds,
    drop_guests,
    fill_window,
    quota_town,
    set_tenant,
    tell,
    until_done,
)
from sandbox.town import Town

LIMIT, WINDOW = 3000, 150.0  # writes per app and tenant in so many seconds
GROUPS = 2
PHYSICAL = LIMIT / WINDOW / (1 + GROUPS / 20)  # guests per second that the quota allows


async def steady(guests: int, scale: float) -> dict[str, Any]:
    """1. A system at work: the window before was full already, and stays so."""
    async with quota_town(scale, hosts=2) as (town, hosts):
        await fill_window(town)
        await set_tenant(town, {"latencyMs": LATENCY_MS})
        before = await town.get(f"{town.control}/counters")
        used = cpu_seconds(hosts)
        await drop_guests(town, "steady", guests)
        await _until_invited(town, before["invitations"] + guests)
        last = await _second(town)
        await until_done(town, "steady")
        after = await town.get(f"{town.control}/counters")
        queues = await town.get(f"{town.bus_control}/entities")
        cpu = cpu_seconds(hosts) - used
    writes = after["writes"] - before["writes"]
    busy, throttled = _busy(before, after, last), after["throttled"] - before["throttled"]
    return {
        "guests": guests,
        "scale": scale,
        "share_of_quota": round(busy["writes"] / (busy["seconds"] * LIMIT / WINDOW), 3),
        "throttled_share": round(throttled / (after["requests"] - before["requests"]), 4),
        "writes_per_guest": round(writes / guests, 3),
        "guests_per_second": round(busy["invitations"] / busy["seconds"], 1),
        "physical_limit": round(PHYSICAL, 1),
        "cpu_ms_per_guest": round(cpu / guests * 1000, 1),
        "dead_letters": _dead(queues),
        "highest_delivery_count": _deliveries(queues),
    }


def _busy(before: dict[str, Any], after: dict[str, Any], last: int) -> dict[str, float]:
    """From the first write to the last invitation; the groups of the last slots come after it."""
    timeline = {
        int(second): count - before["writeTimeline"].get(second, 0)
        for second, count in after["writeTimeline"].items()
    }
    first = min(second for second, count in timeline.items() if count > 0)
    writes = sum(timeline.get(second, 0) for second in range(first, last + 1))
    invitations = after["invitations"] - before["invitations"]
    return {"seconds": last - first + 1, "writes": writes, "invitations": invitations}


async def tutorial(guests: int, scale: float) -> dict[str, Any]:
    """2. The loop that the official tutorials teach, against the same directory."""
    async with quota_town(scale, hosts=0) as (town, _):
        await set_tenant(town, {"latencyMs": LATENCY_MS})
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bench.tutorial", str(guests)],
            cwd=ROOT, env={**os.environ, **town.settings}, check=True, capture_output=True,
        )  # fmt: skip
    rate = json.loads(done.stdout.splitlines()[-1])["guests_per_second"]
    return {"guests": guests, "scale": scale, "guests_per_second": rate}


async def halved(guests: int, scale: float) -> dict[str, Any]:
    """3. The quota halved in the middle, then restored."""
    async with quota_town(scale, hosts=2) as (town, _):
        await fill_window(town)
        await set_tenant(town, {"latencyMs": LATENCY_MS})
        await drop_guests(town, "halved", guests)
        await _until_invited(town, guests // 4)
        await set_tenant(town, {"budgets": {"writes": LIMIT // 2}})
        at = await _second(town)
        await _until_invited(town, guests * 6 // 10)
        restored = await _second(town)
        await set_tenant(town, {"budgets": {}})
        summary = await until_done(town, "halved")
        counters = await town.get(f"{town.control}/counters")
        queues = await town.get(f"{town.bus_control}/entities")
    return {
        "guests": guests,
        "scale": scale,
        "seconds_to_half_limit": _found(counters, at, restored, LIMIT / 2 / WINDOW),
        "throttled_share": round(counters["throttled"] / counters["requests"], 4),
        "assigned": summary["assigned"],
        "dead_letters": _dead(queues),
        "highest_delivery_count": _deliveries(queues),
    }


async def closed(guests: int, scale: float) -> dict[str, Any]:
    """4. Everything answered 429 with a Retry-After for a simulated minute."""
    async with quota_town(scale, hosts=2) as (town, _):
        await set_tenant(town, {"latencyMs": LATENCY_MS})
        await drop_guests(town, "closed", guests)
        await _until_invited(town, guests // 4)
        await tell(town, "faults", [_everything_429(scale)])
        started = time.monotonic()
        await asyncio.sleep(60 / scale)
        await tell(town, "faults", None, "DELETE")
        summary = await until_done(town, "closed")
        extra = time.monotonic() - started
        counters = await town.get(f"{town.control}/counters")
        queues = await town.get(f"{town.bus_control}/entities")
    return {
        "guests": guests,
        "scale": scale,
        "requests_429": counters["faults"],
        "seconds_from_closing_to_the_end": round(extra * scale, 1),
        "assigned": summary["assigned"],
        "dead_letters": _dead(queues),
        "highest_delivery_count": _deliveries(queues),
    }


def _everything_429(scale: float) -> dict[str, Any]:
    return {
        "path": ".*",
        "count": None,
        "status": 429,
        "code": "TooManyRequests",
        "message": "Too many requests.",
        "headers": {"Retry-After": str(round(10 / scale, 3))},
    }


async def _until_invited(town: Town, count: int) -> None:
    while (await town.get(f"{town.control}/counters"))["invitations"] < count:  # noqa: ASYNC110
        await asyncio.sleep(0.5)


async def _second(town: Town) -> int:
    timeline = (await town.get(f"{town.control}/counters"))["writeTimeline"]
    return max(map(int, timeline))


def _found(counters: dict[str, Any], at: int, until: int, rate: float) -> int | None:
    """Seconds after `at` until ten seconds in a row run at nine tenths of the rate or more."""
    timeline = {int(second): count for second, count in counters["writeTimeline"].items()}
    for start in range(at + 1, until):
        some = sum(timeline.get(second, 0) for second in range(start, start + 10))
        if 0.9 * rate * 10 <= some <= 1.2 * rate * 10:
            return start - at
    return None


def _dead(queues: dict[str, Any]) -> int:
    return sum(queue["deadLetteredTotal"] for queue in queues.values())


def _deliveries(queues: dict[str, Any]) -> int:
    return int(max(queue["highestDeliveryCount"] for queue in queues.values()))


async def _all(console: Console) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, run in (
        ("steady", steady(2000, 1)),
        ("tutorial", tutorial(100, 1)),
        ("halved", halved(1200, 2)),
        ("closed", closed(600, 2)),
    ):
        console.print(f"{name} …")
        found[name] = await run
        console.print(_table(name, found[name]))
    ratio = found["steady"]["guests_per_second"] / found["tutorial"]["guests_per_second"]
    found["times_the_tutorial"] = round(ratio, 1)
    found["cold_start"] = cold.measure()
    return found


def _table(title: str, figures: dict[str, Any]) -> Table:
    table = Table("figure", "value", title=title, title_justify="left")
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), str(value))
    return table


def main() -> None:
    console = Console()
    found = asyncio.run(_all(console))
    console.print(_table("cold worker", found["cold_start"]))
    console.print(f"{found['times_the_tutorial']} times the tutorial's guests per second.")
    LOGS.mkdir(parents=True, exist_ok=True)
    (LOGS / "pace.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
