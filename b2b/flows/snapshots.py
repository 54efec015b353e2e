"""The ledger copied to files every night, and put back from them: whole, or not at all."""

import hashlib
import json
import logging
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from b2b import events
from b2b.domain.errors import Refused
from b2b.domain.reason import Reason
from b2b.ports import Clock, Files, OpenUpload
from b2b.ports.keeping import Records

log = logging.getLogger(__name__)

CONTAINER, MANIFEST = "snapshots", "manifest.json"
GZIP = 31  # window bits that mean a gzip header
AT_ONCE = 500  # lines in memory
NO_SNAPSHOT = "There is no whole snapshot {name}: its manifest is missing. Whole ones: {whole}."
CHANGED = "{name} is not what its manifest says ({table}). Take another snapshot."
NOT_EMPTY = (
    "The ledger is not empty ({tables}). Restore into an empty account, or with --merge: then only "
    "what is missing is added, and what is there stays as it is."
)


@dataclass(frozen=True, slots=True)
class Copied:
    """One table of a snapshot: how many entities, and the hash of the lines before compression."""

    entities: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshots:
    """What copying may touch. Lines pass through; no table is ever whole in memory."""

    records: Records
    files: Files
    clock: Clock

    async def nightly(self) -> Mapping[str, Copied]:
        """One for each day; a day that has a whole one keeps it."""
        name = f"{self.clock():%Y-%m-%d}"
        if name in await self.whole():
            return await self._manifest(name)
        return await self.take(name)

    async def take(self, name: str) -> Mapping[str, Copied]:
        """The manifest comes last: without it a snapshot is none. Raises TryLater."""
        taken: dict[str, Copied] = {}
        for table in await self.records.tables():
            press = _Press(self.records.lines(table))
            await self.files.write(CONTAINER, f"{name}/{table}.jsonl.gz", press.pieces())
            taken[table] = press.copied
        shown = {
            table: {"entities": one.entities, "sha256": one.sha256} for table, one in taken.items()
        }
        content = json.dumps({"snapshot": 1, "tables": shown}, indent=1).encode()
        await self.files.write(CONTAINER, f"{name}/{MANIFEST}", _once(content))
        entities = sum(one.entities for one in taken.values())
        log.info(events.LEDGER_SNAPSHOT_KEPT, extra={"snapshot": name, "entities": entities})
        return taken

    async def whole(self) -> list[str]:
        """The names of those that can be restored, the oldest first."""
        names = [name for name, _ in await self.files.names(CONTAINER)]
        return sorted(
            name.removesuffix(f"/{MANIFEST}") for name in names if name.endswith(MANIFEST)
        )

    async def restore(self, name: str, *, merge: bool = False) -> Mapping[str, int]:
        """Every file is checked before anything is written. How many entities were added, by table.

        Raises Refused for half a snapshot, for one that was changed, and, unless it is a merge, for
        a ledger that holds anything. Died on the way? Go on with a merge.
        """
        meant = await self._manifest(name)
        async with AsyncExitStack() as held:
            copies: dict[str, OpenUpload] = {}
            for table, copied in meant.items():
                blob = f"{name}/{table}.jsonl.gz"
                copies[table] = await held.enter_async_context(self.files.open(CONTAINER, blob))
                _check(copied, copies[table], name, table)
            if not merge:
                await self._refuse_unless_empty()
            added = {table: await self._add(table, copy) for table, copy in copies.items()}
        log.info(events.LEDGER_RESTORED, extra={"snapshot": name, "entities": sum(added.values())})
        return added

    async def _refuse_unless_empty(self) -> None:
        full = [one for one in await self.records.tables() if not await self.records.is_empty(one)]
        if full:
            raise Refused(Reason("ledger_not_empty", NOT_EMPTY.format(tables=", ".join(full))))

    async def _add(self, table: str, copy: OpenUpload) -> int:
        added, some = 0, list[bytes]()
        for line in _lines(copy):
            some.append(line)
            if len(some) == AT_ONCE:
                added += await self.records.add(table, some)
                some = []
        return added + await self.records.add(table, some)

    async def _manifest(self, name: str) -> Mapping[str, Copied]:
        whole = await self.whole()
        if name not in whole:
            sentence = NO_SNAPSHOT.format(name=name, whole=", ".join(whole[-5:]) or "none")
            raise Refused(Reason("no_such_snapshot", sentence))
        content, _ = await self.files.read(CONTAINER, f"{name}/{MANIFEST}")
        tables: Mapping[str, Mapping[str, Any]] = json.loads(content or b"{}")["tables"]
        return {table: Copied(one["entities"], one["sha256"]) for table, one in tables.items()}


@dataclass(slots=True)
class _Press:
    """Compresses lines as they come, and counts them."""

    lines: AsyncIterator[bytes]
    entities: int = 0
    _seal: Any = field(default_factory=hashlib.sha256)

    @property
    def copied(self) -> Copied:
        return Copied(self.entities, self._seal.hexdigest())

    async def pieces(self) -> AsyncIterator[bytes]:
        press = zlib.compressobj(wbits=GZIP)
        async for line in self.lines:
            self.entities += 1
            self._seal.update(line)
            yield press.compress(line)
        yield press.flush()


def _check(meant: Copied, copy: OpenUpload, name: str, table: str) -> None:
    entities, seal = 0, hashlib.sha256()
    try:
        for line in _lines(copy):
            entities += 1
            seal.update(line)
    except zlib.error:
        entities = -1
    if Copied(entities, seal.hexdigest()) != meant:
        raise Refused(Reason("snapshot_changed", CHANGED.format(name=name, table=table)))


def _lines(copy: OpenUpload) -> Iterator[bytes]:
    """With their line ends. Raises zlib.error for what is no gzip."""
    opened, rest = zlib.decompressobj(wbits=GZIP), b""
    for chunk in copy.chunks():
        *lines, rest = (rest + opened.decompress(chunk)).split(b"\n")
        yield from (line + b"\n" for line in lines)
    *lines, rest = (rest + opened.flush()).split(b"\n")
    yield from (line + b"\n" for line in lines)
    if rest or not opened.eof:
        raise zlib.error("cut off")


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
