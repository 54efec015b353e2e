"""Parcels for Log Analytics: kept before the events are, sent when they can be, then removed.

So a workspace that is out of reach holds nothing up and misses nothing. A run that dies between
sending and removing sends one parcel again: the table has ids to tell.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from b2b import events as named
from b2b.domain.activity import Event, Kind, events_in
from b2b.domain.errors import Refused, TryLater
from b2b.flows.changing import GONE, pieces
from b2b.ports import Files, LogTable

log = logging.getLogger(__name__)
CONTAINER = "activity-outbox"


@dataclass(frozen=True, slots=True)
class Outbox:
    """Without a table nothing is kept. Raises TryLater when storage is out of reach."""

    files: Files
    table: LogTable | None

    async def put(self, kind: Kind, events: Sequence[Event]) -> None:
        """The same events are the same parcel."""
        if self.table is None or not events:
            return
        lines = [event.line.encode() + b"\n" for event in events]
        name = f"{kind}/{sha256(b''.join(lines)).hexdigest()}.jsonl"
        await self.files.write(CONTAINER, name, pieces(lines))

    async def send(self) -> None:
        """What the table does not take now waits for the next run."""
        if self.table is None:
            return
        for name, _ in await self.files.names(CONTAINER):
            try:
                await self._send(self.table, name)
            except Refused as refusal:  # perhaps only of this one
                log.warning(named.ACTIVITY_UNSENT, extra={"reason": refusal.reason.code})
            except TryLater as wait:
                log.warning(named.ACTIVITY_UNSENT, extra={"reason": wait.reason.code})
                return

    async def waiting(self) -> int:
        return len(await self.files.names(CONTAINER)) if self.table else 0

    async def _send(self, table: LogTable, name: str) -> None:
        kind = Kind(name.partition("/")[0])
        try:
            async with self.files.open(CONTAINER, name) as parcel:
                await table.send(kind, list(events_in(kind, parcel.chunks())))
        except Refused as refusal:
            if refusal.reason.code not in GONE:  # another exporter has sent it
                raise
        await self.files.remove(CONTAINER, name)
