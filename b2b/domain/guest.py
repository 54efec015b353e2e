"""A guest as the directory knows one, and as the ledger remembers one."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from b2b.domain.request import Address, RequestId

GuestId = NewType("GuestId", str)


class Redemption(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Guest:
    """An account of userType Guest that is not in the recycle bin."""

    id: GuestId
    redemption: Redemption
    enabled: bool


@dataclass(frozen=True, slots=True)
class DeletedGuest:
    """In the recycle bin: inviting the address again would fail."""

    id: GuestId


@dataclass(frozen=True, slots=True)
class Member:
    """An account of userType Member, whatever its address looks like. Never touched."""

    id: GuestId


Known = Guest | DeletedGuest | Member


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the directory answered to an invitation. `link` redeems it: treat as a secret."""

    guest: GuestId
    link: str


class Standing(StrEnum):
    """What we did last with a guest, by the ledger."""

    ASKED = "asked"  # wanted, and nothing done in the directory
    INVITING = "inviting"  # an invitation may be on its way
    INVITED = "invited"
    KNOWN = "known"  # was a guest before we were asked


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestRecord:
    """What we promised about one guest, and who asked last. `version` guards against two writers.

    `redeemed_on`: the day on which we noticed that the invitation was accepted.
    """

    address: Address
    standing: Standing
    request: RequestId
    since: datetime
    guest: GuestId | None = None
    partner: str = ""
    sponsor: str = ""
    expires_on: date | None = None
    policy_version: str = ""
    sender: str = ""
    correlation: str = ""
    redeemed_on: date | None = None
    version: str | None = None
