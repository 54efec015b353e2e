"""What keeps copies of the ledger, put together."""

from b2b.adapters.records import TableRecords
from b2b.flows.snapshots import Snapshots
from b2b.wiring.connections import Connections


def snapshots(shared: Connections) -> Snapshots:
    return Snapshots(records=TableRecords(shared.tables), files=shared.files, clock=shared.clock)
