"""Blobs, as the flows read and write them."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """A file on local disk for as long as the context lasts; `chunks` reads it from the start."""

    version: str
    size: int
    chunks: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Written:
    """The version of policy.toml, and the object id of its writer; "" when it is not known."""

    by: str
    version: str


class PolicyFile(Protocol):
    """policy.toml with its writer. Both methods raise TryLater when storage is out of reach."""

    async def written(self) -> Written:
        """Raises Refused `policy_missing` when there is no policy."""

    async def upload(self, content: bytes, by: str) -> None: ...


@dataclass(frozen=True, slots=True)
class FileProperties:
    """What storage says of a blob without reading it; `size` in bytes."""

    version: str
    size: int


class Files(Protocol):
    """Blobs by container and name. Raises TryLater when storage cannot be reached."""

    async def properties(self, container: str, name: str) -> FileProperties:
        """Raises Refused `upload_gone` when there is no such blob."""

    def open(self, container: str, name: str) -> AbstractAsyncContextManager[OpenUpload]:
        """Streams a blob to disk. Entering raises Refused `upload_gone` when there is none."""

    async def write(self, container: str, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Whole or not at all; an older one is replaced."""

    async def replace(
        self, container: str, name: str, known: str, chunks: AsyncIterator[bytes]
    ) -> None:
        """As `write`, but only over the version `known`; "" stands for none there yet.

        Raises TryLater `changed_meanwhile` when another writer was first.
        """

    async def remove(self, container: str, name: str) -> None:
        """What is gone already counts as removed."""

    async def read(self, container: str, name: str, known: str = "") -> tuple[bytes | None, str]:
        """A small blob and its ETag; no bytes when `known` is still its ETag. Raises Refused."""

    async def names(self, container: str) -> list[tuple[str, str]]:
        """Every blob and its ETag; none when there is no such container."""
