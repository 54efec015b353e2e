"""A sweep that did not happen is told by whichever function wakes next."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from b2b import events
from b2b.domain.errors import TryLater
from b2b.domain.lifecycle import Run, RunId, State
from b2b.domain.policy import Mode
from b2b.ports import Clock, Journal

log = logging.getLogger(__name__)

BEGAN = RunId("vigil")  # kept once, so that a sweep that never ran is missed as well
LOOK_AGAIN = timedelta(hours=1)


@dataclass(slots=True, kw_only=True)
class Vigil:
    """Looks at most once an hour in each process."""

    journal: Journal
    clock: Clock
    overdue_after: timedelta
    _looked: datetime | None = field(default=None)

    async def look(self) -> bool:
        """True when the last heartbeat is too long ago; then it was also logged."""
        now = self.clock()
        if self._looked is not None and now - self._looked < LOOK_AGAIN:
            return False
        self._looked = now
        try:
            last = await self._last(now)
        except TryLater:  # whoever woke us has work to do: this must never be in the way
            log.warning(events.SWEEP_VIGIL_FAILED)
            return False
        overdue = now - last > self.overdue_after
        if overdue:
            log.error(events.SWEEP_OVERDUE, extra={"last": last.isoformat()})
        return overdue

    async def _last(self, now: datetime) -> datetime:
        runs = await self.journal.runs()
        beats = [run.finished or run.started for run in runs if _beats(run)]
        if not beats:
            began = Run(id=BEGAN, state=State.DONE, mode=Mode.REPORT, started=now, finished=now)
            await self.journal.keep_run(began)
        return max(beats, default=now)


def _beats(run: Run) -> bool:
    """A sweep that came to its end, and the moment when we began to watch."""
    swept = run.guests is not None and run.state is not State.READING
    return swept or run.state is State.STOPPED or run.id == BEGAN
