"""What the export of activity asks for, and what others ask of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from b2b.domain.finding import Finding
from b2b.domain.guest import GuestId
from b2b.ports.shared import Page

if TYPE_CHECKING:  # a cold worker meets every port, and none of the nights' values
    from b2b.domain.activity import Event, Kind, SignIn, Summary


class EventLog(Protocol):
    """The directory's logs. Every method raises Refused or TryLater.

    Refused `premium_missing`: the tenant's licence does not include that log.
    """

    async def now(self) -> datetime:
        """The time by the directory's own clock."""

    async def page(
        self, kind: "Kind", since: datetime, until: datetime, following: str = ""
    ) -> "Page[Event]":
        """What happened from one moment to another, both included. Newest first.

        What happened lately may not be in the log yet. An event may be on two pages.
        """


Roster = Callable[[], Awaitable[frozenset[GuestId]]]
"""Every guest, also those in the recycle bin. Raises Refused or TryLater rather than leave any."""


class LogTable(Protocol):
    """Tables of a Log Analytics workspace. Raises Refused or TryLater."""

    async def send(self, kind: "Kind", events: Sequence["Event"]) -> None:
        """Sent twice is kept twice: whoever asks the table has to look at the ids."""


ActiveGuests = Callable[[date], Awaitable["Summary | None"]]
"""How many guests signed in during the month of that day, as far as the export has come.

None when nothing is known of that month. Raises TryLater.
"""

ActivityFindings = Callable[[], Awaitable[Sequence[Finding]]]
"""Gaps and troubles of the export. Raises TryLater."""


class SignInLines(Protocol):
    """The guests' sign-ins that were exported."""

    def __call__(self, since: datetime, until: datetime) -> AsyncIterator["SignIn"]:
        """By time, `until` left out. Raises TryLater rather than leaving any out."""
