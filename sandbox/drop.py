"""Drops a file into a sandbox that runs elsewhere, and tells what became of its rows."""

import asyncio
import json
import socket
import time
from hashlib import sha256
from typing import Any

from rich.console import Console

from sandbox import town as towns
from sandbox.demo.watch import ENDINGS
from sandbox.storage_account import Storage

RESULTS = towns.ROOT / "build" / "sandbox" / "results"
PATIENCE = 120.0  # seconds
LOOK_EVERY = 0.5


async def drop(name: str, content: bytes, console: Console, patience: float = PATIENCE) -> int:
    """0 once the file is there, whatever becomes of it. Raises RuntimeError without a sandbox."""
    storage = _storage()
    batch = sha256(content).hexdigest()[:32]  # a batch is named after what is in its file
    before = await storage.version("results", f"{batch}/summary.json")
    await storage.put("uploads", name, content)
    say = console.out
    say(f"Dropped {name}; its results will be in the container results, {batch}/ …")
    summary = await _summary(storage, batch, before, patience)
    if summary is None:
        say(f"There is none after {patience:.0f} s: does the host run, and what does its log say?")
        return 0
    results = RESULTS / batch / "results.csv"
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_bytes(await storage.read("results", f"{batch}/results.csv"))
    say(_told(summary))
    say(f"Each row's outcome: {results}")
    return 0


def _storage() -> Storage:
    """Found by what `up` has written down, if it still runs."""
    try:
        text = (towns.ROOT / "local.settings.json").read_text(encoding="utf-8")
        storage = Storage(str(json.loads(text)["Values"]["AzureWebJobsStorage"]))
        socket.create_connection(storage.address, timeout=2).close()
    except (OSError, ValueError, KeyError, TypeError):
        words = "No sandbox runs here: start one in another terminal with  make sandbox"
        raise RuntimeError(words) from None
    return storage


async def _summary(
    storage: Storage, batch: str, before: str, patience: float
) -> dict[str, Any] | None:
    """The first newer one in which no row waits."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if await storage.version("results", f"{batch}/summary.json") != before:
            summary: dict[str, Any] = (await storage.summaries())[batch]
            if summary["takenIn"] and not summary["pending"]:
                return summary
        await asyncio.sleep(LOOK_EVERY)
    return None


def _told(summary: dict[str, Any]) -> str:
    if refused := summary["fileRefused"]:
        return f"Refused as a whole: {refused['sentence']} ({refused['code']})"
    counted = [f"{summary[name]} {name}" for name in (*ENDINGS, "access_removed") if summary[name]]
    return f"{summary['rows']} rows: " + (", ".join(counted) or "nothing to do") + "."
