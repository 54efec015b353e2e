"""Once a week each sponsor is told about their guests, if there is something to tell."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from b2b import events
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Custody, Hold, Promise, Resident
from b2b.domain.mail import Facts, Letter, LetterId, Line, MailKind, Section, letter_id
from b2b.domain.policy import Policy
from b2b.domain.request import Address
from b2b.flows.posting import Posting
from b2b.flows.why_enabled import WhyEnabled, last_night
from b2b.ports import Clock, Journal, PolicyNow, Roll

log = logging.getLogger(__name__)

AHEAD = timedelta(days=30)
SHOWN = 40  # guests in one section; the others are counted
AT_ONCE = 50


@dataclass(slots=True)
class _Tally:
    """What there is to tell one sponsor. `all` counts the guests that they answer for."""

    address: str
    all: int = 0
    ending: list[Line] = field(default_factory=list)
    over: list[Line] = field(default_factory=list)
    blocked: list[Line] = field(default_factory=list)
    unredeemed: list[Line] = field(default_factory=list)

    def sections(self) -> tuple[Section, ...]:
        parts = {
            "ending": self.ending,
            "over": self.over,
            "blocked": self.blocked,
            "unredeemed": self.unredeemed,
        }
        return tuple(_section(name, lines) for name, lines in parts.items() if lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """What a weekly look may touch. It changes nothing in the directory."""

    posting: Posting
    roll: Roll
    journal: Journal
    policy: PolicyNow
    clock: Clock

    async def post(self) -> int:
        """How many letters there are this week; posted again, they are the same. Raises TryLater,
        and Refused when the policy or the directory cannot be read: half a list is told nobody."""
        policy = await self.policy()
        wanted = policy.mail.digests and policy.lifecycle.mode.acts
        if not (wanted and self.posting.mailbox):
            return 0
        letters = await self._letters(policy)
        for start in range(0, len(letters), AT_ONCE):
            await self.posting.post(*letters[start : start + AT_ONCE])
        log.info(events.DIGESTS_POSTED, extra={"letters": len(letters)})
        return len(letters)

    async def _letters(self, policy: Policy) -> Sequence[Letter]:
        today = self.clock().date()
        tallies = await self._tallies(policy, today)
        told = {key: one for key, one in tallies.items() if one.sections()}
        there = await self.roll.at_work([one.address for one in told.values()])
        return [self._letter(one, policy, today) for key, one in told.items() if key in there]

    async def _tallies(self, policy: Policy, today: date) -> dict[str, _Tally]:
        residents = await self._residents()
        custody = {one.guest: one async for one in self.journal.all_custody()}
        night = last_night(await self.journal.runs())
        acted = await self.journal.actions(night.id) if night else ()
        still = WhyEnabled(policy, today, night, acted)
        tallies: dict[str, _Tally] = {}
        async for promise in self.journal.promises():
            resident = residents.get(promise.guest)
            if resident is None or not promise.sponsor:
                continue
            tally = tallies.setdefault(promise.sponsor.casefold(), _Tally(promise.sponsor))
            known = custody.get(promise.guest) or Custody(guest=promise.guest)
            why = still.note(promise, resident, known)
            _count(tally, promise, resident, known.block, why, today)
        return tallies

    async def _residents(self) -> dict[GuestId, Resident]:
        found: dict[GuestId, Resident] = {}
        page = await self.roll.guests()
        while True:
            found |= {one.id: one for one in page.items}
            if not page.following:
                return found
            page = await self.roll.guests(page.following)

    def _letter(self, tally: _Tally, policy: Policy, today: date) -> Letter:
        sections = tally.sections()
        blocked = (one.lines for one in sections if one.name == "blocked")
        return Letter(
            id=digest_id(Address(tally.address), today),
            kind=MailKind.DIGEST,
            to=Address(tally.address),
            language=policy.mail.language,
            at=self.clock(),
            facts=Facts(
                total=tally.all,
                sections=sections,
                about=tuple(line.guest for lines in blocked for line in lines),
            ),
        )


def digest_id(sponsor: Address, day: date) -> LetterId:
    """One a week."""
    week = day.isocalendar()
    return letter_id(MailKind.DIGEST, sponsor, f"{week.year}-W{week.week:02d}")


def _count(
    tally: _Tally, promise: Promise, resident: Resident, block: Hold | None, why: str, today: date
) -> None:
    """The gravest only: of a blocked guest nobody cares that the stay ends."""
    tally.all += 1
    end = promise.expires_on
    if not resident.enabled:
        day = block.at.date() if block else None
        tally.blocked.append(Line(promise.address, day, guest=promise.guest if block else ""))
    elif end is not None and end < today:
        tally.over.append(Line(promise.address, end, note=why))
    elif end is not None and end - today <= AHEAD:
        tally.ending.append(Line(promise.address, end))
    elif resident.pending:
        tally.unredeemed.append(Line(promise.address, promise.since))


def _section(name: str, lines: Iterable[Line]) -> Section:
    """The next or the oldest first."""
    ordered = sorted(lines, key=lambda line: (line.day or date.max, line.address))
    return Section(name, len(ordered), tuple(ordered[:SHOWN]))
