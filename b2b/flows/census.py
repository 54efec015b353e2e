"""A night's census: read everybody, join, count, compare, and leave a report worth looking at."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from b2b import events
from b2b.domain.census import (
    Gauges,
    Known,
    Person,
    Picture,
    Quota,
    Terms,
    join,
)
from b2b.domain.errors import Refused
from b2b.domain.lifecycle import RunId
from b2b.domain.policy import Policy
from b2b.domain.reason import Reason
from b2b.flows.asking_again import Asking, GivenUp, OutOfTime
from b2b.flows.census_papers import census_json, guests_csv, stopped_json
from b2b.flows.census_past import CONTAINER, Archive
from b2b.flows.census_picture import Audit, drawn_up
from b2b.flows.census_reading import CensusReading, Read, Spoilt
from b2b.flows.notebook import BlobNotebook, Notebook
from b2b.flows.survey import promised_to
from b2b.ports import ActiveGuests, ActivityFindings, Clock, Files, Journal, PolicyNow, Roll
from b2b.ports.census import DrawReport, Quick, Register

log = logging.getLogger(__name__)

SHOWN = 300  # guests in the page's table; guests.csv has everybody
QUICK = timedelta(minutes=1)
DONE, LATEST = "census.json", "latest.html"


@dataclass(frozen=True, slots=True)
class Papers:
    """The files of one census: name and content."""

    picture: Picture
    guests: Iterable[bytes]
    report: bytes

    def all(self) -> Sequence[tuple[str, Iterable[bytes]]]:
        """The one that says that the census is done comes last."""
        return [
            ("guests.csv", self.guests),
            ("report.html", [self.report]),
            (DONE, [census_json(self.picture)]),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """`turn`: how long one invocation may take."""

    register: Register
    roll: Roll
    journal: Journal
    files: Files
    policy: PolicyNow
    active: ActiveGuests
    export: ActivityFindings
    draw: DrawReport
    clock: Clock
    pause: Callable[[float], Awaitable[None]]
    turn: timedelta

    async def go_on(self) -> bool:
        """One turn of today's census; True when it is done. Raises TryLater.

        What cannot be read whole leaves no report but `stopped.json`, and an error in the log.
        """
        today = self.clock().date()
        if await self._is_done(today):
            return True
        try:
            papers = await self.take(BlobNotebook(self.files, RunId(f"census-{today}")), self.turn)
        except OutOfTime:
            log.info(events.CENSUS_PAUSED, extra={"date": today.isoformat()})
            return False
        except (Spoilt, GivenUp, Refused) as end:  # Refused: the policy, or the roles
            await self._stop(today, end.reason)
            return False
        await self._publish(today, papers)
        return True

    async def take(self, notebook: Notebook, within: timedelta) -> Papers:
        """Nothing is kept. Raises Spoilt, GivenUp, OutOfTime, Refused, TryLater."""
        today, policy = self.clock().date(), await self.policy()
        asking = Asking(clock=self.clock, pause=self.pause, ends=self.clock() + within)
        reading = CensusReading(
            register=self.register,
            roll=self.roll,
            notebook=notebook,
            asking=asking,
            dates=policy.lifecycle.inactive_block_days > 0,
        )
        read = await reading.read()
        people = await self._joined(read, policy, asking)
        terms = Terms(
            unredeemed=policy.lifecycle.unredeemed_block_days,
            inactive=policy.lifecycle.inactive_block_days,
            dates=read.seen is not None,
        )
        gauges = await self._gauges(policy, today, asking)
        archive = Archive(self.files)
        audit = Audit(
            read=read,
            people=people,
            policy=policy,
            terms=terms,
            gauges=gauges,
            past=await archive.censuses(today),
            posture=await archive.posture(today),
            export=await self.export(),
            today=today,
        )
        picture = drawn_up(audit)
        return Papers(picture, guests_csv(people, terms, today), self.draw(picture))

    async def quick(self) -> tuple[Quick, Quota | str]:
        """A handful of requests. The quota, or why there is none. Raises Refused, TryLater."""
        asking = Asking(clock=self.clock, pause=self.pause, ends=self.clock() + QUICK)
        quick = await self.register.quick(self.clock().date())
        quota, note = await self._quota(asking)
        return quick, quota or note

    async def _is_done(self, today: date) -> bool:
        try:
            await self.files.read(CONTAINER, f"census/{today}/{DONE}")
        except Refused:  # blob_missing
            return False
        return True

    async def _joined(self, read: Read, policy: Policy, asking: Asking) -> list[Person]:
        """Everybody by partner, domain and address, whatever order the directory lists them in."""
        promises = await promised_to(self.journal)
        custody = {one.guest: one async for one in self.journal.all_custody()}
        sponsors = sorted({one.sponsor for one in promises.values()} - {""})
        known = Known(
            policy=policy,
            promises=promises,
            custody=custody,
            at_work=await asking.ask(lambda: self.roll.at_work(sponsors)),
            role_holders=read.role_holders,
            seen=read.seen,
        )
        everybody = [join(one, known) for one in (*read.guests, *read.deleted)]
        return sorted(everybody, key=lambda one: (one.partner, one.domain, one.mail, one.id))

    async def _gauges(self, policy: Policy, today: date, asking: Asking) -> Gauges:
        quota, note = await self._quota(asking)
        month = await self.active(today)
        return Gauges(
            ceiling=policy.posture.most_guests,
            quota=quota,
            quota_note=note,
            active=month.active_guests if month else None,
            active_partial=month is not None and month.partial,
        )

    async def _quota(self, asking: Asking) -> tuple[Quota | None, str]:
        """It comes of a preview interface: whatever that does, the census goes on without."""
        try:
            return await asking.ask(self.register.quota), ""
        except (Refused, GivenUp) as end:
            return None, end.reason.sentence

    async def _publish(self, today: date, papers: Papers) -> None:
        """`latest.html` before the file that says it is done: what dies in between is done anew."""
        everything = list(papers.all())
        for name, content in everything[:-1]:
            await self.files.write(CONTAINER, f"census/{today}/{name}", _stream(content))
        await self.files.write(CONTAINER, LATEST, _stream([papers.report]))
        name, content = everything[-1]
        await self.files.write(CONTAINER, f"census/{today}/{name}", _stream(content))
        picture = papers.picture
        facts = {
            "date": today.isoformat(),
            "guests": picture.figures.guests,
            "findings": len(picture.findings),
        }
        log.info(events.CENSUS_DONE, extra=facts)

    async def _stop(self, today: date, reason: Reason) -> None:
        log.error(events.CENSUS_STOPPED, extra={"date": today.isoformat(), "code": reason.code})
        content = [stopped_json(today, reason.code, reason.sentence)]
        await self.files.write(CONTAINER, f"census/{today}/stopped.json", _stream(content))


async def _stream(content: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece
