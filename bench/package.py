"""`make bench-package`: the deployed package's size, and how soon its first message is handled.

The zip is built, unpacked and run alone, as in tests/package; the message waits in its queue before
the host is started. Python, the host's stand-in and the app start cold in each run.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import psutil
from azure.data.tables.aio import TableServiceClient
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from rich.console import Console
from rich.table import Table

from b2b import wire
from b2b.adapters.tables import TableLedger
from b2b.domain.batch import LedgerRow
from b2b.domain.policy import UPLOADS
from b2b.domain.request import (
    Address,
    BatchId,
    GuestRequest,
    RowRef,
    TenantId,
    Wish,
    content_of,
    request_id,
)
from sandbox.demo.run import SEED
from sandbox.town import Plan, Town, running
from scripts.build_package import build

RUNS = 5
PATIENCE = 60.0
_IMPORT = """
import sys, time
started, cpu = time.perf_counter(), time.process_time()
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/.python_packages/lib/site-packages"]
import function_app
print(time.perf_counter() - started, time.process_time() - cpu)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        packed = build(Path(folder) / "build")[1]
        unpacked = Path(folder) / "wwwroot"
        with zipfile.ZipFile(packed) as zipped:
            zipped.extractall(unpacked)
        zipped_size = packed.stat().st_size
        size = sum(path.stat().st_size for path in unpacked.rglob("*") if path.is_file())
        imports = [_import(unpacked) for _ in range(RUNS + 1)][1:]
        firsts = asyncio.run(_firsts(unpacked, Path(folder)))
    found = {
        "zip_mb": round(zipped_size / 1e6, 1),
        "unpacked_mb": round(size / 1e6, 1),
        "import_seconds": round(statistics.median(one[0] for one in imports), 2),
        "import_cpu_seconds": round(statistics.median(one[1] for one in imports), 2),
        "first_message_seconds": round(statistics.median(one[0] for one in firsts), 2),
        "best_first_message_seconds": round(min(one[0] for one in firsts), 2),
        "first_message_cpu_seconds": round(statistics.median(one[1] for one in firsts), 2),
        "load": round(os.getloadavg()[0], 1),
    }
    table = Table("what", "figure", title="The package, alone", title_justify="left")
    for name, figure in found.items():
        table.add_row(name.replace("_", " "), str(figure))
    Console().print(table)


def _import(package: Path) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _IMPORT, str(package)],
        cwd=package,
        check=True,
        capture_output=True,
        text=True,
    )
    wall, cpu = done.stdout.split()[-2:]
    return float(wall), float(cpu)


async def _firsts(package: Path, folder: Path) -> list[tuple[float, float]]:
    plan = Plan(logs=folder / "logs", seed=SEED, package=package)
    async with running(plan) as town:
        await town.put_example_policy()
        return [await _first(town, number) for number in range(RUNS)]


async def _first(town: Town, number: int) -> tuple[float, float]:
    """From the start of the process until the log says that the guest is invited: seconds by the
    wall clock, and of the processor, which a busy machine does not lengthen as much.
    """
    before = len(_handled(town.host_log))
    await _ask(town, number)
    started = time.time()
    host = await town.start_host()
    try:
        await _until(lambda: _seen(town, before))
        invited = (await town.get(f"{town.control}/counters"))["invitations"]
        if invited != number + 1:
            raise RuntimeError(f"{invited} guests were invited; see {town.host_log}")
        spent = psutil.Process(host.pid).cpu_times()
    finally:
        await host.stop()
    return _handled(town.host_log)[before] - started, spent.user + spent.system


async def _seen(town: Town, before: int) -> bool:
    return len(_handled(town.host_log)) > before


async def _until(look: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not await look():
        if time.monotonic() > deadline:
            raise TimeoutError("the message was not handled")
        await asyncio.sleep(0.05)


async def _ask(town: Town, number: int) -> None:
    """A row of a file, as the intake leaves it behind: kept in the ledger, and queued."""
    batch, address = BatchId(f"bench-{number}"), Address(f"first-{number}@fabrikam.com")
    ref, wish = RowRef.of_line(batch, 2), Wish(email=address)
    request = request_id(TenantId(town.settings["TENANT_ID"]), address, batch)
    row = LedgerRow(
        ref=ref, email=address, sender=UPLOADS, request=request, content=content_of(wish)
    )
    async with TableServiceClient.from_connection_string(town.storage.connection) as tables:
        await TableLedger(tables).open_rows([row])
    body = wire.write_request(GuestRequest(request, wish, ref))
    client = ServiceBusClient.from_connection_string(town.settings["SERVICEBUS"])
    async with client, client.get_queue_sender(town.settings["INVITATION_QUEUE"]) as sender:
        await sender.send_messages(ServiceBusMessage(body, message_id=f"bench-{number}"))


def _handled(log: Path) -> list[float]:
    if not log.exists():
        return []
    lines = [json.loads(one) for one in log.read_text().splitlines() if one.startswith("{")]
    return [
        datetime.fromisoformat(one["time"]).timestamp()
        for one in lines
        if one["message"] == "function succeeded" and one.get("function") == "invite_guest"
    ]


if __name__ == "__main__":
    main()
