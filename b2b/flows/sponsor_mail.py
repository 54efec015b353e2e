"""What concerns many guests of one sponsor is one mail a day: lines are collected, then sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from b2b.domain.guest import GuestId
from b2b.domain.mail import Facts, LeftOut, Letter, Line, MailKind, Section, Stage, letter_id
from b2b.domain.request import Address
from b2b.flows.changing import until_ours
from b2b.flows.posting import Posting
from b2b.ports import Clock

SHOWN = 40  # lines of one letter; the others are counted
LINKS = 10  # each costs a write in the directory, and a guest without a link is not helped
MOST = 500  # guests of one letter: what the outbox keeps of it stays below 64 KiB
LATE = timedelta(days=2)  # no letter waits for longer
DAYS = 60  # that a line is looked for, or put off
SECTIONS = {
    MailKind.GUESTS_END_SOON: "ending",
    MailKind.GUESTS_OPEN: "open",
    MailKind.GUESTS_RESTORED: "restored",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SponsorMail:
    """`wait`: how long a letter stays open for more guests; who comes later waits for the next
    day's letter."""

    posting: Posting
    clock: Clock
    wait: timedelta

    async def add(
        self, kind: MailKind, sponsor: Address, line: Line, language: str, first: date
    ) -> Letter:
        """Returns the letter that the line is in. A line that was added before, on the day `first`
        or later, is found there and not added again. Raises TryLater."""
        letter = await until_ours(lambda: self._add(kind, sponsor, line, language, first))
        if not letter.over:
            after = max(letter.at - self.clock(), timedelta(0))
            await self.posting.post(letter, after=after)
        return letter

    async def _add(
        self, kind: MailKind, sponsor: Address, line: Line, language: str, first: date
    ) -> Letter:
        known = await self._known(kind, sponsor, line, first)
        if known is not None:
            return known
        today = self.clock().date()
        for ahead in range(DAYS):
            letter = self._letter(kind, sponsor, line, language, today + timedelta(days=ahead))
            standing = await self.posting.outbox.post(letter)
            if _holds(standing, line):
                return standing
            longer = _with(standing, line)
            if longer is not None:
                return await self.posting.outbox.keep(longer)
        raise AssertionError(f"no room in the letters of {DAYS} days")

    async def _known(
        self, kind: MailKind, sponsor: Address, line: Line, first: date
    ) -> Letter | None:
        """The letter that holds the line already. All days are looked at before it is added to
        any: a letter that could not be sent opens again, and the line may be in a later one.

        Before `first` only letters count that were sent or still may be."""
        today = self.clock().date()
        first = max(min(first, today), today - timedelta(days=DAYS))
        day = first - LATE
        while True:
            identity = letter_id(kind, sponsor, day.isoformat())
            standing = await self.posting.outbox.letter(identity)
            if standing is not None and (
                _holds(standing, line) if day >= first else _may_tell(standing, line)
            ):
                return standing
            if standing is None and day >= today:
                return None
            day += timedelta(days=1)

    def _letter(
        self, kind: MailKind, sponsor: Address, line: Line, language: str, day: date
    ) -> Letter:
        opens = datetime.combine(day, time(), UTC)
        return Letter(
            id=letter_id(kind, sponsor, day.isoformat()),
            kind=kind,
            to=sponsor,
            language=language,
            at=max(self.clock(), opens) + self.wait,
            facts=Facts(
                total=1, sections=(Section(SECTIONS[kind], 1, (line,)),), about=(line.key,)
            ),
        )


def line_key(guest: str, occasion: str) -> str:
    return sha256(f"{guest}\n{occasion}".encode()).hexdigest()[:10]


def without(letter: Letter, left_out: Sequence[LeftOut]) -> Letter:
    """The letter without these lines; why they are missing stays in it."""
    facts, gone = letter.facts, {left.key for left in left_out}
    sections = tuple(_shorter(section, gone) for section in facts.sections)
    return replace(
        letter,
        facts=replace(
            facts,
            sections=sections,
            total=sum(section.total for section in sections),
            about=tuple(key for key in facts.about if key not in gone),
            left_out=(*facts.left_out, *left_out),
        ),
    )


def about(letter: Letter, line: Line) -> Letter:
    """The letter as if it were about the guest of one line only."""
    facts = Facts(
        address=Address(line.address),
        partner=line.partner,
        until=line.day,
        redirect_url=line.redirect_url,
    )
    language = line.language or letter.language
    return replace(letter, guest=GuestId(line.guest), language=language, facts=facts)


def _shorter(section: Section, gone: Collection[str]) -> Section:
    lines = tuple(line for line in section.lines if line.key not in gone)
    return Section(section.name, section.total - len(section.lines) + len(lines), lines)


def _holds(letter: Letter, line: Line) -> bool:
    left_out = (left.key for left in letter.facts.left_out)
    return line.key in letter.facts.about or line.key in left_out


def _may_tell(letter: Letter, line: Line) -> bool:
    return letter.stage is not Stage.DROPPED and line.key in letter.facts.about


def _with(letter: Letter, line: Line) -> Letter | None:
    """None for a letter that is being written, was sent, or is full."""
    facts = letter.facts
    open_still = letter.stage is Stage.WAITING and letter.claimed is None and letter.again is None
    most = LINKS if letter.kind is MailKind.GUESTS_OPEN else MOST
    if not open_still or len(facts.about) >= most:
        return None
    (section,) = facts.sections
    lines = sorted((*section.lines, line), key=_order)[:SHOWN]
    longer = Section(section.name, section.total + 1, tuple(lines))
    longer_facts = replace(
        facts, total=longer.total, sections=(longer,), about=(*facts.about, line.key)
    )
    return replace(letter, facts=longer_facts)


def _order(line: Line) -> tuple[date, str]:
    return line.day or date.max, line.address
