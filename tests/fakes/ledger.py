"""The ledger in memory."""

from asyncio import sleep
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

from b2b.domain.batch import Batch, LedgerRow
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId, GuestRecord
from b2b.domain.outcome import Outcome
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId, RowRef, address_key
from b2b.domain.stay import StayChange
from tests.fakes.footing import Footing


class FakeLedger:
    def __init__(self, footing: Footing) -> None:
        self.batches: dict[BatchId, Batch] = {}
        self.uploads: dict[str, str] = {}
        self.kept: dict[RowRef, LedgerRow] = {}
        self.guests: dict[str, GuestRecord] = {}
        self._footing = footing
        self._versions = count(1)

    async def batch(self, batch: BatchId) -> Batch | None:
        self._footing.tread()
        return self.batches.get(batch)

    async def keep_batch(self, batch: Batch) -> None:
        self._footing.tread()
        self.batches[batch.id] = batch
        self._footing.tread()

    async def unfinished(self) -> Sequence[Batch]:
        self._footing.tread()
        return [batch for batch in self.batches.values() if not batch.done]

    async def upload(self, name: str) -> str | None:
        self._footing.tread()
        return self.uploads.get(name)

    async def keep_upload(self, name: str, version: str) -> None:
        self._footing.tread()
        self.uploads[name] = version
        self._footing.tread()

    async def open_rows(self, rows: Sequence[LedgerRow]) -> Sequence[LedgerRow]:
        self._footing.tread()
        standing = [self.kept.setdefault(row.ref, row) for row in rows]
        self._footing.tread()
        return standing

    async def reopen(self, row: LedgerRow) -> LedgerRow:
        self._footing.tread()
        again = replace(row, outcome=None, generation=row.generation + 1)
        self.kept[row.ref] = again
        self._footing.tread()
        return again

    async def row(self, ref: RowRef) -> LedgerRow | None:
        self._footing.tread()
        return self.kept.get(ref)

    async def rows(self, batch: BatchId) -> AsyncIterator[LedgerRow]:
        self._footing.tread()
        for row in sorted(self.kept.values(), key=lambda row: row.ref.key):
            if row.ref.batch == batch:
                yield row

    async def keep_guest_of(self, ref: RowRef, guest: GuestId, link: str) -> None:
        self._footing.tread()
        self.kept[ref] = replace(self.kept[ref], guest=guest, link=link)
        self._footing.tread()

    async def keep_stay(self, ref: RowRef, stay: StayChange | None) -> None:
        self._footing.tread()
        self.kept[ref] = replace(self.kept[ref], stay=stay)
        self._footing.tread()

    async def close(self, ref: RowRef, outcome: Outcome) -> bool:
        self._footing.tread()
        row = self.kept.get(ref)
        if row is None or row.outcome is not None:
            return False
        guest = outcome.guest or row.guest
        self.kept[ref] = replace(row, outcome=outcome, guest=guest)
        self._footing.tread()
        return True

    async def guest(self, address: Address) -> GuestRecord | None:
        self._footing.tread()
        return self.guests.get(address_key(address))

    async def keep_guest(self, record: GuestRecord) -> GuestRecord:
        await sleep(0)  # others may come in between, as they do on a wire
        self._footing.tread()
        key = address_key(record.address)
        standing = self.guests.get(key)
        if record.version != (standing.version if standing else None):
            reason = Reason("changed_meanwhile", "Another writer was first.")
            raise TryLater(reason, timedelta(seconds=1))
        kept = replace(record, version=str(next(self._versions)))
        self.guests[key] = kept
        self._footing.tread()
        return kept
