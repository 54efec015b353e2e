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
    """An account from outside that may be ours: of userType Guest, or invited by us as a member.

    Not in the recycle bin.
    """

    id: GuestId
    redemption: Redemption
    enabled: bool


@dataclass(frozen=True, slots=True)
class ExternalMember:
    """From outside, and of userType Member: ours only if we invited it as one."""

    id: GuestId
    redemption: Redemption
    enabled: bool


@dataclass(frozen=True, slots=True)
class InternalGuest:
    """An account of the tenant's own with userType Guest. Never touched."""

    id: GuestId


@dataclass(frozen=True, slots=True)
class Member:
    """A member of your own tenant: a colleague. Never touched."""

    id: GuestId


@dataclass(frozen=True, slots=True)
class DeletedGuest:
    """A guest in the recycle bin: inviting the address again would fail."""

    id: GuestId


@dataclass(frozen=True, slots=True)
class DeletedExternalMember:
    """An external member in the recycle bin: ours only if we invited it as one."""

    id: GuestId


@dataclass(frozen=True, slots=True)
class DeletedOwn:
    """An account of the tenant's own in the recycle bin: a colleague's or an internal guest's."""

    id: GuestId


Foreign = ExternalMember | InternalGuest | Member | DeletedExternalMember | DeletedOwn
"""Accounts that are none of our guests."""
Known = Guest | DeletedGuest | Foreign


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

    `redeemed_on`: the day on which we noticed that the invitation was accepted. `as_member`: our
    invitation made, or makes, an account of userType Member.
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
    as_member: bool = False
    version: str | None = None


def invited_as_member(record: GuestRecord | None, guest: GuestId) -> bool:
    """Whether this account is a member because we invited it as one.

    Also while our invitation is on its way: the process may have died before it was recorded.
    """
    if record is None or not record.as_member:
        return False
    return record.guest == guest or record.standing is Standing.INVITING


def as_ours(known: Known, record: GuestRecord | None) -> Known:
    """An external member whom we invited as one counts as a guest; all others stay what they are.

    Whether an account is Guest or Member says nothing of where it comes from:
    https://learn.microsoft.com/entra/external-id/user-properties (read 2026-11-29).
    """
    match known:
        case ExternalMember(guest, redemption, enabled) if invited_as_member(record, guest):
            return Guest(guest, redemption, enabled)
        case DeletedExternalMember(guest) if invited_as_member(record, guest):
            return DeletedGuest(guest)
        case _:
            return known
