"""What keeps copies of the ledger and forgets what is old, put together."""

from b2b.adapters.journal import TableJournal
from b2b.adapters.old_records import TableOldRecords
from b2b.adapters.records import TableRecords
from b2b.flows.retention import Retention
from b2b.flows.snapshots import Snapshots
from b2b.wiring.connections import Connections


def snapshots(shared: Connections) -> Snapshots:
    return Snapshots(records=TableRecords(shared.tables), files=shared.files, clock=shared.clock)


def retention(shared: Connections) -> Retention:
    return Retention(
        old=TableOldRecords(shared.tables),
        ledger=shared.ledger,
        journal=TableJournal(shared.tables),
        files=shared.files,
        queues=shared.queues,
        clock=shared.clock,
    )
