"""Rows taken in per second and peak memory: the real flow, Azurite and the Service Bus stand-in."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from b2b.domain.errors import TryLater
from b2b.wiring import House, live
from bench.memory import peak_mb
from sandbox import town as towns
from sandbox.town import Plan

ROOT = Path(__file__).resolve().parent.parent
DOMAINS = ("fabrikam.com", "example.com", "example.org")


async def measure(sizes: tuple[int, ...]) -> list[dict[str, float]]:
    """One process for each size, so that peaks do not hide each other."""
    plan = Plan(logs=ROOT / "build" / "bench")
    async with towns.running(plan) as town:
        await town.put_example_policy()
        found = []
        for rows in sizes:
            name = f"bench-{rows}.csv"
            await town.storage.put("uploads", name, b"".join(_lines(rows)))
            found.append(await asyncio.to_thread(_in_a_process, name, town.settings))
        return found


def _lines(rows: int) -> Iterator[bytes]:
    yield b"email,displayName,companyName,groups,sponsorEmail,expiresOn\n"
    for number in range(rows):
        domain = DOMAINS[number % 3]
        group = "Partner-Aurora" if number % 3 < 2 else ""
        yield (
            f"person-{number:07d}@{domain},Person {number},Company,{group},s.weber@contoso.com,\n"
        ).encode()


def _in_a_process(name: str, settings: dict[str, str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.intake", name],
        cwd=ROOT, env={**os.environ, **settings}, check=True, capture_output=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


async def _take_in(name: str) -> dict[str, float]:
    house = live()
    started, cpu = time.perf_counter(), time.process_time()
    runs = 1
    while not await _read_to_its_end(house, name):
        runs += 1
    seconds = time.perf_counter() - started
    rows = int(name.split("-")[1].removesuffix(".csv"))
    await house.close()
    return {
        "rows": rows,
        "runs": runs,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "cpu_us_per_row": round((time.process_time() - cpu) / rows * 1e6),
        "peak_mb": round(peak_mb(), 1),
    }


async def _read_to_its_end(house: House, name: str) -> bool:
    try:
        await house.intake.take_in(name)
    except TryLater as wait:
        if wait.reason.code != "reading_continues":
            raise
        return False
    return True


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_take_in(sys.argv[1]))))
