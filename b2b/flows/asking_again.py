"""Asking again for what may come later, within a turn; giving up on what will not."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from b2b.domain.errors import TryLater
from b2b.domain.reason import Reason
from b2b.ports import Clock

TRIES = 4  # of one page, when the directory fails; waiting for its budget is no failure
T = TypeVar("T")


class OutOfTime(Exception):
    """The turn is over; the next one goes on."""


class GivenUp(Exception):
    """It failed time after time."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """`ends`: when the turn does. Raises Refused as it comes, OutOfTime, GivenUp."""

    clock: Clock
    pause: Callable[[float], Awaitable[None]]
    ends: datetime

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        tries = 0
        while True:
            if self.clock() >= self.ends:
                raise OutOfTime
            try:
                return await question()
            except TryLater as wait:
                tries += wait.reason.code != "throttled"
                if tries >= TRIES:
                    raise GivenUp(wait.reason) from wait
                await self._wait(wait.after)

    async def _wait(self, after: timedelta) -> None:
        if self.clock() + after >= self.ends:
            raise OutOfTime
        await self.pause(after.total_seconds())
