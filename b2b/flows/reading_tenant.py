"""The whole tenant read for one sweep: every page, or a finding about the one that failed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Finding, Resident
from b2b.domain.lifecycle.exempting import exempt_groups
from b2b.domain.lifecycle.gates import no_sign_in_dates, unreadable
from b2b.domain.lifecycle.reads import TenantRead
from b2b.domain.policy import Exemption
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId
from b2b.flows.asking_again import Asking, GivenUp, OutOfTime
from b2b.flows.notebook import (
    GUESTS,
    READ,
    SEEN,
    Notebook,
    Progress,
    as_account,
    resident_row,
    unread_row,
)
from b2b.ports import Clock, Packages, Roll, UnreadItem

T = TypeVar("T")
THROTTLED = Reason("throttled", "The directory has asked for pauses for hours.")


class RuleOff(Exception):
    """Something cannot be read: the rules that need it are off tonight."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


class Stopped(Exception):
    """Something cannot be read that every rule needs: the run ends."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


class Paused(Exception):
    """The turn is over, and the reading goes on in the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """Everybody, as one reading found them. `counted`: the directory's count before and after.

    `unread`: accounts of the list that could not be read. `findings`: what could not be read
    besides, and which rules are off without it.
    """

    guests: Sequence[Resident]
    seen: Mapping[GuestId, date]
    role_holders: frozenset[GuestId]
    members: Mapping[GroupId, frozenset[GuestId]]
    counted: tuple[int, int]
    entitled: frozenset[GuestId] = frozenset()
    unread: Sequence[UnreadItem] = ()
    findings: Sequence[Finding] = ()


