"""Access packages of one guest: what we set out to do, what is held, how a request stands."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NewType

from b2b.domain.guest import GuestId
from b2b.domain.policy.partner import AccessPackage, AccessPackageId
from b2b.domain.reason import Reason

PackageRequestId = NewType("PackageRequestId", str)
PackageAssignmentId = NewType("PackageAssignmentId", str)


class Errand(StrEnum):
    """What we asked of entitlement management last; NONE when nothing is under way."""

    NONE = "none"
    GIVE = "give"
    EXTEND = "extend"
    TAKE = "take"


class Progress(StrEnum):
    """How far a request has come."""

    ON_ITS_WAY = "on_its_way"
    AWAITS_APPROVAL = "awaits_approval"
    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"
    DENIED = "denied"
    CANCELED = "canceled"

    @property
    def open(self) -> bool:
        return self in (Progress.ON_ITS_WAY, Progress.AWAITS_APPROVAL)


class Holding(StrEnum):
    """How a live assignment stands."""

    DELIVERING = "delivering"
    PARTLY = "partly"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Held:
    """A live assignment of one package to one guest. No end: `ends` is None."""

    assignment: PackageAssignmentId
    holding: Holding
    ends: datetime | None = None

    def lasts(self, until: date | None) -> bool:
        """To the end of that last day at least; None has no end."""
        return self.ends is None or (until is not None and self.ends >= end_of_stay(until))


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """A request as entitlement management knows it."""

    id: PackageRequestId
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The ledger's record of one package and one guest, kept before anything is asked.

    `ticket` names the request of ours that asked, `request` that of entitlement management: None
    until an answer came, and `refusal` what was answered in its place. `done_for` is the ticket
    whose errand came to a good end last. `given`: delivered by us once, and not taken away by us
    since.
    """

    guest: GuestId
    package: AccessPackage
    errand: Errand
    since: datetime
    ticket: str
    until: date | None = None
    request: PackageRequestId | None = None
    refusal: Reason | None = None
    done_for: str = ""
    given: bool = False
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What a request of ours wants for one guest and one package."""

    guest: GuestId
    package: AccessPackage
    ticket: str
    until: date | None = None
    as_member: bool = False  # we invited the account with userType Member


def end_of_stay(until: date) -> datetime:
    """The last day belongs to the stay, in UTC as everywhere."""
    return datetime.combine(until + timedelta(days=1), time.min, UTC)


__all__ = [
    "AccessPackage",
    "AccessPackageId",
    "Errand",
    "Grant",
    "Held",
    "Holding",
    "Order",
    "PackageAssignmentId",
    "PackageRequest",
    "PackageRequestId",
    "Progress",
    "end_of_stay",
]
