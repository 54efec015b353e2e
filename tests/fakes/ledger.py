"""The ledger in memory."""

from asyncio import sleep
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

from b2b.domain.batch import Batch, LedgerRow
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId, GuestRecord
from b2b.domain.outcome import HeldByBrake, Outcome
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId, RowRef, address_key
from b2b.domain.stay import StayChange
from tests.fakes.footing import Footing


class FakeLedger:
    def __init__(self, footing: Footing) -> None:
        self.batches: dict[BatchId, Batch] = {}
        self.uploads: dict[str, str] = {}
        self.tries: dict[str, tuple[str, int]] = {}
        self.kept: dict[RowRef, LedgerRow] = {}
        self.guests: dict[str, GuestRecord] = {}
        self._footing = footing
        self._versions = count(1)

    async def batch(self, batch: BatchId) -> Batch | None:
        self._footing.tread()
        return self.batches.get(batch)

    async def keep_batch(self, batch: Batch) -> Batch:
        self._footing.tread()
        kept = replace(batch, version=self._next_version(self.batches.get(batch.id), batch))
        self.batches[batch.id] = kept
        self._footing.tread()
        return kept

    async def unfinished(self) -> Sequence[Batch]:
        self._footing.tread()
        return [batch for batch in self.batches.values() if not batch.done or batch.reading]

    async def upload(self, name: str) -> str | None:
        self._footing.tread()
        return self.uploads.get(name)

    async def keep_upload(self, name: str, version: str) -> None:
        self._footing.tread()
        self.uploads[name] = version
        self.tries.pop(name, None)
        self._footing.tread()

    async def count_try(self, name: str, version: str) -> int:
        self._footing.tread()
        tried, tries = self.tries.get(name, ("", 0))
        self.tries[name] = version, tries + 1 if tried == version else 1
        self._footing.tread()
        return self.tries[name][1]

    async def count_progress(self, name: str, version: str) -> None:
        self._footing.tread()
        self.tries[name] = version, 0
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

    async def close_held(self, ref: RowRef, outcome: Outcome) -> bool:
        self._footing.tread()
        row = self.kept.get(ref)
        if row is None or not isinstance(row.outcome, HeldByBrake):
            return False
        self.kept[ref] = replace(row, outcome=outcome)
        self._footing.tread()
        return True

    async def guest(self, address: Address) -> GuestRecord | None:
        self._footing.tread()
        return self.guests.get(address_key(address))

    async def keep_guest(self, record: GuestRecord) -> GuestRecord:
        await sleep(0)  # others may come in between, as they do on a wire
        self._footing.tread()
        key = address_key(record.address)
        kept = replace(record, version=self._next_version(self.guests.get(key), record))
        self.guests[key] = kept
        self._footing.tread()
        return kept

    def _next_version(
        self, standing: Batch | GuestRecord | None, written: Batch | GuestRecord
    ) -> str:
        if written.version != (standing.version if standing else None):
            reason = Reason("changed_meanwhile", "Another writer was first.")
            raise TryLater(reason, timedelta(seconds=1))
        return str(next(self._versions))
