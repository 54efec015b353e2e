"""What it costs to tell of closed rows: python -m bench.telling [rows]

Azurite runs beside it, the Service Bus stand-in in this very process: CPU is ours and the bus's.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from uuid import uuid4

from azure.data.tables.aio import TableServiceClient
from azure.servicebus.aio import ServiceBusClient
from azure.storage.blob.aio import BlobServiceClient
from rich.console import Console
from rich.table import Table

from b2b.adapters.blobs import BlobFiles
from b2b.adapters.event_outbox import TableOutbox
from b2b.adapters.herald import BusHerald
from b2b.adapters.journal import TableJournal
from b2b.adapters.servicebus import BusQueues, QueueNames
from b2b.adapters.tables import TableLedger
from b2b.domain.batch import LedgerRow
from b2b.domain.guest import GuestId
from b2b.domain.outcome import Invited
from b2b.domain.request import BatchId, RequestId, RowRef, TenantId
from b2b.flows.sender_links import SenderLinks
from b2b.flows.slices import in_slices
from b2b.flows.telling import Telling, ToldLedger
from b2b.ports import Ledger
from sandbox.servicebus import ServiceBus, read_file
from sandbox.storage import Azurite

ENTITIES = Path(__file__).resolve().parents[1] / "infra" / "servicebus.json"


def now() -> datetime:
    return datetime.now(UTC)


async def close_rows(plain: TableLedger, ledger: Ledger, rows: int) -> tuple[float, float]:
    """Milliseconds of wall time and of CPU for each row."""
    batch = BatchId(uuid4().hex)
    opened = [
        LedgerRow(
            ref=RowRef.of_line(batch, line),
            email=f"g{line}@fabrikam.com",
            sender="uploads",
            request=RequestId(uuid4().hex),
        )
        for line in range(rows)
    ]
    for start in range(0, rows, 100):
        await plain.open_rows(opened[start : start + 100])
    wall, cpu = time.perf_counter(), time.process_time()

    async def close(row: LedgerRow) -> None:
        await ledger.close(row.ref, Invited(GuestId(str(uuid4()))))

    await in_slices(opened, close)
    return (time.perf_counter() - wall) * 1000 / rows, (time.process_time() - cpu) * 1000 / rows


async def main(rows: int) -> None:
    shown = Table("rows closed", "wall ms/row", "CPU ms/row")
    async with (
        Azurite.running() as azurite,
        ServiceBus.running(read_file(ENTITIES)) as bus,
        BlobServiceClient.from_connection_string(
            azurite.connection_string, use_env_settings=False
        ) as blobs,
        TableServiceClient.from_connection_string(
            azurite.connection_string,
            use_env_settings=False,  # as the app where there is no proxy
        ) as tables,
        ServiceBusClient.from_connection_string(bus.connection_string) as client,
    ):
        ledger, names = TableLedger(tables), QueueNames("i", "a", "guest-results")
        herald = BusHerald(client, "guest-events", TenantId("t"))
        telling = Telling(
            outbox=TableOutbox(tables),
            herald=herald,
            ledger=ledger,
            journal=TableJournal(tables),
            queues=BusQueues(client, names, timedelta(seconds=30), timedelta(seconds=1), now),
            clock=now,
            links=SenderLinks(BlobFiles(blobs)),
        )
        told = cast(Ledger, ToldLedger(ledger, telling))
        for name, used in (("warm-up", told), ("silently", cast(Ledger, ledger)), ("told", told)):
            wall, cpu = await close_rows(ledger, used, rows if name != "warm-up" else 20)
            if name != "warm-up":
                shown.add_row(f"{rows} {name}", f"{wall:.1f}", f"{cpu:.1f}")
        await herald.close()
    Console().print(shown)


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
