"""The whole tenant read for one sweep: every page, or a finding about the one that failed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Finding, Resident
from b2b.domain.lifecycle.gates import unreadable
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId
from b2b.flows.notebook import GUESTS, READ, SEEN, Notebook, Progress, as_resident, resident_row
from b2b.ports import Clock, Packages, Roll

TRIES = 4  # of one page, when the directory fails; waiting for its budget is no failure
T = TypeVar("T")


class Stopped(Exception):
    """Something cannot be read: the run ends."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


class Paused(Exception):
    """The turn is over, and the reading goes on in the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """Everybody, as one reading found them. `counted`: the directory's count before and after."""

    guests: Sequence[Resident]
    seen: Mapping[GuestId, date]
    role_holders: frozenset[GuestId]
    members: Mapping[GroupId, frozenset[GuestId]]
    counted: tuple[int, int]
    told: bool
    entitled: frozenset[GuestId] = frozenset()


@dataclass(slots=True, kw_only=True)
class ReadingTenant:
    """`until`: whoever was seen after that day is of no interest. `ends`: when the turn does.

    `packages` is None where nobody hands out access packages.
    """

    roll: Roll
    notebook: Notebook
    clock: Clock
    pause: Callable[[float], Awaitable[None]]
    until: date
    groups: Sequence[GroupId]
    ends: datetime
    packages: Packages | None = None

    async def read(self) -> Tenant:
        """Raises Paused, Stopped, and TryLater when the notebook is out of reach."""
        progress = await self.notebook.progress()
        if progress.counted is None:
            progress = replace(progress, counted=await self.ask("count", self.roll.count))
        while progress.part == GUESTS:
            progress = await self._page_of_guests(progress)
        guests = await self._guests(progress)
        known = {one.id for one in guests}
        while progress.part == SEEN:
            progress = await self._page_of_seen(progress, known)
        return await self._rest(progress, guests)

    async def _page_of_guests(self, now: Progress) -> Progress:
        page = await self.ask("guests", lambda: self.roll.guests(now.following))
        pages = now.pages + 1
        after = replace(now, following=page.following, pages=pages, guest_pages=pages)
        if not page.following:
            after = replace(after, part=SEEN)
        rows = [resident_row(one) for one in page.items]
        await self.notebook.turn_page(_name(GUESTS, now.pages), rows, after)
        return after

    async def _page_of_seen(self, now: Progress, known: set[GuestId]) -> Progress:
        """Of the whole tenant's stale only the guests are kept."""
        page = await self.ask("sign_ins", lambda: self.roll.last_seen(self.until, now.following))
        after = replace(
            now, following=page.following, pages=now.pages + 1, told=now.told or bool(page.items)
        )
        if not page.following:
            after = replace(after, part=READ)
        rows = [[guest, day.isoformat()] for guest, day in page.items if guest in known]
        await self.notebook.turn_page(_name(SEEN, now.pages), rows, after)
        return after

    async def _rest(self, progress: Progress, guests: Sequence[Resident]) -> Tenant:
        """Small, so it is read anew in each turn that comes this far."""
        told = progress.told or await self.ask("sign_ins", self.roll.tells_sign_ins)
        members = {group: await self._members(group) for group in self.groups}
        holders = await self.ask("roles", self.roll.role_holders)
        entitled = await self._entitled()
        after = await self.ask("count", self.roll.count)
        return Tenant(
            guests=guests,
            seen=await self._seen(progress),
            role_holders=holders,
            members=members,
            counted=(progress.counted or 0, after),
            told=told,
            entitled=entitled,
        )

    async def _entitled(self) -> frozenset[GuestId]:
        if self.packages is None:
            return frozenset()
        return await self.ask("access_packages", self.packages.holders)

    async def _members(self, group: GroupId) -> frozenset[GuestId]:
        return await self.ask("exemption", lambda: self.roll.members(group))

    async def _guests(self, progress: Progress) -> Sequence[Resident]:
        """Somebody who moved between two pages counts once."""
        found: dict[GuestId, Resident] = {}
        for number in range(progress.guest_pages):
            for row in await self.notebook.rows(_name(GUESTS, number)):
                found[row[0]] = as_resident(row)
        return list(found.values())

    async def _seen(self, progress: Progress) -> Mapping[GuestId, date]:
        found: dict[GuestId, date] = {}
        for number in range(progress.guest_pages, progress.pages):
            for guest, day in await self.notebook.rows(_name(SEEN, number)):
                found[guest] = max(date.fromisoformat(day), found.get(guest, date.min))
        return found

    async def ask(self, what: str, ask: Callable[[], Awaitable[T]]) -> T:
        tries = 0
        while True:
            if self.clock() >= self.ends:
                raise Paused
            try:
                return await ask()
            except Refused as refusal:
                raise Stopped(unreadable(what, refusal.reason)) from refusal
            except TryLater as wait:
                tries += wait.reason.code != "throttled"
                if tries >= TRIES:
                    raise Stopped(unreadable(what, wait.reason)) from wait
                await self._wait(wait.after, wait.reason)

    async def _wait(self, after: timedelta, reason: Reason) -> None:
        if self.clock() + after >= self.ends:
            raise Paused(reason.code)
        await self.pause(after.total_seconds())


def _name(part: str, number: int) -> str:
    return f"{part}-{number:05d}"
