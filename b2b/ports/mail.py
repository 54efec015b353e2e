"""What sending mails asks for: an outbox, a queue, a mailbox, and somebody who writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NewType, Protocol

from b2b.domain.mail import Letter, LetterId, Written
from b2b.domain.policy import MailTerms
from b2b.domain.request import Address

DraftId = NewType("DraftId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A mail as the mailbox takes it; `letter` is the name by which it finds its draft again."""

    letter: LetterId
    to: Address
    name: str
    sender_name: str
    reply_to: str
    language: str
    written: Written


class Outbox(Protocol):
    """Every mail that was decided, kept before it is sent. Raises TryLater when out of reach."""

    async def post(self, letter: Letter) -> Letter:
        """As it stands: one that is there already stays as it is."""

    async def letter(self, letter: LetterId) -> Letter | None: ...

    async def letters_to(self, address: Address) -> Sequence[Letter]:
        """Looks through everything: for people, not for sweeps."""

    async def unsent(self) -> Sequence[Letter]:
        """Those that wait and those that were dropped. Looks through everything."""

    async def keep(self, letter: Letter) -> Letter:
        """Raises TryLater when another writer was first: read again and decide anew."""


class Rounds(Protocol):
    """Letters on their way to `send_mail`. Sending one twice is sending it once, mostly."""

    async def deliver(self, letters: Sequence[Letter], after: timedelta) -> None:
        """Known by their errands: one that a person asked for again is no duplicate."""


class Mailbox(Protocol):
    """Drafts of one mailbox; each can be sent once. Every method raises Refused or TryLater."""

    async def turn(self) -> None:
        """Waits for the next place within the mailbox's sending limit."""

    async def draft(self, envelope: Envelope) -> DraftId:
        """TryLater.unclear is true when the draft may be there although no answer came."""

    async def find(self, letter: LetterId) -> DraftId | None:
        """The draft of a letter that was not sent, if the mailbox has one."""

    async def is_sent(self, draft: DraftId) -> bool:
        """True also for a draft that is gone: nobody but us and the owner takes drafts away."""

    async def send(self, draft: DraftId) -> None:
        """A draft that was sent already counts as sent."""


class Stationery(Protocol):
    """Writes mails. A template of the operator's that fails never loses one."""

    async def write(
        self, letter: Letter, terms: MailTerms, link: str, links: Mapping[str, str]
    ) -> tuple[str, Written]:
        """The language that was found, and the mail. Raises TryLater when storage is away.

        `links`: of the lines that have one, by their keys.
        """
