"""Messages that come again: how a copy is sent, and the key of its seal."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from b2b.domain.dead_letter import DeadLetter
from b2b.domain.retry import Copy


class Copies(Protocol):
    async def send_again(self, queue: str, copy: Copy) -> None:
        """Sending the same copy twice is delivering it once. Raises TryLater."""


class SealKey(Protocol):
    async def seal_key(self) -> bytes:
        """A random key, the same for every process of the app. Raises TryLater."""


class DeadLetterQueues(Protocol):
    async def work_off(
        self,
        queue: str,
        take: Callable[[DeadLetter], Awaitable[bool]],
        *,
        most: int,
        seconds: float,
    ) -> None:
        """Gives `take` each dead letter of `queue` at most once: those it says True to are gone,
        the others stay. Ends after so many messages or seconds. Raises TryLater."""
