"""A file that vanished amid its taking in: whoever still waits because of it is told."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from b2b import events
from b2b.domain.batch import Batch
from b2b.domain.outcome import Failed
from b2b.domain.reason import Reason
from b2b.ports import Ledger, Queues

log = logging.getLogger(__name__)

LOST_AFTER = timedelta(days=2)  # no file is read for so long, and no message waits for so long
_ROW = Reason(
    "upload_lost", "The file was replaced or deleted before this row was sent: drop it again."
)
_FILE = Reason(
    "upload_lost",
    "The file was replaced or deleted before it was read to its end. What is not listed here was "
    "never asked for: drop it again.",
)


async def give_up_lost(ledger: Ledger, queues: Queues, now: datetime) -> None:
    """A file that is still there was tried again since; a row on its way has ended long ago."""
    for batch in await ledger.unfinished():
        if now - batch.at > LOST_AFTER:
            await _give_up(batch, ledger, queues)


async def _give_up(batch: Batch, ledger: Ledger, queues: Queues) -> None:
    async for row in ledger.rows(batch.id):
        if row.outcome is None:
            await ledger.close(row.ref, Failed(_ROW))
    await queues.publish(batch.id)  # first: once the batch is done, nobody comes back to it
    refused = batch.refused if batch.done else _FILE  # what was read to its end stays so
    await ledger.keep_batch(replace(batch, done=True, reading=None, refused=refused))
    log.warning(events.BATCH_REFUSED, extra={"batch": batch.id, "reason": _FILE.code})
