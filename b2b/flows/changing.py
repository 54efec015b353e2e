"""A small or large file that several runs may change: read, build on it, write only over that."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

from b2b.domain.errors import Refused, TryLater
from b2b.ports import Files

TRIES = 5  # each of them against another writer that was first
GONE = frozenset({"blob_missing", "upload_gone"})
T = TypeVar("T")


async def until_ours(change: Callable[[], Awaitable[T]]) -> T:
    """`change` reads and writes anew each time. Raises TryLater when others are always first."""
    for _ in range(TRIES - 1):
        try:
            return await change()
        except TryLater as wait:
            if wait.reason.code != "changed_meanwhile":
                raise
    return await change()


async def content_of(files: Files, container: str, name: str) -> tuple[bytes, str]:
    """What the file holds and its version; nothing and "" when there is none."""
    try:
        content, version = await files.read(container, name)
    except Refused as refusal:
        if refusal.reason.code not in GONE:
            raise
        return b"", ""
    return content or b"", version


async def pieces(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
