"""One mail to one person for one cause, and how far it has come."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from b2b.domain.guest import GuestId
from b2b.domain.reason import Reason
from b2b.domain.request import Address, Delivery, address_key

LetterId = NewType("LetterId", str)


NOBODY = Address("")


class MailKind(StrEnum):
    """What a mail is about; operators name their own templates by these words."""

    INVITATION = "invitation"
    REDEEM = "redeem"  # the invitation is still open: a fresh link
    ENDS_SOON = "ends_soon"  # to the guest
    GUEST_ENDS_SOON = "guest_ends_soon"  # to the sponsor; of older versions, no longer posted
    GUESTS_END_SOON = "guests_end_soon"  # to a sponsor: all guests of a day
    GUESTS_OPEN = "guests_open"  # to a sponsor: open invitations, with links to pass on
    GUESTS_RESTORED = "guests_restored"  # to a sponsor: all guests of a day
    BLOCKED = "blocked"
    REMOVED = "removed"
    ACCESS_RESTORED = "access_restored"  # to the guest, who was told of a block or removal
    DIGEST = "digest"  # to a sponsor, once a week

    @property
    def carries_link(self) -> bool:
        return self in (MailKind.INVITATION, MailKind.REDEEM)

    @property
    def collects(self) -> bool:
        """One letter to a sponsor a day, about all guests that have come up."""
        return self in (MailKind.GUESTS_END_SOON, MailKind.GUESTS_OPEN, MailKind.GUESTS_RESTORED)


class Stage(StrEnum):
    """WRITING: somebody has set out, and may have died. DRAFTED: only sending is left."""

    WAITING = "waiting"
    WRITING = "writing"
    DRAFTED = "drafted"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Line:
    """One guest in a list, and the day that matters there.

    `key` names the guest and the occasion, `note` a reason among our words. `partner`,
    `redirect_url` and `language` are what a fresh link is asked for with.
    """

    address: str
    day: date | None = None
    guest: str = ""
    key: str = ""
    note: str = ""
    partner: str = ""
    redirect_url: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line that was not sent with its letter, by its key, and why."""

    key: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Section:
    """Part of a digest. `total` may be more than there are lines."""

    name: str
    total: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a mail tells. Clean text only; never the redemption link, which is fetched to send.

    `about`: the keys of all lines, or the ids of guests that a digest calls blocked; kept when the
    lines are forgotten. `losses`: the letters that told what this one takes back.
    """

    name: str = ""
    address: Address = NOBODY
    partner: str = ""
    sponsor: str = ""
    until: date | None = None
    message: str = ""
    rule: str = ""
    redirect_url: str = ""
    total: int = 0
    sections: tuple[Section, ...] = ()
    about: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    losses: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for section in self.sections for line in section.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """`carrier`: Microsoft's own mail, or ours. `again`: when a person asked to try it once more.

    `version` guards against two writers at once.
    """

    id: LetterId
    kind: MailKind
    to: Address
    language: str
    at: datetime
    facts: Facts
    again: datetime | None = None
    guest: GuestId | None = None
    carrier: Delivery = Delivery.MAIL
    stage: Stage = Stage.WAITING
    claimed: datetime | None = None
    draft: str = ""
    ended: datetime | None = None
    reason: Reason | None = None
    version: str | None = None

    @property
    def over(self) -> bool:
        return self.stage in (Stage.SENT, Stage.DROPPED)

    @property
    def since(self) -> datetime:
        """Since when it has been tried."""
        return self.again or self.at

    @property
    def errand(self) -> str:
        """The id of the message that points at it: asked for again, it is another message."""
        return f"{self.id}.{self.again.timestamp():.0f}" if self.again else self.id


@dataclass(frozen=True, slots=True)
class Written:
    """A mail as it is read: one line of subject, and the same words twice.

    `links`: the only ones that it may hold, beside those that begin as one of `beginnings`.
    """

    subject: str
    html: str
    text: str
    links: frozenset[str] = frozenset()
    beginnings: frozenset[str] = frozenset()


def letter_id(kind: MailKind, to: str, occasion: str) -> LetterId:
    """The same person, kind and occasion is the same mail, whoever asks for it how often."""
    parts = "\n".join([kind, address_key(to), occasion])
    return LetterId(sha256(parts.encode()).hexdigest()[:32])
