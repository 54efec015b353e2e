"""A directory's logs in memory: events that appear late, pages newest first, weather on order."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from b2b.domain.activity import Event, Kind
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.reason import Reason
from b2b.ports import Page
from tests.fakes.clock import FakeClock
from tests.fakes.footing import Footing

PREMIUM, FREE = timedelta(days=30), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Logged:
    event: Event
    appears: datetime


def fair(number: int) -> None:
    """Every page is answered."""


class FakeEventLog:
    """`clock` is the directory's. `weather` is asked before each answer and may raise."""

    def __init__(self, clock: FakeClock, footing: Footing | None = None, page: int = 3) -> None:
        self.clock, self.page_size = clock, page
        self.logged: dict[Kind, list[Logged]] = {kind: [] for kind in Kind}
        self.guests: set[GuestId] = set()
        self.premium = True
        self.forbidden: set[Kind] = set()  # for want of a permission
        self.weather: Callable[[int], None] = fair
        self.pages = 0
        self.deepest = 0  # the last page of one list that was asked for
        self.longest: timedelta | None = None  # of a longer period only the first page is told
        self._footing = footing or Footing()

    def add(self, kind: Kind, event: Event, *, late: timedelta = timedelta(0)) -> Event:
        self.logged[kind].append(Logged(event, event.at + late))
        return event

    def told(self, kind: Kind) -> list[Event]:
        """Everything that it ever logged."""
        return [one.event for one in self.logged[kind]]

    async def now(self) -> datetime:
        self._footing.tread()
        return self.clock().replace(microsecond=0)

    async def roster(self) -> frozenset[GuestId]:
        self._footing.tread()
        return frozenset(self.guests)

    async def page(
        self, kind: Kind, since: datetime, until: datetime, following: str = ""
    ) -> Page[Event]:
        self._footing.tread()
        self.pages += 1
        self.weather(self.pages)
        if kind is Kind.SIGN_INS and not self.premium:
            raise Refused(Reason("premium_missing", "No licence."))
        if kind in self.forbidden:
            raise Refused(Reason("permission_missing", "The app lacks a Graph permission."))
        found = [event for event in self._there(kind) if since <= event.at <= until]
        start = int(following or 0)
        self.deepest = max(self.deepest, start // self.page_size + 1)
        if start and self.longest is not None and until - since > self.longest:
            raise Refused(Reason("directory_refused", "Invalid Skip Token, skip token is null"))
        more = str(start + self.page_size) if start + self.page_size < len(found) else ""
        return Page(found[start : start + self.page_size], more)

    def _there(self, kind: Kind) -> Sequence[Event]:
        now = self.clock()
        oldest = now - (PREMIUM if self.premium else FREE)
        held = (one.event for one in self.logged[kind] if one.appears <= now)
        there = (event for event in held if oldest <= event.at <= now)
        return sorted(there, key=lambda event: event.key, reverse=True)


class FakeLogTable:
    """What a workspace was sent, in order; twice is twice."""

    def __init__(self, footing: Footing | None = None) -> None:
        self.rows: list[tuple[Kind, str]] = []
        self.out_of_reach = False
        self._footing = footing or Footing()

    async def send(self, kind: Kind, events: Sequence[Event]) -> None:
        self._footing.tread()
        if self.out_of_reach:
            raise TryLater(Reason("logs_unreachable", "No answer."), timedelta(seconds=5))
        self.rows += [(kind, event.id) for event in events]
        self._footing.tread()


def sign_in(number: int, at: datetime, guest: str, *, error: int = 0, country: str = "DE") -> Event:
    identity = f"00000000-0000-4000-8000-{number:012d}"
    told = {
        "appDisplayName": "Portal",
        "conditionalAccessStatus": "notApplied",
        "createdDateTime": _written(at),
        "id": identity,
        "location": {"countryOrRegion": country},
        "status": {"errorCode": error},
        "userId": guest,
    }
    return Event(identity, at, json.dumps(told), (guest,), succeeded=error == 0)


def audit(number: int, at: datetime, *about: str, invited: bool = False) -> Event:
    told = {"activityDateTime": _written(at), "id": f"Directory_{number}", "people": about}
    return Event(f"Directory_{number}", at, json.dumps(told), about, foreign=invited)


def lines(events: Iterable[Event]) -> list[str]:
    """As they stand in files, one after the other."""
    return [event.line for event in sorted(events, key=lambda event: event.key)]


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
