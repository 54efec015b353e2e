"""One pace for each of Graph's budgets, so that this process asks just as fast as it may.

Limits: https://learn.microsoft.com/graph/throttling-limits (page of 2026-02-06). Several processes
and other apps share them; what the service says of its limits is heard by each of them.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from b2b import events
from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.errors import retry_after
from b2b.domain.errors import TryLater
from b2b.domain.pace import Pace
from b2b.domain.reason import Reason

log = logging.getLogger(__name__)

TELL_EVERY = 60.0  # seconds between two lines in the log about one budget
PATIENCE = 20.0  # seconds that a request waits in place; longer waits are the queue's
LOOK = 0.25  # seconds between two looks at the pace while waiting
LEAST_AWAY = 5.0  # seconds that somebody who lost patience stays away
UNSAID = 10.0  # seconds to pause after a 429 that names no time
PAUSE = Reason("throttled", "The directory's limit is used up for the moment.")


class Budget(StrEnum):
    """What Graph counts apart."""

    READS = "reads"
    WRITES = "writes"  # 3,000 in 150 s per app and tenant
    REPORTS = "reports"  # 5 in 10 s: sign-in and audit logs
    SIGN_IN_ACTIVITY = "sign_in_activity"  # 10 a minute
    GOVERNANCE = "governance"  # entitlement management: no limit is documented
    PROTECTION = "protection"  # 1 a second per tenant over all apps: Conditional Access, risk
    MAIL = "mail"  # mails from one mailbox: 30 a minute, sent one after the other
    MAILBOX = "mailbox"  # requests to one mailbox: 10,000 in 10 minutes, 4 at once


def mails_a_minute(most: float) -> Pace:
    """Steady: a mailbox has no burst to spend, and nobody answers how much of it is left."""
    return Pace(rate=most / 60, slowest=most / 60, fastest=most / 60)


def _paces() -> dict[Budget, Pace]:
    """The start is careful where others share the limit; the fixed budgets never grow past it."""
    return {
        Budget.READS: Pace(rate=100),
        Budget.WRITES: Pace(rate=20),
        Budget.REPORTS: Pace(rate=0.45, slowest=0.2, fastest=0.48),
        Budget.SIGN_IN_ACTIVITY: Pace(rate=0.15, slowest=0.1, fastest=0.16),
        Budget.GOVERNANCE: Pace(rate=4, slowest=0.5, fastest=5),
        Budget.PROTECTION: Pace(rate=0.8, slowest=0.3, fastest=0.9),
        # "Exchange Online limits", sending limits, and "Outlook service limits" of the page above
        Budget.MAIL: mails_a_minute(27),
        Budget.MAILBOX: Pace(rate=8, slowest=0.5, fastest=15),
    }


@dataclass(slots=True)
class Pacing:
    """The paces of this process. `now` and `sleep` are those of one clock, in seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    paces: dict[Budget, Pace] = field(default_factory=_paces)
    lines: dict[Budget, asyncio.Lock] = field(
        default_factory=lambda: {budget: asyncio.Lock() for budget in Budget}
    )
    _gauges: dict[Budget, "_Gauge"] = field(default_factory=dict)

    async def turn(self, budget: Budget, patience: float = PATIENCE) -> float:
        """Waits in line for the next place; answers how long. Raises TryLater after `patience`.

        Whoever is first in line looks again every quarter of a second: the pace may have changed.
        """
        pace, came = self.paces[budget], self.now()
        self._leave_if(pace.closed(came), patience)
        async with self.lines[budget]:
            while (wait := pace.wait(self.now())) > 0:
                self._leave_if(
                    max(self.now() - came + min(wait, LOOK), pace.closed(came)), patience
                )
                await self.sleep(min(wait, LOOK))
            pace.take(self.now())
        return self.now() - came

    def _leave_if(self, wait: float, patience: float) -> None:
        if wait > patience:
            raise TryLater(PAUSE, timedelta(seconds=max(wait, LEAST_AWAY)))

    def heard(self, budget: Budget, answer: Answer) -> None:
        """What an answer says about the limit, whatever else it says."""
        share = _share(answer)
        self._tell(budget, throttled=answer.status == 429, share=share)
        if answer.status != 429:
            self.paces[budget].answered(self.now(), share)
            return
        asked = retry_after(answer.headers)
        pause = asked.total_seconds() if asked is not None else UNSAID
        self.paces[budget].refused(self.now(), pause, share)

    def _tell(self, budget: Budget, *, throttled: bool, share: float | None) -> None:
        now = self.now()
        gauge = self._gauges.setdefault(budget, _Gauge(now))
        gauge.throttled += throttled
        gauge.share = max(gauge.share, share or 0.0)
        if now - gauge.since < TELL_EVERY:
            return
        facts = {"budget": budget.value, "rate": round(self.paces[budget].rate, 2)}
        facts |= {"share": gauge.share, "throttled": gauge.throttled}
        log.info(events.PACE_TOLD, extra=facts)
        self._gauges[budget] = _Gauge(now)


@dataclass(slots=True)
class _Gauge:
    """What happened to one budget since it was last told."""

    since: float
    throttled: int = 0
    share: float = 0.0


def _share(answer: Answer) -> float | None:
    try:
        return float(answer.headers["x-ms-throttle-limit-percentage"])
    except (KeyError, ValueError):
        return None
