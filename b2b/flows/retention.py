"""What has served its time is forgotten, a bounded part each night: docs/operate.md has the table.

It comes after the night's snapshot, so that what was deleted by mistake can be put back.
"""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from b2b import events
from b2b.domain.lifecycle import Run, RunId
from b2b.domain.mail import MailKind
from b2b.domain.request import Address, BatchId
from b2b.domain.sender_links import link_file
from b2b.ports import Clock, Files, Journal, Ledger, Queues
from b2b.ports.keeping import LinkedRow, OldRecords

log = logging.getLogger(__name__)

TIME = timedelta(minutes=2)  # a night; the next one goes on
MOST = 10_000  # records of one kind a night
RUNS_AT_ONCE = 20
LINKS = timedelta(days=30)
LETTERS = timedelta(days=90)
RECORDS = timedelta(days=400)  # rows, batches, runs with their actions and approvals
# A later night asks whether these went out: docs/mail.md.
ASKED_FOR_LATER = frozenset(
    {MailKind.INVITATION, MailKind.BLOCKED, MailKind.REMOVED, MailKind.DIGEST}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What forgetting may touch. It deletes nothing that waits, and no guest's record."""

    old: OldRecords
    ledger: Ledger
    journal: Journal
    files: Files
    queues: Queues
    clock: Clock

    async def nightly(self) -> None:
        """Raises TryLater. Stopped anywhere, the next night goes on."""
        forgotten: Counter[str] = Counter()
        try:
            async with asyncio.timeout(TIME.total_seconds()):
                await self._forget(forgotten)
        except TimeoutError:
            log.info(events.RECORDS_FORGOTTEN, extra={"whole": False, **forgotten})
        else:
            log.info(events.RECORDS_FORGOTTEN, extra={"whole": True, **forgotten})

    async def _forget(self, forgotten: Counter[str]) -> None:
        now = self.clock()
        forgotten["links"] = await self._clear_links(now)
        forgotten["letters"] = await self.old.forget_letters(
            now - LETTERS, MOST, but=ASKED_FOR_LATER
        )
        forgotten["letters"] += await self.old.forget_letters(now - RECORDS, MOST)
        forgotten["runs"] = await self._forget_runs(now - RECORDS)
        forgotten["rows"] = await self.old.forget_rows(now - RECORDS, MOST)
        forgotten["removals"] = await self.old.forget_removals(now - RECORDS, MOST)
        forgotten["batches"] = await self.old.forget_batches(now - RECORDS, MOST)

    async def _clear_links(self, now: datetime) -> int:
        """Results are written again without them."""
        cleared: Counter[BatchId] = Counter()
        try:
            async for linked in self.old.linked_rows():
                if cleared.total() == MOST:
                    break
                old = linked.written < now - LINKS
                if (old or await self._redeemed(linked)) and await self._clear(linked):
                    cleared[linked.row.ref.batch] += 1
        finally:
            for batch in cleared:
                await self.queues.publish(batch)
        return cleared.total()

    async def _redeemed(self, linked: LinkedRow) -> bool:
        record = await self.ledger.guest(Address(linked.row.email))
        return (
            record is not None
            and record.guest == linked.row.guest
            and record.redeemed_on is not None
        )

    async def _clear(self, linked: LinkedRow) -> bool:
        """The file first: a row without a link no longer says where its file is."""
        if place := link_file(linked.row):
            await self.files.remove(*place)
        return await self.old.clear_link(linked)

    async def _forget_runs(self, before: datetime) -> int:
        """Never a run by which a guest is still blocked or removed, or one with open actions."""
        old = [run for run in await self.journal.runs() if _last(run) < before]
        if not old:
            return 0
        held, forgotten = await self._held(), 0
        for run in old:
            if forgotten == RUNS_AT_ONCE:
                break
            if run.id not in held and await self._ended(run):
                await self.old.forget_run(run.id)
                forgotten += 1
        return forgotten

    async def _held(self) -> frozenset[RunId]:
        holds = [
            hold
            async for custody in self.journal.all_custody()
            for hold in (custody.block, custody.removal)
        ]
        return frozenset(hold.run for hold in holds if hold is not None)

    async def _ended(self, run: Run) -> bool:
        return all(action.outcome for action in await self.journal.actions(run.id))


def _last(run: Run) -> datetime:
    return max(moment for moment in (run.started, run.approved, run.finished) if moment)