@dataclass(slots=True, kw_only=True)
class ReadingTenant:
    """`until`: whoever was seen after that day is of no interest; None: the policy asks for no
    dates of sign-ins. `ends`: when the turn does. `patient_until`: how long a directory that asks
    for pauses before it tells these dates is waited for.

    `members`: accounts that we invited as members, which are not in the list of guests.
    `packages` is None where nobody hands out access packages.
    """

    roll: Roll
    notebook: Notebook
    clock: Clock
    pause: Callable[[float], Awaitable[None]]
    until: date | None
    exemptions: Sequence[Exemption]
    ends: datetime
    patient_until: datetime
    members: frozenset[GuestId] = frozenset()
    packages: Packages | None = None

    async def read(self) -> Tenant:
        """Raises Paused, Stopped, and TryLater when the notebook is out of reach."""
        progress = await self.notebook.progress()
        if progress.counted is None:
            progress = replace(progress, counted=await self.ask(TenantRead.COUNT, self.roll.count))
        while progress.part == GUESTS:
            progress = await self._page_of_guests(progress)
        accounts = await self._accounts(progress)
        if progress.part == SEEN and self.until is None:
            progress = replace(progress, part=READ)
        known = {GuestId(one.id) for one in accounts} | self.members
        while progress.part == SEEN:
            progress = await self._page_of_seen(progress, self.until or date.min, known)
        return await self._rest(progress, accounts)

    async def _page_of_guests(self, now: Progress) -> Progress:
        page = await self.ask(TenantRead.GUESTS, lambda: self.roll.guests(now.following))
        pages = now.pages + 1
        after = replace(now, following=page.following, pages=pages, guest_pages=pages)
        if not page.following:
            after = replace(after, part=SEEN)
        rows = [resident_row(one) for one in page.items] + [unread_row(one) for one in page.unread]
        await self.notebook.turn_page(_name(GUESTS, now.pages), rows, after)
        return after

    async def _page_of_seen(self, now: Progress, until: date, known: set[GuestId]) -> Progress:
        """Of the whole tenant's stale only the guests are kept."""
        try:
            page = await self._sign_ins(lambda: self.roll.last_seen(until, now.following))
        except RuleOff as failed:
            return await self._without_sign_ins(now, failed.finding)
        after = replace(
            now, following=page.following, pages=now.pages + 1, told=now.told or bool(page.items)
        )
        if not page.following:
            after = replace(after, part=READ)
        rows = [[guest, day.isoformat()] for guest, day in page.items if guest in known]
        await self.notebook.turn_page(_name(SEEN, now.pages), rows, after)
        return after

    async def _rest(self, progress: Progress, accounts: Sequence[Resident | UnreadItem]) -> Tenant:
        """Small, so it is read anew in each turn that comes this far."""
        progress = await self._anybody_seen(progress)
        members = {group: await self._members(group) for group in exempt_groups(self.exemptions)}
        holders = await self.ask(TenantRead.ROLES, self.roll.role_holders)
        entitled = await self._entitled()
        after = await self.ask(TenantRead.COUNT, self.roll.count)
        return Tenant(
            guests=[one for one in accounts if isinstance(one, Resident)],
            seen={} if progress.untold else await self._seen(progress),
            role_holders=holders,
            members=members,
            counted=(progress.counted or 0, after),
            entitled=entitled,
            unread=[one for one in accounts if isinstance(one, UnreadItem)],
            findings=[Finding(*progress.untold)] if progress.untold else [],
        )

    async def _anybody_seen(self, now: Progress) -> Progress:
        """A directory that tells the date of nobody at all tells none: that is no old date."""
        if self.until is None or now.told or now.untold or not now.counted:
            return now
        try:
            if await self._sign_ins(self.roll.tells_sign_ins):
                return replace(now, told=True)
        except RuleOff as failed:
            return await self._without_sign_ins(now, failed.finding)
        return await self._without_sign_ins(now, no_sign_in_dates())

    async def _without_sign_ins(self, now: Progress, finding: Finding) -> Progress:
        """Noted, so that later turns of the night neither ask again nor judge by half a list."""
        after = replace(now, part=READ, following="", untold=(finding.code, finding.sentence))
        await self.notebook.note(after)
        return after

    async def _sign_ins(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Raises RuleOff also when the directory has asked for pauses for too long."""
        try:
            return await self.ask(TenantRead.SIGN_INS, ask)
        except Paused:
            if self.clock() < self.patient_until:
                raise
            raise RuleOff(unreadable(TenantRead.SIGN_INS, THROTTLED)) from None

    async def _entitled(self) -> frozenset[GuestId]:
        if self.packages is None:
            return frozenset()
        return await self.ask(TenantRead.PACKAGES, self.packages.holders)

    async def _members(self, group: GroupId) -> frozenset[GuestId]:
        about = next(one for one in self.exemptions if one.group == group)
        words = (
            f" of group {group} (owner {about.owner}, reason {about.reason}, to {about.ends_on}), "
            "which is in the policy's [[exemptions]]"
        )
        return await self.ask(TenantRead.EXEMPTION, lambda: self.roll.members(group), words)

    async def _accounts(self, progress: Progress) -> Sequence[Resident | UnreadItem]:
        """Somebody who moved between two pages counts once; who has no readable id, each time."""
        found: dict[str, Resident | UnreadItem] = {}
        for number in range(progress.guest_pages):
            for row in await self.notebook.rows(_name(GUESTS, number)):
                one = as_account(row)
                found[one.id or f"without an id: {len(found)}"] = one
        return list(found.values())

    async def _seen(self, progress: Progress) -> Mapping[GuestId, date]:
        found: dict[GuestId, date] = {}
        for number in range(progress.guest_pages, progress.pages):
            for guest, day in await self.notebook.rows(_name(SEEN, number)):
                found[guest] = max(date.fromisoformat(day), found.get(guest, date.min))
        return found

    async def ask(self, read: TenantRead, ask: Callable[[], Awaitable[T]], about: str = "") -> T:
        """Raises Paused, Stopped, and RuleOff for a read that only some of the rules need."""
        asking = Asking(clock=self.clock, pause=self.pause, ends=self.ends)
        try:
            return await asking.ask(ask)
        except OutOfTime:
            raise Paused from None
        except (Refused, GivenUp) as end:
            finding = unreadable(read, end.reason, about)
            raise (Stopped if finding.stops else RuleOff)(finding) from end


def _name(part: str, number: int) -> str:
    return f"{part}-{number:05d}"
