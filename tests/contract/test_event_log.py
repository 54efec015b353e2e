"""What every log of the directory promises: the fake, and Graph's over a socket."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
import pytest_asyncio

from b2b.adapters.graph.activity import GraphEventLog, GraphRoster
from b2b.adapters.graph.connection import connect
from b2b.domain.activity import Event, Kind
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.ports import EventLog, Roster
from sandbox.directory import Directory
from sandbox.directory.panel_logs import log_sign_in
from tests.adapters.standin import SCOPE, Token
from tests.adapters.unhurried import unhurried
from tests.fakes.clock import START, FakeClock
from tests.fakes.event_log import FakeEventLog, audit, sign_in

ROLES = ("AuditLog.Read.All", "User.Read.All", "User.DeleteRestore.All")
ANN, MIA, BIN = (f"00000000-0000-4000-9000-00000000000{n}" for n in range(3))
SECOND = timedelta(seconds=1)


class Place(Protocol):
    """A directory with the guest Ann, the member Mia, and a guest in the recycle bin."""

    @property
    def log(self) -> EventLog: ...

    @property
    def roster(self) -> Roster: ...

    def signs_in(
        self, who: str, at: datetime, *, late: float = 0, error: int = 0, many: int = 1
    ) -> None: ...

    def changes(self, who: str, at: datetime) -> None: ...

    def passes(self, by: timedelta) -> None: ...

    def loses_licence(self) -> None: ...


async def everything(log: EventLog, kind: Kind, since: datetime, until: datetime) -> list[Event]:
    found: list[Event] = []
    following = ""
    while True:
        page = await log.page(kind, since, until, following)
        found += page.items
        if not (following := page.following):
            return found


class EventLogContract:
    async def test_a_period_is_told_with_both_its_ends_and_newest_first(self, place: Place) -> None:
        now = await place.log.now()
        moments = [now - 100 * SECOND, now - 50 * SECOND, now - 20 * SECOND]
        for at in (*moments, now - 101 * SECOND, now - 19 * SECOND):
            place.signs_in(ANN, at)
        found = await everything(place.log, Kind.SIGN_INS, moments[0], moments[2])

        assert [event.at for event in found] == moments[::-1]

    async def test_an_event_tells_who_and_whether_it_went_well(self, place: Place) -> None:
        now = await place.log.now()
        place.signs_in(ANN, now - 2 * SECOND)
        place.signs_in(MIA, now - SECOND, error=50126)
        mia, ann = await everything(place.log, Kind.SIGN_INS, now - 9 * SECOND, now)

        assert (ann.users, ann.succeeded) == ((ANN,), True)
        assert (mia.users, mia.succeeded) == ((MIA,), False)
        assert ann.id in ann.line
        assert "\n" not in ann.line
        assert ann.line.isascii()

    async def test_a_change_tells_whom_it_is_about(self, place: Place) -> None:
        now = await place.log.now()
        place.changes(ANN, now - SECOND)
        (event,) = await everything(place.log, Kind.AUDITS, now - 9 * SECOND, now)

        assert ANN in event.users
        assert await everything(place.log, Kind.SIGN_INS, now - 9 * SECOND, now) == []

    async def test_many_come_in_pages_and_each_is_told(self, place: Place) -> None:
        now = await place.log.now()
        place.signs_in(ANN, now - SECOND, many=1200)
        page = await place.log.page(Kind.SIGN_INS, now - 9 * SECOND, now)
        found = await everything(place.log, Kind.SIGN_INS, now - 9 * SECOND, now)

        assert page.following
        assert len({event.id for event in found}) == 1200

    async def test_what_is_late_is_told_when_it_is_there(self, place: Place) -> None:
        now = await place.log.now()
        place.signs_in(ANN, now - SECOND, late=3600)
        before = await everything(place.log, Kind.SIGN_INS, now - 9 * SECOND, now)
        place.passes(timedelta(hours=1))
        after = await everything(place.log, Kind.SIGN_INS, now - 9 * SECOND, now)

        assert (len(before), len(after)) == (0, 1)

    async def test_what_is_older_than_the_retention_is_forgotten(self, place: Place) -> None:
        now = await place.log.now()
        place.signs_in(ANN, now - SECOND)
        place.passes(timedelta(days=31))

        assert await everything(place.log, Kind.SIGN_INS, now - 9 * SECOND, now) == []

    async def test_without_a_licence_only_changes_are_told(self, place: Place) -> None:
        place.loses_licence()
        now = await place.log.now()
        place.changes(ANN, now - SECOND)
        with pytest.raises(Refused) as refusal:
            await place.log.page(Kind.SIGN_INS, now - SECOND, now)

        assert refusal.value.reason.code == "premium_missing"
        assert len(await everything(place.log, Kind.AUDITS, now - SECOND, now)) == 1

    async def test_the_time_is_the_directorys(self, place: Place) -> None:
        before = await place.log.now()
        place.passes(timedelta(days=400))
        passed = await place.log.now() - before

        assert timedelta(days=400) <= passed < timedelta(days=401)
        assert before.tzinfo is UTC

    async def test_guests_are_all_that_are_or_wait_in_the_bin(self, place: Place) -> None:
        assert await place.roster() == {ANN, BIN}


class FakePlace:
    def __init__(self) -> None:
        self.clock = FakeClock(START)
        self.kept = FakeEventLog(self.clock, page=500)
        self.kept.guests = {GuestId(ANN), GuestId(BIN)}
        self.log: EventLog = self.kept
        self.roster: Roster = self.kept.roster
        self._number = 0

    def signs_in(
        self, who: str, at: datetime, *, late: float = 0, error: int = 0, many: int = 1
    ) -> None:
        for _ in range(many):
            self._number += 1
            event = sign_in(self._number, at, who, error=error)
            self.kept.add(Kind.SIGN_INS, event, late=timedelta(seconds=late))

    def changes(self, who: str, at: datetime) -> None:
        self.kept.add(Kind.AUDITS, audit(1, at, who))

    def passes(self, by: timedelta) -> None:
        self.clock.advance(by)

    def loses_licence(self) -> None:
        self.kept.premium = False


class GraphPlace:
    def __init__(self, graph: Directory) -> None:
        self.graph = graph
        adapter = connect(Token(graph.token(*ROLES)), graph.url, SCOPE)
        self.log: EventLog = GraphEventLog(adapter, unhurried())
        self.roster: Roster = GraphRoster(adapter)

    def signs_in(
        self, who: str, at: datetime, *, late: float = 0, error: int = 0, many: int = 1
    ) -> None:
        world = self.graph.world
        for _ in range(many):
            told = {"error": error, "lag": late}
            log_sign_in(world, world.store.users[who], at.timestamp(), told)

    def changes(self, who: str, at: datetime) -> None:
        world = self.graph.world
        user = world.store.users[who]
        world.logs.audit(world.tenant, "Update user", user, at=at.timestamp(), app="app")

    def passes(self, by: timedelta) -> None:
        self.graph.world.clock.advance(by.total_seconds())

    def loses_licence(self) -> None:
        self.graph.world.tenant = self.graph.tenant.changed({"licences": []})


YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
SEED = {
    "users": [
        {"id": ANN, "mail": "ann@partner.example"},
        {"id": MIA, "mail": "mia@home.example", "userType": "Member"},
        {"id": BIN, "mail": "bin@partner.example", "deletedDateTime": YESTERDAY},
    ]
}


class TestFakeEventLog(EventLogContract):
    @pytest.fixture
    def place(self) -> Place:
        return FakePlace()


class TestGraphEventLog(EventLogContract):
    @pytest_asyncio.fixture
    async def place(self) -> AsyncIterator[Place]:
        async with Directory.running(quotas=False, seed=SEED) as graph:
            yield GraphPlace(graph)
