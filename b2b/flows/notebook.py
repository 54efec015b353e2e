"""How far a reading of the tenant has come, kept page by page so that a new process goes on."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Resident, RunId
from b2b.ports import Files, UnreadItem

CONTAINER = "sweeps"
GUESTS, SEEN, READ = "guests", "seen", "read"  # the parts of a reading, in order

_UNREAD = 2  # cells of a row
Rows = Sequence[Sequence[Any]]  # what JSON holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`part` is what is being read, `following` the page to read next."""

    part: str = GUESTS
    following: str = ""
    pages: int = 0
    guest_pages: int = 0  # how many of the pages are of guests
    counted: int | None = None  # before the first page
    recounted: int | None = None  # after the last one
    told: bool = False
    untold: tuple[str, str] | None = None  # why the dates of sign-ins cannot be read: code, words


class Notebook(Protocol):
    """Raises TryLater when out of reach."""

    async def progress(self) -> Progress: ...

    async def turn_page(self, name: str, rows: Rows, after: Progress) -> None:
        """The page first, then how far we are: what is lost in between is read again."""

    async def note(self, progress: Progress) -> None:
        """How far we are, without a page."""

    async def rows(self, name: str) -> Rows: ...


@dataclass(slots=True)
class Memory:
    """For `b2b plan`: nothing outlives the process."""

    now: Progress = field(default_factory=Progress)
    held: dict[str, Rows] = field(default_factory=dict)

    async def progress(self) -> Progress:
        return self.now

    async def turn_page(self, name: str, rows: Rows, after: Progress) -> None:
        self.held[name] = rows
        self.now = after

    async def note(self, progress: Progress) -> None:
        self.now = progress

    async def rows(self, name: str) -> Rows:
        return self.held[name]


@dataclass(frozen=True, slots=True)
class BlobNotebook:
    """sweeps/<run>/: a blob for each page and progress.json."""

    files: Files
    run: RunId

    async def progress(self) -> Progress:
        try:
            content, _ = await self.files.read(CONTAINER, f"{self.run}/progress.json")
        except Refused:  # blob_missing
            return Progress()
        kept = replace(Progress(), **json.loads(content or b"{}"))
        return replace(kept, untold=(kept.untold[0], kept.untold[1]) if kept.untold else None)

    async def turn_page(self, name: str, rows: Rows, after: Progress) -> None:
        await self._write(name, rows)
        await self.note(after)

    async def note(self, progress: Progress) -> None:
        await self._write("progress", asdict(progress))

    async def rows(self, name: str) -> Rows:
        content, _ = await self.files.read(CONTAINER, f"{self.run}/{name}.json")
        found: Rows = json.loads(content or b"[]")
        return found

    async def _write(self, name: str, content: Any) -> None:
        body = json.dumps(content, separators=(",", ":")).encode()
        await self.files.write(CONTAINER, f"{self.run}/{name}.json", _once(body))


def resident_row(one: Resident) -> list[Any]:
    kind = (one.id, one.mail, one.user_type, one.enabled, one.pending)
    return [*kind, _text(one.created), _text(one.state_changed), one.mark, one.external]


def unread_row(one: UnreadItem) -> list[Any]:
    return [one.id, one.why]


def as_account(row: Sequence[Any]) -> Resident | UnreadItem:
    if len(row) == _UNREAD:
        return UnreadItem(*row)
    identity, mail, user_type, enabled, pending, created, changed, mark, *external = row
    return Resident(
        external=bool(external and external[0]),  # a page of an older version does not tell
        id=GuestId(identity),
        mail=mail,
        user_type=user_type,
        enabled=enabled,
        pending=pending,
        created=_day(created),
        state_changed=_day(changed),
        mark=mark,
    )


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
