"""What is known of one guest when a sweep decides: directory, ledger and our own doings joined."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from b2b.domain.guest import GuestId
from b2b.domain.policy import Exemption
from b2b.domain.request import Address

RunId = NewType("RunId", str)
ActionId = NewType("ActionId", str)


class Rule(StrEnum):
    """What a decision rests on."""

    EXPIRED = "expired"
    UNREDEEMED = "unredeemed"
    INACTIVE = "inactive"
    SPONSORLESS = "sponsorless"
    ENDS_SOON = "ends_soon"
    OPERATOR = "operator"  # somebody asked for it: undo, restore, renew
    RENEWED = "renewed"  # a newer request with a later end


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """An account as the directory shows it. Days are UTC; None is unknown.

    `external`: from outside, as far as the account itself tells. `mark` changes whenever anything
    changes that we read of the account, but for its being enabled.
    """

    id: GuestId
    mail: str
    user_type: str
    enabled: bool
    pending: bool
    external: bool = True
    created: date | None = None
    state_changed: date | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What the ledger says of a managed guest. No end: `expires_on` is None."""

    guest: GuestId
    address: Address
    since: date
    partner: str = ""
    sponsor: str = ""
    expires_on: date | None = None
    as_member: bool = False  # we invited the account with userType Member


def promise_to(promises: Iterable[Promise]) -> Promise:
    """Of several to one guest, who was asked for by several addresses, the one that lasts longest.

    The newest of them counts for how lately the guest was asked for.
    """
    known = list(promises)
    if len(known) == 1:
        return known[0]
    longest = max(known, key=lambda one: (one.expires_on or date.max, one.since))
    return replace(longest, since=max(one.since for one in known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A block or a removal of ours: when, by which action of which run, and why.

    `sure` is false from before the write until its answer was recorded.
    """

    at: datetime
    run: RunId
    action: ActionId
    rule: Rule
    mark: str = ""
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """What we remember of a guest between runs. `version` guards against two writers at once.

    `returning`: since when we set out to bring the guest back, until its answer was recorded.
    """

    guest: GuestId
    block: Hold | None = None
    removal: Hold | None = None
    reenabled_on: date | None = None
    returning: datetime | None = None
    sponsorless_since: date | None = None
    reminded: frozenset[str] = frozenset()
    version: str | None = None


class Answers(StrEnum):
    """Who answers for a guest now."""

    SPONSOR = "sponsor"
    FALLBACK = "fallback"  # the sponsor is gone, the partner's own one is there
    NOBODY = "nobody"
    UNKNOWN = "unknown"  # tonight nobody could read who is at work


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One managed guest, with everything that a decision may rest on.

    `seen`: the newest sign-in that the directory told, None when it told none.
    """

    resident: Resident
    promise: Promise
    custody: Custody
    seen: date | None = None
    answers: Answers = Answers.SPONSOR
    fallback: str = ""
    exemption: Exemption | None = None
    holds_role: bool = False
    entitled: bool = False  # has a live assignment of an access package

    @property
    def id(self) -> GuestId:
        return self.resident.id

    @property
    def pending_but_seen(self) -> bool:
        """Unredeemed on paper, and signed in since the invitation: one of the two is wrong.

        A redemption that was reset begins anew with the day on which its state changed.
        """
        told = (self.resident.created, self.resident.state_changed)
        since = max((day for day in told if day is not None), default=date.min)
        return self.resident.pending and self.seen is not None and self.seen >= since


def in_our_care(resident: Resident, promise: Promise) -> bool:
    """A guest from outside, or an account from outside that we invited as a member.

    Not somebody of the tenant's own whatever the userType, nor a guest whom others made a member.
    """
    if not resident.external:
        return False
    as_member = resident.user_type == "Member" and promise.as_member
    return resident.user_type == "Guest" or as_member


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What a removal takes along; recorded before it."""

    groups: tuple[tuple[str, str], ...] = ()
    sponsors: tuple[str, ...] = ()
    attributes: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InBin:
    """Deleted less than 30 days ago, and what it was."""

    resident: Resident


@dataclass(frozen=True, slots=True)
class Gone:
    """Neither in the directory nor in its recycle bin."""


Sighting = Resident | InBin | Gone
