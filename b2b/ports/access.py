"""What access beyond groups asks for: access packages, what we know of them, and sponsors."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from b2b.domain.access_removal import AccessRemoval
from b2b.domain.guest import GuestId
from b2b.domain.packages import (
    AccessPackage,
    AccessPackageId,
    Grant,
    Held,
    PackageAssignmentId,
    PackageRequest,
    PackageRequestId,
)
from b2b.domain.request import BatchId
from b2b.domain.sponsor import Colleague, SponsorId


class Packages(Protocol):
    """Entitlement management. Every method raises Refused or TryLater; without the licence
    Refused `packages_not_licensed`."""

    async def held(self, guest: GuestId, package: AccessPackageId) -> Held | None:
        """The live assignment; None when there is none, or none any more."""

    async def give(
        self, guest: GuestId, package: AccessPackage, until: date | None
    ) -> PackageRequest:
        """Asks for the package to the end of that day. What is asked is not done yet.

        Raises Refused `package_already_asked` while somebody else's request is open.
        TryLater.unclear is true when it may have been asked although no answer came.
        """

    async def extend(self, held: PackageAssignmentId, until: date | None) -> PackageRequest:
        """Asks for another end of what is held. Raises as `give` does."""

    async def take(
        self, guest: GuestId, held: PackageAssignmentId, *, as_member: bool = False
    ) -> PackageRequest:
        """Asks for the end of what is held. Raises as `give` does.

        Refuses `member_of_tenant` for whoever is not of userType Guest, unless we invited the
        account with userType Member.
        """

    async def request(self, request: PackageRequestId) -> PackageRequest | None:
        """None when entitlement management does not know it, or not yet."""

    async def last_request(
        self, guest: GuestId, package: AccessPackageId, since: datetime
    ) -> PackageRequest | None:
        """The newest for that guest, not older than that moment; for an answer that was lost."""

    async def holders(self) -> frozenset[GuestId]:
        """Everybody who has a live assignment of any package: whole, or an error.

        Nobody when the tenant has no licence: then there is no entitlement management.
        """

    async def holds_any(self, guest: GuestId) -> bool:
        """Whether this one is among the holders."""


class Grants(Protocol):
    """Our own record of packages and guests. Raises TryLater when out of reach."""

    async def grant(self, guest: GuestId, package: AccessPackageId) -> Grant | None: ...

    async def keep_grant(self, grant: Grant) -> Grant:
        """Raises TryLater when another writer was first: read again and decide anew."""

    async def grants_of(self, guest: GuestId) -> Sequence[Grant]: ...


class AccessRemovals(Protocol):
    """Our record of what rows took away. Raises TryLater when out of reach."""

    async def intend(self, removal: AccessRemoval) -> None:
        """Keeps it, unless one with this id is kept already: that one stays as it is."""

    async def confirm(self, removal: AccessRemoval) -> None:
        """The one with this id is TAKEN. Does nothing when none is kept."""

    async def withdraw(self, removal: AccessRemoval) -> None:
        """Forgets the one with this id while it is INTENDED."""

    async def of_batch(self, batch: BatchId) -> Sequence[AccessRemoval]:
        """Of the rows of that batch; of a batch messages-<date> those that messages took away on
        that day (UTC). Whole, or an error."""

    async def of_guest(self, guest: GuestId) -> Sequence[AccessRemoval]: ...


class Colleagues(Protocol):
    """The members of the tenant. Raises Refused or TryLater."""

    async def colleagues(self, addresses: Sequence[str]) -> Mapping[str, Colleague]:
        """By address, casefolded, as mail or as user principal name. Who is no member is left out.

        Somebody at work goes before somebody who is not.
        """


class SponsorLinks(Protocol):
    """Sponsors as the directory shows them. Raises Refused or TryLater."""

    async def hand_over(
        self, guest: GuestId, sponsor: SponsorId, instead_of: SponsorId | None
    ) -> None:
        """The one answers for the guest from now on and the other no longer. May run twice."""
