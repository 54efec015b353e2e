"""What the sweep and the departures ask for: everybody, one account, and what was done."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from b2b.domain.batch import LedgerRow
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import (
    Action,
    ActionId,
    Approval,
    Belongings,
    Custody,
    Outcome,
    Promise,
    Resident,
    Run,
    RunId,
    Sighting,
)
from b2b.domain.request import Address, GroupId
from b2b.ports.shared import Page, UnreadItem


class Roll(Protocol):
    """Everybody in the tenant, for a sweep. Every method raises Refused or TryLater."""

    async def count(self) -> int:
        """How many guests the directory says there are."""

    async def guests(self, following: str = "") -> Page[Resident]:
        """An account that cannot be read is told as `unread`; the others of its page are there."""

    async def look_up(self, guests: Sequence[GuestId]) -> Mapping[GuestId, Sighting | UnreadItem]:
        """Each of these accounts by its id, in the directory or in its recycle bin."""

    async def last_seen(self, until: date, following: str = "") -> Page[tuple[GuestId, date]]:
        """Whoever signed in interactively until that day, with the newest date of any kind.

        Who never signed in, or whose date nobody knows, is not among them.
        """

    async def tells_sign_ins(self) -> bool:
        """Whether the directory tells the date of anybody's sign-in."""

    async def role_holders(self) -> frozenset[GuestId]:
        """Who holds a directory role, may take one up, or is in a group that may hold roles."""

    async def members(self, group: GroupId) -> frozenset[GuestId]:
        """All of them, also those of groups within the group."""

    async def at_work(self, addresses: Sequence[str]) -> frozenset[str]:
        """Those of the addresses, casefolded, that belong to enabled members of the tenant.

        Also those of whom the directory does not say that they are none.
        """


class Accounts(Protocol):
    """One guest's account, read and changed. Every method raises Refused or TryLater."""

    async def look(self, guest: GuestId) -> Sighting: ...

    async def seen(self, guest: GuestId) -> date | None:
        """The newest sign-in of any kind; None when the directory tells none."""

    async def holds_role(self, guest: GuestId) -> bool:
        """As `Roll.role_holders` defines it, for one guest."""

    async def groups_among(self, guest: GuestId, groups: Sequence[GroupId]) -> frozenset[GroupId]:
        """Those of the groups that the guest is in, also through other groups."""

    async def belongings(self, guest: GuestId) -> Belongings: ...

    async def block(self, guest: GuestId) -> None:
        """No new sign-in. Tokens that were issued before lapse within about an hour, sooner where
        continuous access evaluation is supported; nothing that we may call ends them."""

    async def enable(self, guest: GuestId) -> None: ...

    async def remove(self, guest: GuestId) -> None:
        """Into the recycle bin. There is no other way."""

    async def restore(self, guest: GuestId) -> None: ...


class Journal(Protocol):
    """Runs, their actions, and what we remember of guests. Raises TryLater when out of reach."""

    async def run(self, run: RunId) -> Run | None: ...

    async def keep_run(self, run: Run) -> Run:
        """Returns it with its new version. A run without a version is written over any other.

        Raises TryLater when another writer was first.
        """

    async def begin_run(self, run: Run) -> Run:
        """Returns the run of this id: the given one, or the one that the journal has already."""

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

    async def close_action(self, run: RunId, action: ActionId, outcome: Outcome) -> None:
        """The first outcome stays."""

    async def approval(self, approval: str) -> Approval | None: ...

    async def approvals(self) -> Sequence[Approval]:
        """Of all runs, the oldest first."""

    async def keep_approval(self, approval: Approval) -> Approval:
        """Returns it with its new version. Raises TryLater when another writer was first."""

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
