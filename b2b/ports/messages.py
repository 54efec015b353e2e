"""Messages that come again: how a copy is sent, and the key of its seal."""

from typing import Protocol

from b2b.domain.retry import Copy


class Copies(Protocol):
    async def send_again(self, queue: str, copy: Copy) -> None:
        """Sending the same copy twice is delivering it once. Raises TryLater."""


class SealKey(Protocol):
    async def seal_key(self) -> bytes:
        """A random key, the same for every process of the app. Raises TryLater."""
