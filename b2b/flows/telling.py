"""Whatever is closed is told: noted before it happens, sent once it has, numbered for each guest.

The note only points at a row or an action. What is told is what the ledger and the journal say by
then, so a process that dies at any moment loses no event and makes none up.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from b2b import events
from b2b.domain.batch import LedgerRow
from b2b.domain.errors import TryLater
from b2b.domain.happening import ActionDue, Due, Happening, Numbered, RowDue, of_action, of_row
from b2b.domain.lifecycle import ActionId, Outcome, RunId
from b2b.domain.outcome import Outcome as RowOutcome
from b2b.domain.outcome import WithReason
from b2b.domain.policy import UPLOADS
from b2b.domain.request import RowRef
from b2b.flows import day_book
from b2b.flows.results import CONTAINER as RESULTS
from b2b.flows.sender_links import SenderLinks
from b2b.flows.slices import in_slices
from b2b.ports import Clock, Journal, Ledger, Queues
from b2b.ports.events import Entry, Herald, Outbox

log = logging.getLogger(__name__)

FORGOTTEN = timedelta(days=30)  # a row that stays open for longer than any message lives
LONGEST = timedelta(seconds=10)  # for one message to tell what others have closed
CATCH_UP, OVERDUE = timedelta(minutes=4), timedelta(hours=2)
TRIES = 5  # of numbering, when several processes number one guest


@dataclass(slots=True, kw_only=True)
class Telling:
    """What telling may touch. One flush at a time in each process; the others join it."""

    outbox: Outbox
    herald: Herald
    ledger: Ledger
    journal: Journal
    queues: Queues
    clock: Clock
    links: SenderLinks
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _wanted: bool = False

    async def soon(self, due: Due) -> None:
        """Keeps it to be told. Raises TryLater."""
        await self.outbox.note(due, self.clock())

    async def catch_up(self) -> None:
        """For a timer: whatever waits, and a word in the log when it has waited for too long."""
        await self.flush(CATCH_UP)
        oldest = next(iter(await self.outbox.waiting()), None)
        if oldest is not None and self.clock() - oldest.at > OVERDUE:
            log.error(events.EVENTS_OVERDUE, extra={"since": oldest.at.isoformat()})

    async def flush(self, longest: timedelta = LONGEST) -> None:
        """Tells what can be told now. Never in the way: what fails is tried again by the timer.

        Nobody tells for others for long, since a message waits for it: the next one takes over.
        """
        self._wanted = True
        if self._turn.locked():
            return
        async with self._turn:
            until = self.clock() + longest
            try:
                while self._wanted and self.clock() < until:
                    self._wanted = False
                    await self._tell_all(until)
            except TryLater as wait:
                log.warning(events.EVENTS_WAIT, extra={"reason": wait.reason.code})

    async def _tell_all(self, until: datetime) -> None:
        after = ""
        while entries := await self.outbox.waiting(after):
            after = entries[-1].key
            await self._tell(entries)
            if self.clock() >= until:
                return

    async def _tell(self, entries: Sequence[Entry]) -> None:
        found = await in_slices(entries, self._look)
        news: dict[str, dict[str, Happening]] = defaultdict(dict)
        for one in found:
            if isinstance(one, Happening):
                news[one.subject].setdefault(one.id, one)
        numbered = await in_slices(
            [list(some.values()) for some in news.values()], self._number_all
        )
        if numbered:
            await self.herald.announce([one for some in numbered for one in some])
        over = self.clock() - FORGOTTEN
        told = [e for e, one in zip(entries, found, strict=True) if one is not None or e.at < over]
        await self.outbox.drop(told)

    async def _look(self, entry: Entry) -> Happening | bool | None:
        """What there is to tell; False: nothing, and there never will be; None: not yet."""
        due = entry.due
        match due:
            case Happening():
                return due
            case RowDue(ref):
                return await self._of_row(ref, entry)
            case ActionDue(run, identity):
                return await self._of_action(run, identity, entry)
            case _:
                assert_never(due)

    async def _of_row(self, ref: RowRef, entry: Entry) -> Happening | None:
        row = await self.ledger.row(ref)
        if row is None:
            return None
        if row.sender not in ("", UPLOADS) or day_book.is_day_book(ref.batch):
            await self._enter(row, entry)
        if row.outcome is not None:
            await self.links.lay_down(row)  # before anybody is told where it lies
        happening = of_row(row, entry.at)
        if happening is None or day_book.is_day_book(row.ref.batch):
            return happening
        return replace(happening, folder=f"{RESULTS}/{row.ref.batch}")

    async def _enter(self, row: LedgerRow, entry: Entry) -> None:
        """Whoever looks at the day's file finds every message that was refused or failed."""
        if isinstance(row.outcome, WithReason):
            line = day_book.line_of(row, entry.at)
            await self.ledger.open_rows([line])
            await self.queues.publish(line.ref.batch)

    async def _of_action(
        self, run: RunId, identity: ActionId, entry: Entry
    ) -> Happening | bool | None:
        action = await self.journal.action(run, identity)
        if action is None or action.outcome is None:
            return None
        record = await self.ledger.guest(action.address)
        return of_action(action, record, entry.at) or False

    async def _number_all(self, of_one_subject: Sequence[Happening]) -> list[Numbered]:
        return [await self._number(one) for one in of_one_subject]

    async def _number(self, one: Happening) -> Numbered:
        for _ in range(TRIES - 1):
            try:
                return await self.outbox.number(one)
            except TryLater:
                await asyncio.sleep(0)
        return await self.outbox.number(one)


class ToldLedger:
    """A ledger whose rows are told once they are closed; it is the other's in everything else."""

    def __init__(self, ledger: Ledger, telling: Telling) -> None:
        self._ledger = ledger
        self._telling = telling

    async def close(self, ref: RowRef, outcome: RowOutcome) -> bool:
        await self._telling.soon(RowDue(ref))
        closed = await self._ledger.close(ref, outcome)
        await self._telling.flush()
        return closed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


class ToldJournal:
    """A journal whose actions are told once they are closed."""

    def __init__(self, journal: Journal, telling: Telling) -> None:
        self._journal = journal
        self._telling = telling

    async def close_action(self, run: RunId, action: ActionId, outcome: Outcome) -> None:
        await self._telling.soon(ActionDue(run, action))
        await self._journal.close_action(run, action, outcome)
        await self._telling.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)
