"""A period of a log read in slices, oldest first: a slice is whole before the next is begun.

The logs answer newest first and know no place to go on from, so a slice that is too long, or
whose pages fail after the first, is begun again at half its length.
https://learn.microsoft.com/graph/throttling-limits advises to slice (read 2026-11-23).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from b2b.domain.activity import Event, Kind
from b2b.domain.errors import Refused, TryLater
from b2b.ports import Clock, EventLog, Page

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=7)
MANY, FEW = 40, 5  # pages: a slice beyond is halved, the one after a shorter is doubled
TRIES = 3  # of one page
T = TypeVar("T")
Keep = Callable[[Sequence[Event]], Awaitable[None]]


class TurnOver(Exception):
    """The time of this run is used up; the next goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`ends`: no slice is begun after it, and no failure waited for."""

    log: EventLog
    clock: Clock
    pause: Callable[[float], Awaitable[None]]
    ends: datetime

    async def slices(
        self, kind: Kind, since: datetime, until: datetime, keep: Keep
    ) -> AsyncIterator[datetime]:
        """Yields how far it has come, each time when `keep` has been given all up to there.

        Raises TurnOver, Refused, TryLater; what was yielded is done.
        """
        length = timedelta(hours=1)
        while since < until:
            if self.clock() >= self.ends:
                raise TurnOver
            end = min(since + length, until)
            pages = await self._slice(kind, since, end, keep)
            if pages is None:
                length = max((end - since) / 2, SHORTEST)
                continue
            yield end
            since = end
            length = min(length * 2, LONGEST) if pages <= FEW else length

    async def _slice(self, kind: Kind, since: datetime, until: datetime, keep: Keep) -> int | None:
        """The number of pages; None when a shorter slice is to be tried."""
        divisible = until - since > SHORTEST
        page = await self.ask(lambda: self.log.page(kind, since, until))
        await keep(page.items)
        pages = 1
        while page.following:
            if pages >= MANY and divisible:
                return None
            try:
                page = await self._next(kind, since, until, page)
            except (Refused, TryLater):
                if divisible:
                    return None
                raise
            await keep(page.items)
            pages += 1
        return pages

    async def _next(
        self, kind: Kind, since: datetime, until: datetime, page: Page[Event]
    ) -> Page[Event]:
        return await self.ask(lambda: self.log.page(kind, since, until, page.following))

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """Again after the pause that the directory asks for, while there is time."""
        for _ in range(TRIES - 1):
            try:
                return await question()
            except TryLater as wait:
                if self.clock() + wait.after >= self.ends:
                    raise
                await self.pause(wait.after.total_seconds())
        return await question()
