"""The directory's logs, as far as guests are concerned, become files that outlive them."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from b2b.domain.activity import Coverage, Kind, Summary, findings, month_of
from b2b.domain.activity.coverage import PREMIUM
from b2b.domain.errors import Refused, TryLater
from b2b.domain.finding import Finding
from b2b.flows.active_guests import ActiveFolk
from b2b.flows.activity_coverage import CoverageFile
from b2b.flows.activity_outbox import Outbox
from b2b.flows.activity_reading import Reading
from b2b.flows.activity_turn import LogTurn, paused, refused
from b2b.ports import Clock, EventLog, Files, LogTable, Roster

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the export stands. Months are the oldest first."""

    coverage: Coverage
    findings: Sequence[Finding]
    months: Sequence[Summary]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporting:
    """`overlap`: how much is read again in each run. `second_look`: after how long all is.

    `turn`: how long one run may take; the next goes on where it stopped.
    """

    log: EventLog
    roster: Roster
    files: Files
    table: LogTable | None
    clock: Clock
    pause: Callable[[float], Awaitable[None]]
    overlap: timedelta
    second_look: timedelta
    turn: timedelta

    async def export(self) -> Coverage:
        """One turn. A log that cannot be read holds up no other. Raises TryLater for storage."""
        file, outbox = CoverageFile(self.files), Outbox(self.files, self.table)
        before = await file.read()
        ends = self.clock() + self.turn
        reading = Reading(log=self.log, clock=self.clock, pause=self.pause, ends=ends)
        try:
            # Guests who come while the logs are read are found by the overlap of the next run.
            now = await reading.ask(self.log.now)
            guests = await reading.ask(self.roster)
        except Refused as refusal:
            for kind in Kind:
                await refused(file, kind, refusal)
        except TryLater as wait:
            paused("directory", wait.reason.code)
        else:
            for kind in Kind:
                await LogTurn(
                    kind=kind,
                    reading=reading,
                    files=self.files,
                    outbox=outbox,
                    guests=guests,
                    now=now,
                    overlap=self.overlap,
                    second_look=self.second_look,
                ).export()
        await self._summarize(before)
        await outbox.send()
        return await file.read()

    async def status(self) -> Status:
        """Reads what is kept; asks the directory nothing."""
        coverage = await CoverageFile(self.files).read()
        cursors = coverage.cursors.get(Kind.SIGN_INS)
        folk, months = ActiveFolk(self.files), []
        month = month_of(cursors.began) if cursors else None
        while cursors and month and month.start < cursors.reached:
            months.append(await folk.summary(month))
            month = month.following
        told = [one for one in months if one is not None]
        return Status(coverage=coverage, findings=await self.findings(), months=told)

    async def findings(self) -> Sequence[Finding]:
        """ActivityFindings, by our own clock."""
        waiting = await Outbox(self.files, self.table).waiting()
        return findings(await CoverageFile(self.files).read(), self.clock(), waiting)

    async def _summarize(self, before: Coverage) -> None:
        """Of each month that this run, or one that died before it, may have told more of."""
        cursors = (await CoverageFile(self.files).read()).cursors.get(Kind.SIGN_INS)
        if cursors is None:
            return
        known = before.cursors.get(Kind.SIGN_INS, cursors)
        month = month_of(max(known.reached - PREMIUM, cursors.began))
        while month <= month_of(_last_moment(cursors.reached)):
            await ActiveFolk(self.files).summarize(month)
            month = month.following


def _last_moment(until: datetime) -> datetime:
    return until - timedelta(microseconds=1)
