"""What the flows ask for: each port is a short promise, kept by an adapter and by a fake."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from b2b.domain.access import Assignment, Membership
from b2b.domain.batch import Batch, LedgerRow
from b2b.domain.guest import GuestId, GuestRecord, Invitation, Known
from b2b.domain.lifecycle import (
    Action,
    ActionId,
    Belongings,
    Custody,
    Promise,
    Resident,
    Run,
    RunId,
    Sighting,
)
from b2b.domain.lifecycle import (
    Outcome as Ended,
)
from b2b.domain.outcome import Outcome
from b2b.domain.policy import Admission, Policy
from b2b.domain.request import Address, BatchId, GroupId, GuestRequest, RowRef

Clock = Callable[[], datetime]  # aware, UTC


class Directory(Protocol):
    """The tenant's guests and groups. Every method raises Refused or TryLater."""

    async def find(self, address: Address) -> Known | None:
        """Whoever holds the address, also in the recycle bin.

        None may mean that an account is too fresh to be seen. Raises Refused when several hold it.
        """

    async def invite(
        self, address: Address, name: str, admission: Admission, *, mail: bool
    ) -> Invitation | Known:
        """A new guest, or the account that the directory says holds the address already.

        TryLater.unclear is true when the invitation may have been sent although no answer came.
        """

    async def add_members(self, group: GroupId, guests: Sequence[GuestId]) -> Membership:
        """A group already held counts as given. Says of each guest what came of it."""


class Ledger(Protocol):
    """What we promised, durable before it is acted on. Raises TryLater when out of reach."""

    async def batch(self, batch: BatchId) -> Batch | None: ...

    async def keep_batch(self, batch: Batch) -> None: ...

    async def upload(self, name: str) -> str | None:
        """The version of the file of this name that was taken in last."""

    async def keep_upload(self, name: str, version: str) -> None: ...

    async def open_rows(self, rows: Sequence[LedgerRow]) -> Sequence[LedgerRow]:
        """Keeps each row of one batch unless it is kept already; answers how each stands now."""

    async def reopen(self, row: LedgerRow) -> LedgerRow:
        """Takes the outcome off a closed row, so that its request can be made again."""

    async def row(self, ref: RowRef) -> LedgerRow | None: ...

    def rows(self, batch: BatchId) -> AsyncIterator[LedgerRow]:
        """All rows of a batch by line. Raises rather than leaving any out."""

    async def keep_guest_of(self, ref: RowRef, guest: GuestId, link: str) -> None:
        """Notes on an open row which guest it became, and the redemption link if one was asked."""

    async def close(self, ref: RowRef, outcome: Outcome) -> bool:
        """The first outcome stays. True when this one did."""

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


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """A file on local disk for as long as the context lasts; `chunks` reads it from the start."""

    version: str
    size: int
    chunks: Callable[[], Iterable[bytes]]


class Files(Protocol):
    """Blobs by container and name. Raises TryLater when storage cannot be reached."""

    def open(self, container: str, name: str) -> AbstractAsyncContextManager[OpenUpload]:
        """Streams a blob to disk. Entering raises Refused `upload_gone` when there is none."""

    async def write(self, container: str, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Whole or not at all; an older one is replaced."""

    async def read(self, container: str, name: str, known: str = "") -> tuple[bytes | None, str]:
        """A small blob and its ETag; no bytes when `known` is still its ETag. Raises Refused."""

    async def names(self, container: str) -> list[tuple[str, str]]:
        """Every blob and its ETag; none when there is no such container."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list; `following` leads to the next part and is empty on the last."""

    items: Sequence[T]
    following: str = ""


class Roll(Protocol):
    """Everybody in the tenant, for a sweep. Every method raises Refused or TryLater."""

    async def count(self) -> int:
        """How many guests the directory says there are."""

    async def guests(self, following: str = "") -> Page[Resident]: ...

    async def last_seen(self, until: date, following: str = "") -> Page[tuple[GuestId, date]]:
        """Whoever signed in interactively until that day, with the newest date of any kind.

        Who never signed in, or whose date nobody knows, is not among them.
        """

    async def tells_sign_ins(self) -> bool:
        """Whether the directory tells the date of anybody's sign-in."""

    async def role_holders(self) -> frozenset[GuestId]:
        """Who holds a directory role, or may take one up."""

    async def members(self, group: GroupId) -> frozenset[GuestId]:
        """All of them, also those of groups within the group."""

    async def at_work(self, addresses: Sequence[str]) -> frozenset[str]:
        """Those of the addresses, casefolded, that belong to enabled members of the tenant."""


class Accounts(Protocol):
    """One guest's account, read and changed. Every method raises Refused or TryLater."""

    async def look(self, guest: GuestId) -> Sighting: ...

    async def seen(self, guest: GuestId) -> date | None:
        """The newest sign-in of any kind; None when the directory tells none."""

    async def holds_role(self, guest: GuestId) -> bool:
        """Also one that can be taken up, or by a group that may hold roles."""

    async def groups_among(self, guest: GuestId, groups: Sequence[GroupId]) -> frozenset[GroupId]:
        """Those of the groups that the guest is in, also through other groups."""

    async def belongings(self, guest: GuestId) -> Belongings: ...

    async def block(self, guest: GuestId) -> None: ...

    async def revoke_sessions(self, guest: GuestId) -> None: ...

    async def enable(self, guest: GuestId) -> None: ...

    async def remove(self, guest: GuestId) -> None:
        """Into the recycle bin. There is no other way."""

    async def restore(self, guest: GuestId) -> None: ...


class Journal(Protocol):
    """Runs, their actions, and what we remember of guests. Raises TryLater when out of reach."""

    async def run(self, run: RunId) -> Run | None: ...

    async def keep_run(self, run: Run) -> None: ...

    async def runs(self) -> Sequence[Run]:
        """The oldest first."""

    async def keep_actions(self, actions: Sequence[Action]) -> None:
        """Those that the journal has already stay as they are."""

    async def action(self, run: RunId, action: ActionId) -> Action | None: ...

    async def actions(self, run: RunId) -> Sequence[Action]: ...

    async def actions_on(self, guest: GuestId) -> Sequence[Action]:
        """Of all runs. Looks through everything: for people, not for sweeps."""

    async def requests_of(self, address: Address) -> Sequence[LedgerRow]:
        """Of all batches. Looks through everything: for people, not for sweeps."""

    async def close_action(self, run: RunId, action: ActionId, outcome: Ended) -> None:
        """The first outcome stays."""

    def promises(self) -> AsyncIterator[Promise]:
        """Everybody in the ledger who has an account. Raises rather than leaving any out."""

    def all_custody(self) -> AsyncIterator[Custody]:
        """Raises rather than leaving any out."""

    async def custody(self, guest: GuestId) -> Custody:
        """An empty one when nothing is remembered."""

    async def keep_custody(self, custody: Custody) -> Custody:
        """Raises TryLater when another writer was first."""


class Dispatch(Protocol):
    """Actions on their way to `depart_guest`. Sending one twice is sending it once, mostly."""

    async def depart(self, actions: Sequence[Action]) -> None: ...


PolicyNow = Callable[[], Awaitable[Policy]]
"""The policy in force. Raises Refused `policy_missing` or `policy_faulty`, or TryLater."""
