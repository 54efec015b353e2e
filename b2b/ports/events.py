"""What telling other services asks for: what is still to be told, its numbers, and a voice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from b2b.domain.guest import GuestId
from b2b.domain.happening import Due, Happening, Numbered
from b2b.domain.request import Address


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to be told, since when. `key` is its place in the outbox."""

    key: str
    due: Due
    at: datetime


class Outbox(Protocol):
    """What is to be told, durable before it happens. Raises TryLater when out of reach."""

    async def note(self, due: Due, at: datetime) -> None: ...

    async def waiting(self, after: str = "") -> Sequence[Entry]:
        """The oldest first, some hundreds at a time; the next are those after the last key."""

    async def number(self, happening: Happening) -> Numbered:
        """Its place among all of its subject; the same place and time whenever asked again.

        Raises TryLater when another writer was first: ask again.
        """

    async def drop(self, entries: Sequence[Entry]) -> None:
        """Those that are gone already count as dropped."""


class Herald(Protocol):
    """Raises TryLater when nobody can be told now."""

    async def announce(self, news: Sequence[Numbered]) -> None:
        """In this order. What was announced may be announced again, under the same ids."""


class Awaited(Protocol):
    """The guests whose acceptance we wait for. Raises TryLater when out of reach."""

    async def expect(self, guest: GuestId, address: Address) -> None: ...

    async def expected(self) -> Sequence[tuple[GuestId, Address]]:
        """All of them. Raises rather than leaving any out."""

    async def forget(self, guest: GuestId) -> None: ...


class Invitees(Protocol):
    """Raises Refused or TryLater."""

    async def pending(self) -> frozenset[GuestId]:
        """Every guest in the directory that has not accepted yet: all, or an error."""
