"""The outbox, the herald and the awaited in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.happening import Due, Happening, HappeningId, Numbered
from b2b.domain.reason import Reason
from b2b.domain.request import Address
from b2b.ports.events import Entry
from tests.fakes.footing import Footing

UNHEARD = TryLater(Reason("events_unsent", "Nobody listens."), timedelta(seconds=5))


class FakeOutbox:
    def __init__(self, footing: Footing) -> None:
        self.entries: dict[str, Entry] = {}
        self.numbers: dict[str, dict[HappeningId, tuple[int, datetime]]] = {}
        self._footing = footing

    async def note(self, due: Due, at: datetime) -> None:
        self._footing.tread()
        key = f"{at.isoformat()}-{due!r}"
        self.entries[key] = Entry(key, due, at)
        self._footing.tread()

    async def waiting(self, after: str = "") -> Sequence[Entry]:
        self._footing.tread()
        return [self.entries[key] for key in sorted(self.entries) if key > after]

    async def number(self, happening: Happening) -> Numbered:
        self._footing.tread()
        given = self.numbers.setdefault(happening.subject, {})
        number, at = given.setdefault(happening.id, (len(given) + 1, happening.at))
        self._footing.tread()
        return Numbered(replace(happening, at=at), number)

    async def drop(self, entries: Sequence[Entry]) -> None:
        self._footing.tread()
        for entry in entries:
            self.entries.pop(entry.key, None)
        self._footing.tread()


class FakeHerald:
    """`heard` is everything, as often as it was announced."""

    def __init__(self, footing: Footing) -> None:
        self.heard: list[Numbered] = []
        self.down = False
        self._footing = footing

    def story(self, correlation: str) -> list[str]:
        """What happened, each once, in the order of the numbers."""
        about = {
            one.happening.id: one for one in self.heard if one.happening.correlation == correlation
        }
        ordered = sorted(about.values(), key=lambda one: one.number)
        return [one.happening.what.value for one in ordered]

    def contradictions(self) -> list[HappeningId]:
        """Ids under which two different things were told."""
        told: dict[HappeningId, Numbered] = {}
        return [n.happening.id for n in self.heard if told.setdefault(n.happening.id, n) != n]

    async def announce(self, news: Sequence[Numbered]) -> None:
        self._footing.tread()
        if self.down:
            raise UNHEARD
        self.heard += news
        self._footing.tread()


class FakeAwaited:
    def __init__(self, footing: Footing) -> None:
        self.guests: dict[GuestId, Address] = {}
        self._footing = footing

    async def expect(self, guest: GuestId, address: Address) -> None:
        self._footing.tread()
        self.guests[guest] = address
        self._footing.tread()

    async def expected(self) -> Sequence[tuple[GuestId, Address]]:
        self._footing.tread()
        return list(self.guests.items())

    async def forget(self, guest: GuestId) -> None:
        self._footing.tread()
        self.guests.pop(guest, None)
        self._footing.tread()
