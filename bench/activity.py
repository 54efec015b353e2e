"""`python -m bench.activity`: what an hour with 10,000 sign-ins of as many guests costs.

The exporter has a process of its own; blobs lie in Azurite, the stand-in's limits are off. What
the limit of 5 requests in 10 seconds would take is told beside it.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from rich.console import Console
from rich.table import Table

from bench.sweep import SECRET, _adapter, _fast
from sandbox.processes import Process
from sandbox.storage import Azurite

SECONDS_A_REQUEST = 1 / 0.48


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.activity", description=__doc__)
    parser.add_argument("--sign-ins", type=int, default=10_000, help="in an hour")
    parser.add_argument("--guests", type=int, default=10_000)
    parser.add_argument("--as", dest="way", choices=("export",), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.way:
        print(json.dumps(asyncio.run(_export())))
    else:
        asyncio.run(_bench(wanted.sign_ins, wanted.guests))


async def _bench(sign_ins: int, guests: int) -> None:
    """Twice: the first run reads back thirty days, the second is a usual hour."""
    folder = Path(tempfile.mkdtemp(prefix="bench-activity-"))
    made_up = ["--made-up", str(guests)]
    directory = await Process.start(
        "sandbox.directory",
        ["--secret-env", "SECRET", "--no-quotas", *made_up],
        environment={"SECRET": SECRET},
        log=folder / "directory.log",
        within=300,
    )
    graph = directory.ready.split()[-1]
    panel = graph.removesuffix("/v1.0") + "/sandbox"
    found = {}
    try:
        async with Azurite.running() as storage, ClientSession() as http:
            environment = {"GRAPH": graph, "STORAGE": storage.connection_string}
            for name in ("first run", "an hour"):
                await http.post(f"{panel}/clock", json={"advance": 3600})
                hour = {"madeUp": {"signIns": sign_ins, "seconds": 3600}}
                await http.post(f"{panel}/activity", json=hour)
                await http.post(f"{panel}/reset-counters")
                found[name] = await _child(environment)
                counters = await (await http.get(f"{panel}/counters")).json()
                found[name] |= _requests(counters["byOperation"])
    finally:
        await directory.stop()
    _show(found, sign_ins, Console())


async def _child(environment: dict[str, str]) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.activity", "--as", "export"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    out, _ = await child.communicate()
    if child.returncode:
        raise SystemExit("the export failed")
    found: dict[str, Any] = json.loads(out)
    return found


async def _export() -> dict[str, Any]:
    from azure.storage.blob.aio import BlobServiceClient

    from b2b.adapters.blobs import BlobFiles
    from b2b.adapters.graph.activity import GraphEventLog, GraphRoster
    from b2b.flows.activity import Exporting

    adapter, pacing = _adapter(os.environ["GRAPH"]), _fast()
    began, cpu = time.monotonic(), time.process_time()
    async with BlobServiceClient.from_connection_string(os.environ["STORAGE"]) as storage:
        exporting = Exporting(
            log=GraphEventLog(adapter, pacing),
            roster=GraphRoster(adapter, pacing),
            files=BlobFiles(storage),
            table=None,
            clock=lambda: datetime.now(UTC),
            pause=asyncio.sleep,
            overlap=timedelta(hours=1),
            second_look=timedelta(days=2),
            turn=timedelta(hours=1),
        )
        await exporting.export()
        status = await exporting.status()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "active": status.months[-1].active_guests,
        "seconds": round(time.monotonic() - began, 1),
        "cpu": round(time.process_time() - cpu, 1),
        "memory": round(peak),
    }


def _requests(counted: dict[str, int]) -> dict[str, int]:
    logs = sum(many for name, many in counted.items() if "auditLogs" in name)
    return {"logs": logs, "roster": sum(counted.values()) - logs}


def _show(found: dict[str, dict[str, Any]], sign_ins: int, console: Console) -> None:
    table = Table(
        "what", *found, title=f"{sign_ins:,} guest sign-ins an hour", title_justify="left"
    )
    rows = {
        "requests to the logs": "logs",
        "requests for the guests": "roster",
        "active guests counted": "active",
        "CPU seconds": "cpu",
        "seconds, without limits": "seconds",
        "peak memory, MB": "memory",
    }
    for words, name in rows.items():
        table.add_row(words, *(str(one[name]) for one in found.values()))
    paced = (f"{one['logs'] * SECONDS_A_REQUEST:.0f}" for one in found.values())
    table.add_row("seconds at the documented limit", *paced)
    console.print(table)


if __name__ == "__main__":
    main()
