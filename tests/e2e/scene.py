"""What the end-to-end tests ask of a running town, and how they wait for it."""

import asyncio
import csv
import io
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from sandbox import town as towns
from sandbox.town import Plan, Town

PATIENCE = 60.0
LOOK_EVERY = 0.1
LONGEST_WAIT = 1500.0  # seconds; no message is ever sent away for longer
EXAMPLE = json.loads((towns.ROOT / "local.settings.example.json").read_text())["Values"]
# Timers run when a test says so, and not when the clock of this machine happens to strike.
STILL = {name: "0 0 0 1 1 *" for name in EXAMPLE if name.endswith("_SCHEDULE")}
QUICK = STILL | {
    "DEAD_LETTER_SCHEDULE": "*/2 * * * * *",
    "ASSIGN_AFTER_SECONDS": "1",
    "PACKAGE_LOOK_SECONDS": "1",
    "RESULTS_SLOT_SECONDS": "1",
    "REPLICATION_SECONDS": "4",
}
AURORA, FINANCE = "Partner-Aurora", "Partner-Finance-Read"
HEADER = "email,displayName,groups\n"

T = TypeVar("T")
Row = dict[str, str]


async def until(look: Callable[[], Awaitable[T]], within: float = PATIENCE) -> T:
    """The first answer that is true. A condition that never comes true fails the test."""
    deadline = time.monotonic() + within
    while not (seen := await look()):
        assert time.monotonic() < deadline, f"it never came true: {look}"
        await asyncio.sleep(LOOK_EVERY)
    return seen


@asynccontextmanager
async def street(logs: Path, seed: Path | None, **settings: str) -> AsyncIterator[Town]:
    """A town of its own, on free ports, with neither policy nor host."""
    async with towns.running(Plan(logs=logs, seed=seed, settings=QUICK | settings)) as town:
        yield town
        if town.host is not None:
            await town.host.kill()  # nobody waits for what it still does


def ends_after(days: int) -> set[str]:
    """When a stay of so many days ends, asked for a moment ago: midnight may lie in between."""
    today = datetime.now(UTC).date()
    return {f"{today + timedelta(days=days + more)}T00:00:00Z" for more in (0, 1)}


async def drop(town: Town, name: str, content: bytes | str) -> None:
    raw = content.encode() if isinstance(content, str) else content
    await town.storage.put("uploads", name, raw)


async def summary_of(town: Town, file: str) -> Mapping[str, Any]:
    """The published summary of the file; {} when there is none."""
    summaries = (await town.storage.summaries()).values()
    return next((one for one in summaries if one["file"] == file), {})


async def settled(town: Town, file: str, within: float = PATIENCE) -> Mapping[str, Any]:
    """Its summary, once each row has an outcome or the file was refused."""

    async def look() -> Mapping[str, Any]:
        summary = await summary_of(town, file)
        return summary if summary.get("takenIn") and not summary["pending"] else {}

    return await until(look, within)


async def rows_of(town: Town, batch: str) -> list[Row]:
    content = await town.storage.read("results", f"{batch}/results.csv")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


async def outcomes(town: Town, file: str) -> dict[str, tuple[str, str]]:
    """Status and reason by address, once the file is settled."""
    summary = await settled(town, file)
    rows = await rows_of(town, summary["batch"])
    return {row["email"]: (row["status"], row["reason"]) for row in rows}


async def outcomes_now(town: Town, file: str) -> dict[str, tuple[str, str]]:
    """As published by now; nothing when there is no summary yet."""
    summary = await summary_of(town, file)
    rows = await rows_of(town, summary["batch"]) if summary else []
    return {row["email"]: (row["status"], row["reason"]) for row in rows}


async def post(url: str, content: object) -> Any:
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        answer = await client.post(url, json=content)
        answer.raise_for_status()
        return answer.json()


async def order(town: Town, **fault: object) -> None:
    await post(f"{town.control}/faults", fault)


async def fair_weather(town: Town) -> None:
    """No faults, and a directory that shows everything at once."""
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        (await client.delete(f"{town.control}/faults")).raise_for_status()
    await set_tenant(town, replicationSeconds=0, latencyMs=0)


async def set_tenant(town: Town, **changes: object) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        (await client.put(f"{town.control}/tenant", json=changes)).raise_for_status()


async def queues(town: Town) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = await town.get(f"{town.bus_control}/entities")
    return counted


async def leap(town: Town, seconds: float = LONGEST_WAIT) -> None:
    """For the bus alone so much time passes: locks run out, scheduled messages come due.

    Its clock is put right at once, for the app expects both to show the same time.
    """
    await post(f"{town.bus_control}/clock", {"advance": seconds})
    await post(f"{town.bus_control}/clock", {"advance": -seconds})


async def quiet(town: Town, *, hurry: bool = False) -> bool:
    """Nothing is in any queue. In a hurry, what only waits for its time is given that time.

    Never the results: published before their slot ends they would miss what is in it.
    """
    counted = await queues(town)
    total: Counter[str] = Counter()
    for name, counts in counted.items():
        if "/Subscriptions/" not in name:  # what waits there waits for other services
            total.update(counts)
    if total["active"] or total["locked"] or total["deadLettered"]:
        return False
    if hurry and total["scheduled"] and not counted["guest-results"]["scheduled"]:
        await leap(town)
    return not total["scheduled"]


async def wait_until_quiet(town: Town) -> None:
    await until(lambda: quiet(town))


async def wait_in_a_hurry(town: Town, file: str) -> Mapping[str, Any]:
    """As `settled`, with the waits of the bus cut short."""

    async def look() -> Mapping[str, Any]:
        done = await quiet(town, hurry=True)
        summary = await summary_of(town, file)
        over = done and summary.get("takenIn") and not summary["pending"]
        return summary if over else {}

    return await until(look)


async def mails_to(town: Town) -> Counter[str]:
    return Counter(mail["to"] for mail in await town.get(f"{town.control}/mails"))


async def guests(town: Town) -> dict[str, str]:
    """Ids by address; two guests with one address fail."""
    state = await town.get(f"{town.control}/state")
    found = {guest["mail"]: guest["id"] for guest in state["guests"]}
    assert len(found) == len(state["guests"]), "an address has two guests"
    return found


async def members(town: Town) -> dict[str, set[str]]:
    """The addresses in each group."""
    state = await town.get(f"{town.control}/state")
    names = {guest["id"]: guest["mail"] for guest in state["guests"]}
    return {
        group["displayName"]: {names[member] for member in group["members"]}
        for group in state["groups"]
    }


async def tally(town: Town, function: str) -> dict[str, int]:
    """How often the running host invoked the function, and how often that failed."""
    status = await town.get(town.admin("host/status"))
    counted: dict[str, int] = status["functions"][function]
    return counted
