"""One run over one of the logs: from the watermark to the present, then what is old once more.

Order is everything: the parcel for Log Analytics, the file of the hour, the month's guests, and
only then the watermark. Whoever dies in between leaves a period that is read again, and each
event finds its place taken. Time is the directory's own: a wrong clock here loses nothing.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from b2b import events as named
from b2b.domain.activity import (
    Coverage,
    Cursors,
    Event,
    Kind,
    covered,
    gap_before,
    is_about,
    retention,
)
from b2b.domain.errors import Refused, TryLater
from b2b.flows.active_guests import ActiveFolk
from b2b.flows.activity_coverage import CoverageFile
from b2b.flows.activity_hours import keep_events
from b2b.flows.activity_outbox import Outbox
from b2b.flows.activity_reading import Reading, TurnOver
from b2b.ports import Files

log = logging.getLogger(__name__)
PARCEL = 2000  # events that are held in memory before they are kept
EDGE = timedelta(hours=1)  # what is about to be forgotten is not waited for


@dataclass(slots=True, kw_only=True)
class LogTurn:
    """`now` is the directory's time; `guests` are all that it had then."""

    kind: Kind
    reading: Reading
    files: Files
    outbox: Outbox
    guests: Collection[str]
    now: datetime
    overlap: timedelta
    second_look: timedelta
    _held: list[Event] = field(default_factory=list)
    _kept: int = 0

    async def export(self) -> None:
        """Raises TryLater only when storage cannot even keep why the log was refused."""
        try:
            await self._front()
            await self._behind()
        except Refused as refusal:
            await refused(self._coverage, self.kind, refusal)
        except TryLater as wait:
            paused(self.kind, wait.reason.code, self._kept)
        except TurnOver:
            paused(self.kind, "turn_over", self._kept)
        else:
            log.info(named.ACTIVITY_EXPORTED, extra={"log": self.kind.value, "kept": self._kept})

    @property
    def _coverage(self) -> CoverageFile:
        return CoverageFile(self.files)

    async def _front(self) -> None:
        """From a little before the watermark to the present."""
        coverage = await self._coverage.read()
        horizon = self._horizon(coverage)
        known = coverage.cursors.get(self.kind)
        since = max(known.reached - self.overlap, horizon) if known else horizon
        async for end in self.reading.slices(self.kind, since, self.now, self._take):
            await self._flush()
            await self._coverage.grow(partial(self._reached, horizon, end))

    async def _behind(self) -> None:
        """What is old by now is asked for once more: the logs are late at times, by hours."""
        coverage = await self._coverage.read()
        cursors = coverage.cursors.get(self.kind)
        if cursors is None:
            return
        since = max(cursors.reread, self._horizon(coverage))
        until = self.now - self.second_look
        async for end in self.reading.slices(self.kind, since, until, self._take):
            await self._flush()
            await self._coverage.grow(partial(covered, self.kind, reread=end))

    def _horizon(self, coverage: Coverage) -> datetime:
        return self.now - retention(self.kind, coverage) + EDGE

    def _reached(self, horizon: datetime, end: datetime, known: Coverage) -> Coverage:
        """The first slice that could be read begins the log, or shows what was missed."""
        missed = gap_before(self.kind, horizon, known)
        if self.kind not in known.cursors:
            reread = max(horizon, self.now - self.second_look)
            first = Cursors(began=horizon, reached=horizon, reread=reread)
            known = replace(known, cursors={**known.cursors, self.kind: first})
        elif missed is not None:
            period = {"since": missed.since.isoformat(), "until": missed.until.isoformat()}
            log.error(named.ACTIVITY_GAP, extra={"log": self.kind.value} | period)
            known = replace(known, gaps=known.gaps | {missed})
        refusals = {kind: code for kind, code in known.refused.items() if kind is not self.kind}
        return covered(self.kind, replace(known, refused=refusals), reached=end)

    async def _take(self, told: Sequence[Event]) -> None:
        self._held += [event for event in told if is_about(event, self.guests)]
        if len(self._held) >= PARCEL:
            await self._flush()

    async def _flush(self) -> None:
        held, self._held = self._held, []

        async def beforehand(fresh: Sequence[Event]) -> None:
            self._kept += len(fresh)
            await self.outbox.put(self.kind, fresh)

        await keep_events(self.files, self.kind, held, beforehand)
        if self.kind is Kind.SIGN_INS:
            await ActiveFolk(self.files).fold(held)


async def refused(file: CoverageFile, kind: Kind, refusal: Refused) -> None:
    """Kept, so that people are told; logged when it is news."""
    code = refusal.reason.code
    if (await file.read()).refused.get(kind) == code:
        return
    await file.grow(lambda known: replace(known, refused={**known.refused, kind: code}))
    log.warning(named.ACTIVITY_REFUSED, extra={"log": kind.value, "reason": code})


def paused(what: str, code: str, kept: int = 0) -> None:
    log.warning(named.ACTIVITY_PAUSED, extra={"log": str(what), "reason": code, "kept": kept})
