"""Forgets what the other fakes hold. `written`: when a row was changed, if not at the start."""

from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import datetime

from b2b.domain.lifecycle import RunId
from b2b.domain.mail import MailKind
from b2b.domain.request import BatchId, RowRef
from b2b.ports import Clock
from b2b.ports.keeping import LinkedRow
from tests.fakes.access_removals import FakeAccessRemovals
from tests.fakes.footing import Footing
from tests.fakes.journal import FakeJournal
from tests.fakes.ledger import FakeLedger
from tests.fakes.mail import FakeOutbox


class FakeOldRecords:
    def __init__(
        self,
        ledger: FakeLedger,
        journal: FakeJournal,
        outbox: FakeOutbox,
        footing: Footing,
        clock: Clock,
        removals: FakeAccessRemovals | None = None,
    ) -> None:
        self.removals = removals or FakeAccessRemovals(footing)
        self.written: dict[RowRef, datetime] = {}
        self._ledger, self._journal, self._outbox = ledger, journal, outbox
        self._footing = footing
        self._start = clock()

    async def linked_rows(self) -> AsyncIterator[LinkedRow]:
        self._footing.tread()
        for row in list(self._ledger.kept.values()):
            if row.link and row.outcome is not None:
                yield LinkedRow(row, self._written(row.ref), repr(row))

    async def clear_link(self, linked: LinkedRow) -> bool:
        self._footing.tread()
        row = self._ledger.kept.get(linked.row.ref)
        if row is None or repr(row) != linked.version:
            return False
        self._ledger.kept[row.ref] = replace(row, link="")
        self._footing.tread()
        return True

    async def forget_rows(self, before: datetime, most: int) -> int:
        self._footing.tread()
        ended = [row.ref for row in self._ledger.kept.values() if row.outcome is not None]
        old = [ref for ref in ended if self._written(ref) < before][:most]
        for ref in old:
            del self._ledger.kept[ref]
        self._footing.tread()
        return len(old)

    async def forget_removals(self, before: datetime, most: int) -> int:
        self._footing.tread()
        old = [key for key, removal in self.removals.kept.items() if removal.at < before][:most]
        for key in old:
            del self.removals.kept[key]
        self._footing.tread()
        return len(old)

    async def forget_batches(self, before: datetime, most: int) -> int:
        self._footing.tread()
        filled = {ref.batch for ref in self._ledger.kept}
        old = [
            batch.id
            for batch in self._ledger.batches.values()
            if batch.done and self._batch_written(batch.id) < before and batch.id not in filled
        ][:most]
        for identity in old:
            del self._ledger.batches[identity]
        self._footing.tread()
        return len(old)

    async def forget_letters(
        self, before: datetime, most: int, *, but: Collection[MailKind] = ()
    ) -> int:
        self._footing.tread()
        old = [
            letter.id
            for letter in self._outbox.kept.values()
            if letter.ended and letter.ended < before and letter.kind not in but
        ][:most]
        for identity in old:
            del self._outbox.kept[identity]
        self._footing.tread()
        return len(old)

    async def forget_run(self, run: RunId) -> None:
        self._footing.tread()
        journal = self._journal
        for key in [key for key in journal.kept_actions if key[0] == run]:
            del journal.kept_actions[key]
        self._footing.tread()
        for approval in [one for one in journal.kept_approvals.values() if one.run == run]:
            del journal.kept_approvals[approval.id]
        journal.kept_runs.pop(run, None)
        self._footing.tread()

    def _written(self, ref: RowRef) -> datetime:
        return self.written.get(ref, self._start)

    def _batch_written(self, batch: BatchId) -> datetime:
        return max(self._start, self._ledger.batches[batch].at)
