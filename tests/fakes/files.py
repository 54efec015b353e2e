"""Blobs in memory, each with an ETag that changes with every write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count

from b2b.domain.errors import Refused, TryLater
from b2b.domain.reason import Reason
from b2b.ports import FileProperties, OpenUpload
from tests.fakes.footing import Footing

PIECE = 7  # small, so that a character or a row lies across two pieces


class FakeFiles:
    def __init__(self, footing: Footing) -> None:
        self.blobs: dict[tuple[str, str], tuple[bytes, str]] = {}
        self._footing = footing
        self._etags = count(1)

    def put(self, container: str, name: str, content: bytes) -> None:
        self.blobs[container, name] = content, f"0x{next(self._etags):08X}"

    def text(self, container: str, name: str) -> str:
        return self.blobs[container, name][0].decode()

    async def properties(self, container: str, name: str) -> FileProperties:
        self._footing.tread()
        if (container, name) not in self.blobs:
            raise Refused(Reason("upload_gone", "The file was deleted before it was read."))
        content, etag = self.blobs[container, name]
        return FileProperties(etag, len(content))

    @asynccontextmanager
    async def open(self, container: str, name: str) -> AsyncIterator[OpenUpload]:
        self._footing.tread()
        if (container, name) not in self.blobs:
            raise Refused(Reason("upload_gone", "The file was deleted before it was read."))
        content, etag = self.blobs[container, name]
        pieces = [content[at : at + PIECE] for at in range(0, len(content), PIECE)]
        yield OpenUpload(etag, len(content), lambda: iter(pieces))

    async def write(self, container: str, name: str, chunks: AsyncIterator[bytes]) -> None:
        self._footing.tread()
        content = b"".join([chunk async for chunk in chunks])
        self.put(container, name, content)
        self._footing.tread()

    async def replace(
        self, container: str, name: str, known: str, chunks: AsyncIterator[bytes]
    ) -> None:
        self._footing.tread()
        content = b"".join([chunk async for chunk in chunks])
        _, etag = self.blobs.get((container, name), (b"", ""))
        if etag != known:
            reason = Reason("changed_meanwhile", "Another writer was first.")
            raise TryLater(reason, timedelta(seconds=1))
        self.put(container, name, content)
        self._footing.tread()

    async def remove(self, container: str, name: str) -> None:
        self._footing.tread()
        self.blobs.pop((container, name), None)
        self._footing.tread()

    async def read(self, container: str, name: str, known: str = "") -> tuple[bytes | None, str]:
        self._footing.tread()
        if (container, name) not in self.blobs:
            raise Refused(Reason("blob_missing", f"There is no {container}/{name}."))
        content, etag = self.blobs[container, name]
        return (None if etag == known else content), etag

    async def names(self, container: str) -> list[tuple[str, str]]:
        self._footing.tread()
        held = self.blobs.items()
        return [(name, etag) for (where, name), (_, etag) in held if where == container]
