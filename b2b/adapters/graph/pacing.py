"""One pace for each of Graph's budgets, so that this process asks just as fast as it may.

Limits: https://learn.microsoft.com/graph/throttling-limits (page of 2026-02-06). Several processes
and other apps share them; what the service says of its limits is heard by each of them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.errors import retry_after
from b2b.domain.errors import TryLater
from b2b.domain.pace import Pace
from b2b.domain.reason import Reason

PATIENCE = 20.0  # seconds that a request waits in place; longer waits are the queue's
UNSAID = 10.0  # seconds to pause after a 429 that names no time
PAUSE = Reason("throttled", "The directory's limit is used up for the moment.")


class Budget(StrEnum):
    """What Graph counts apart."""

    READS = "reads"
    WRITES = "writes"  # 3,000 in 150 s per app and tenant
    REPORTS = "reports"  # 5 in 10 s: sign-in and audit logs
    SIGN_IN_ACTIVITY = "sign_in_activity"  # 10 a minute
    PROTECTION = "protection"  # 1 a second per tenant over all apps: Conditional Access, risk


def _paces() -> dict[Budget, Pace]:
    """The start is careful where others share the limit; the fixed budgets never grow past it."""
    return {
        Budget.READS: Pace(rate=100),
        Budget.WRITES: Pace(rate=20),
        Budget.REPORTS: Pace(rate=0.45, fastest=0.48),
        Budget.SIGN_IN_ACTIVITY: Pace(rate=0.15, slowest=0.05, fastest=0.16),
        Budget.PROTECTION: Pace(rate=0.8, fastest=0.9),
    }


@dataclass(slots=True)
class Pacing:
    """The paces of this process. `now` and `sleep` are those of one clock, in seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    paces: dict[Budget, Pace] = field(default_factory=_paces)

    async def turn(self, budget: Budget, patience: float = PATIENCE) -> float:
        """Waits for the next place, and answers how long. Raises TryLater when it is too far."""
        pace = self.paces[budget]
        far = pace.wait(self.now())
        if far > patience:
            raise TryLater(PAUSE, timedelta(seconds=far))
        waited = pace.take(self.now())
        if waited > 0:
            await self.sleep(waited)
        return waited

    def heard(self, budget: Budget, answer: Answer) -> None:
        """What an answer says about the limit, whatever else it says."""
        share = _share(answer)
        if answer.status != 429:
            self.paces[budget].answered(self.now(), share)
            return
        asked = retry_after(answer.headers)
        pause = asked.total_seconds() if asked is not None else UNSAID
        self.paces[budget].refused(self.now(), pause, share)


def _share(answer: Answer) -> float | None:
    try:
        return float(answer.headers["x-ms-throttle-limit-percentage"])
    except (KeyError, ValueError):
        return None
