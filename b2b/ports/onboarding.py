"""What bringing a guest in asks for: the directory, the ledger and the queues."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from b2b.domain.access import AccountKind, Assignment, Membership
from b2b.domain.batch import Batch, LedgerRow
from b2b.domain.guest import GuestId, GuestRecord, Invitation, Known
from b2b.domain.outcome import Outcome
from b2b.domain.policy import Admission
from b2b.domain.request import Address, BatchId, GroupId, GuestRequest, RowRef
from b2b.domain.sponsor import SponsorId
from b2b.domain.stay import StayChange


class Directory(Protocol):
    """The tenant's guests and groups. Every method raises Refused or TryLater."""

    async def find(self, address: Address) -> Known | None:
        """Whoever holds the address, also in the recycle bin.

        None may mean that an account is too fresh to be seen. Raises Refused when several hold it.
        """

    async def invite(
        self,
        address: Address,
        name: str,
        admission: Admission,
        *,
        mail: bool,
        sponsor: SponsorId | None = None,
    ) -> Invitation | Known:
        """A new guest, or the account that the directory says holds the address already.

        `sponsor` becomes the guest's sponsor in the directory, where the directory lets us say so.

        TryLater.unclear is true when the invitation may have been sent although no answer came.
        """

    async def kinds(self, accounts: Sequence[GuestId]) -> Mapping[GuestId, AccountKind]:
        """What each account is now. One that the directory does not show is left out."""

    async def add_members(self, group: GroupId, guests: Sequence[GuestId]) -> Membership:
        """A group already held counts as given. Says of each guest what came of it."""

    async def members_among(self, group: GroupId, guests: Sequence[GuestId]) -> frozenset[GuestId]:
        """Those of the guests who are in the group, also by another group within it."""

    async def remove_members(
        self,
        group: GroupId,
        guests: Sequence[GuestId],
        *,
        as_members: frozenset[GuestId] = frozenset(),
    ) -> Membership:
        """Out of the group; the accounts stay. Who is no member counts as removed.

        Refuses each who is not of userType Guest, and each who is a member by another group.
        `as_members`: those whom we invited with userType Member; they may be members by now.
        """


class Ledger(Protocol):
    """What we promised, durable before it is acted on. Raises TryLater when out of reach."""

    async def batch(self, batch: BatchId) -> Batch | None: ...

    async def keep_batch(self, batch: Batch) -> Batch:
        """Raises TryLater `changed_meanwhile` when another writer was first: read again."""

    async def unfinished(self) -> Sequence[Batch]:
        """The batches whose file was not read to its end, or is being read now or again."""

    async def upload(self, name: str) -> str | None:
        """The version of the file of this name that was taken in last."""

    async def keep_upload(self, name: str, version: str) -> None: ...

    async def count_try(self, name: str, version: str) -> int:
        """Counts a run that begins to read this version; answers how many did without progress."""

    async def count_progress(self, name: str, version: str) -> None:
        """Sets the count of runs without progress back to none."""

    async def open_rows(self, rows: Sequence[LedgerRow]) -> Sequence[LedgerRow]:
        """Keeps each row of one batch unless it is kept already; answers how each stands now."""

    async def reopen(self, row: LedgerRow) -> LedgerRow:
        """Takes the outcome off a row, if it has one, so that its request can be made anew."""

    async def row(self, ref: RowRef) -> LedgerRow | None: ...

    def rows(self, batch: BatchId) -> AsyncIterator[LedgerRow]:
        """All rows of a batch by line. Raises rather than leaving any out."""

    async def keep_guest_of(self, ref: RowRef, guest: GuestId, link: str) -> None:
        """Notes on an open row which guest it became, and the redemption link if one was asked."""

    async def keep_stay(self, ref: RowRef, stay: StayChange | None) -> None:
        """Notes on a row what its request does to the stay; None takes the note off."""

    async def close(self, ref: RowRef, outcome: Outcome) -> bool:
        """The first outcome stays. True when this one did."""

    async def close_held(self, ref: RowRef, outcome: Outcome) -> bool:
        """Puts the outcome in place of HeldByBrake. False when the row is not held."""

    async def guest(self, address: Address) -> GuestRecord | None: ...

    async def keep_guest(self, record: GuestRecord) -> GuestRecord:
        """Raises TryLater when another writer was first: read again and decide anew."""


class Queues(Protocol):
    """Messages to ourselves. Sending the same one twice is delivering it once, mostly."""

    async def invite(self, requests: Sequence[tuple[GuestRequest, int]]) -> None:
        """Requests with their generation: a request sent again on purpose is a new message."""

    async def assign(self, assignment: Assignment, generation: int, after: timedelta) -> None: ...

    async def publish(self, batch: BatchId) -> None:
        """Asks for the results of a batch at the end of the present slot."""
