"""Everybody read for one census, page by page; what was read outlives the process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from b2b.domain.census import Enrolled
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.reason import Reason
from b2b.flows.asking_again import Asking, GivenUp, OutOfTime
from b2b.flows.notebook import GUESTS, READ, SEEN, Notebook, Progress
from b2b.ports import Roll
from b2b.ports.census import Register

NOT_READABLE = "not_readable"
HALF = "A census is whole or it is not: the next turn begins anew."


class Spoilt(Exception):
    """Something could not be read, or does not add up."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


NOT_ASKED = Reason(
    NOT_READABLE, "The policy says inactive_block_days = 0, so no dates of sign-ins are asked for."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """`seen` None: the directory tells no dates, and `dates_note` says why."""

    guests: Sequence[Enrolled]
    deleted: Sequence[Enrolled]
    agents: int
    seen: Mapping[GuestId, date] | None
    dates_note: str
    role_holders: frozenset[GuestId]


@dataclass(slots=True, kw_only=True)
class CensusReading:
    """Raises Spoilt; OutOfTime when the turn is over and the next one goes on from here.

    `dates`: false where the policy switches the inactivity rule off, and asks for no sign-ins.
    """

    register: Register
    roll: Roll
    notebook: Notebook
    asking: Asking
    dates: bool = True

    async def read(self) -> Read:
        try:
            return await self._read()
        except Refused as refusal:
            fault = refusal.reason
        except GivenUp as end:
            fault = end.reason
        except Spoilt as spoilt:
            fault = spoilt.reason
        await self.notebook.turn_page("anew", [], Progress())
        raise Spoilt(Reason(fault.code, f"{fault.sentence} {HALF}"))

    async def _read(self) -> Read:
        now = await self.notebook.progress()
        if now.counted is None:
            now = replace(now, counted=await self.asking.ask(self.register.count))
        while now.part == GUESTS:
            now = await self._page_of_guests(now)
        while now.part == SEEN:
            now = await self._page_of_seen(now)
        return await self._rest(now)

    async def _page_of_guests(self, now: Progress) -> Progress:
        page = await self.asking.ask(lambda: self.register.enrolled(now.following))
        pages = now.pages + 1
        after = replace(now, following=page.following, pages=pages, guest_pages=pages)
        if not page.following:  # counted at once: the dates take long, and people come and go
            after = replace(after, part=SEEN, recounted=await self.asking.ask(self.register.count))
        await self.notebook.turn_page(_name(now), [_row(one) for one in page.items], after)
        return after

    async def _page_of_seen(self, now: Progress) -> Progress:
        try:
            if not self.dates:
                raise Refused(NOT_ASKED)
            page = await self.asking.ask(lambda: self.register.sign_ins(now.following))
        except Refused as refusal:
            if refusal.reason.code != NOT_READABLE:
                raise
            after = replace(now, part=READ, following="", told=False)
            await self.notebook.turn_page("no-dates", [[refusal.reason.sentence]], after)
            return after
        part = SEEN if page.following else READ
        after = replace(now, part=part, following=page.following, pages=now.pages + 1, told=True)
        rows = [[guest, day.isoformat()] for guest, day in page.items]
        await self.notebook.turn_page(_name(now), rows, after)
        return after

    async def _rest(self, now: Progress) -> Read:
        """Small, so it is read anew in each turn that comes this far."""
        deleted = await self.asking.ask(self.register.in_bin)
        holders = await self.asking.ask(self.roll.role_holders)
        everybody = await self._guests(now)
        self._adds_up(len(everybody), now.counted or 0, now.recounted or 0)
        note = "" if now.told else str((await self.notebook.rows("no-dates"))[0][0])
        return Read(
            guests=[one for one in everybody if not one.agent],
            deleted=[one for one in deleted if not one.agent],
            agents=sum(one.agent for one in everybody),
            seen=await self._seen(now) if now.told else None,
            dates_note=note,
            role_holders=holders,
        )

    def _adds_up(self, read: int, before: int, after: int) -> None:
        """People come and go while they are listed; a page that went missing is another thing."""
        low, high = sorted((before, after))
        if not low <= read <= high:
            words = f"{read} guests were read, and the directory counts {low} to {high}."
            raise Spoilt(Reason("count_differs", words))

    async def _guests(self, now: Progress) -> Sequence[Enrolled]:
        """Somebody who moved between two pages counts once."""
        found: dict[str, Enrolled] = {}
        for number in range(now.guest_pages):
            for row in await self.notebook.rows(_page(GUESTS, number)):
                found[row[0]] = _enrolled(row)
        return list(found.values())

    async def _seen(self, now: Progress) -> Mapping[GuestId, date]:
        found: dict[GuestId, date] = {}
        for number in range(now.guest_pages, now.pages):
            for guest, day in await self.notebook.rows(_page(SEEN, number)):
                found[guest] = date.fromisoformat(day)
        return found


def _name(now: Progress) -> str:
    return _page(now.part, now.pages)


def _page(part: str, number: int) -> str:
    return f"{part}-{number:05d}"


def _row(one: Enrolled) -> list[Any]:
    day = one.created.isoformat() if one.created else ""
    return [one.id, one.mail, one.name, one.login, one.enabled, one.pending, day, one.agent]


def _enrolled(row: Sequence[Any]) -> Enrolled:
    identity, mail, name, login, enabled, pending, day, agent = row
    return Enrolled(
        id=GuestId(identity),
        mail=mail,
        name=name,
        login=login,
        enabled=enabled,
        pending=pending,
        created=date.fromisoformat(day) if day else None,
        agent=agent,
    )


__all__ = ["CensusReading", "OutOfTime", "Read", "Spoilt"]
