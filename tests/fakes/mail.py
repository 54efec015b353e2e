"""Outbox, mailbox and stationery in memory."""

from asyncio import sleep
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

from b2b.domain.errors import Refused, TryLater
from b2b.domain.mail import Letter, LetterId, Stage, Written
from b2b.domain.policy import MailTerms
from b2b.domain.reason import Reason
from b2b.domain.request import Address
from b2b.ports.mail import DraftId, Envelope
from tests.fakes.directory import Answer
from tests.fakes.footing import Footing


class FakeOutbox:
    def __init__(self, footing: Footing) -> None:
        self.kept: dict[LetterId, Letter] = {}
        self._footing = footing
        self._versions = count(1)

    async def post(self, letter: Letter) -> Letter:
        self._footing.tread()
        if letter.id not in self.kept:
            self.kept[letter.id] = replace(letter, version=str(next(self._versions)))
        self._footing.tread()
        return self.kept[letter.id]

    async def letter(self, letter: LetterId) -> Letter | None:
        await sleep(0)  # others may come in between, as they do on a wire
        self._footing.tread()
        return self.kept.get(letter)

    async def letters_to(self, address: Address) -> Sequence[Letter]:
        self._footing.tread()
        return [one for one in self.kept.values() if one.to == address]

    async def unsent(self) -> Sequence[Letter]:
        self._footing.tread()
        return [one for one in self.kept.values() if one.stage is not Stage.SENT]

    async def keep(self, letter: Letter) -> Letter:
        await sleep(0)  # others may come in between, as they do on a wire
        self._footing.tread()
        if letter.version != self.kept[letter.id].version:
            reason = Reason("changed_meanwhile", "Another writer was first.")
            raise TryLater(reason, timedelta(seconds=1))
        kept = replace(letter, version=str(next(self._versions)))
        self.kept[letter.id] = kept
        self._footing.tread()
        return kept


@dataclass(slots=True)
class Draft:
    envelope: Envelope
    sent: bool = False


@dataclass(slots=True)
class FakeMailbox:
    """`sent` is what went out. `says_next` puts answers in place of the next ones."""

    footing: Footing
    drafts: dict[DraftId, Draft] = field(default_factory=dict)
    sent: list[Envelope] = field(default_factory=list)
    coming: dict[str, list[Answer]] = field(default_factory=dict)
    sends_again: bool = False  # breaks the promise that a draft is sent once

    def says_next(self, method: str, error: Refused | TryLater, *, done: bool = False) -> None:
        self.coming.setdefault(method, []).append(Answer(error, done))

    async def turn(self) -> None:
        self._fail("turn", done=False)

    async def draft(self, envelope: Envelope) -> DraftId:
        for _ in range(9):  # long enough for others to come in between
            await sleep(0)
        self.footing.tread()
        self._fail("draft", done=False)
        name = DraftId(f"draft-{len(self.drafts) + 1}")
        self.drafts[name] = Draft(envelope)
        self.footing.tread()
        self._fail("draft", done=True)
        return name

    async def find(self, letter: LetterId) -> DraftId | None:
        self.footing.tread()
        self._fail("find", done=False)
        found = (n for n, d in self.drafts.items() if d.envelope.letter == letter and not d.sent)
        return next(found, None)

    async def is_sent(self, draft: DraftId) -> bool:
        self.footing.tread()
        self._fail("is_sent", done=False)
        return draft not in self.drafts or self.drafts[draft].sent

    async def send(self, draft: DraftId) -> None:
        await sleep(0)  # others may come in between, as they do on a wire
        self.footing.tread()
        self._fail("send", done=False)
        held = self.drafts.get(draft)
        if held is not None and (self.sends_again or not held.sent):
            held.sent = True
            self.sent.append(held.envelope)
        self.footing.tread()
        self._fail("send", done=True)

    def _fail(self, method: str, *, done: bool) -> None:
        waiting = self.coming.get(method, [])
        if waiting and waiting[0].done is done:
            raise waiting.pop(0).error


@dataclass(slots=True)
class FakeStationery:
    """Writes the kind, the reader, the lines and the links, so that tests can ask for them."""

    async def write(
        self, letter: Letter, terms: MailTerms, link: str, links: Mapping[str, str]
    ) -> tuple[str, Written]:
        lines = [f"{one.address} {links.get(one.key, '')}".strip() for one in letter.facts.lines]
        text = f"{letter.kind} {letter.facts.address} {link} {letter.facts.message}".strip()
        text = "\n".join([text, *lines])
        return letter.language, Written(f"{terms.organisation}: {letter.kind}", text, text)
