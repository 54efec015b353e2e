"""The export reads the stand-in over a socket, under its quotas and in any weather.

Time stands still but for the exporter's own pauses, which the directory's clock makes as well.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from b2b.adapters.graph.activity import GraphEventLog, GraphRoster
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.pacing import Pacing
from b2b.domain.activity import Kind
from b2b.flows.activity import Exporting
from sandbox.directory import Directory
from sandbox.directory.faults import Fault
from sandbox.directory.panel_logs import activity, add_activity
from tests.adapters.standin import SCOPE, Token
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Footing

STILL = 1e-9  # simulated seconds in one of ours
ROLES = ("AuditLog.Read.All", "User.Read.All", "User.DeleteRestore.All")
GUESTS = ["ann@partner.example", "ben@partner.example"]
SEED = {
    "users": [{"mail": mail} for mail in GUESTS]
    + [{"mail": "mia@home.example", "userType": "Member"}]
}
WEATHER: dict[str, dict[str, Any]] = {
    "throttled": {"status": 429, "headers": {"Retry-After": "3"}},
    "throttled for long": {"status": 429, "headers": {"Retry-After": "120"}},
    "busy": {"status": 503},
    "lost": {"drop": True, "after_effect": True},
    "slow": {"status": 504},
    "bad token": {"status": 400, "code": "BadRequest", "message": "Invalid Skip Token"},
    "half a page": {"status": 200, "body": '{"value": [{"id": "x"}]}'},
}


@dataclass(slots=True)
class Place:
    graph: Directory
    files: FakeFiles = field(default_factory=lambda: FakeFiles(Footing()))
    busy: int = 0  # how often something happens while the exporter waits for its turn
    pauses: int = 0
    pacing: Pacing | None = None

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.graph.world.clock.now(), UTC)

    async def export(self, page: int = 5) -> None:
        adapter = connect(Token(self.graph.token(*ROLES)), self.graph.url, SCOPE)
        self.pacing = self.pacing or Pacing(now=self.graph.world.clock.now, sleep=self.passes)
        await Exporting(
            log=GraphEventLog(adapter, self.pacing, page),
            roster=GraphRoster(adapter, self.pacing),
            files=self.files,
            table=None,
            clock=self.now,
            pause=self.passes,
            overlap=timedelta(hours=1),
            second_look=timedelta(days=2),
            turn=timedelta(hours=2),
        ).export()

    async def passes(self, seconds: float) -> None:
        self.graph.world.clock.advance(seconds)
        self.pauses += 1
        if self.busy and self.pauses % 30 == 0:
            self.busy -= 1
            self.happens()

    def fails(self, **how: Any) -> None:
        self.graph.world.faults.rules.append(Fault(path="/auditLogs/", **how))

    def happens(self, lag: float = 0) -> None:
        """Twenty sign-ins and changes in the last two hours; each third is no guest's."""
        people = [*GUESTS, "mia@home.example"]
        told = [
            {
                "mail": people[number % 3],
                "at": (self.now() - timedelta(minutes=6 * number + 1)).isoformat(),
                "lag": lag,
            }
            for number in range(20)
        ]
        changes = [one | {"activity": "Update user"} for one in told]
        add_activity(self.graph.world, {"signIns": told, "audits": changes})

    def asked(self) -> dict[str, int]:
        counters = self.graph.world.counters.shown()
        return {"throttled": counters["throttled"], "faults": counters["faults"]}

    def held(self, kind: Kind) -> list[str]:
        """Ids, as often as they stand in the files."""
        blobs = sorted(name for _, name in self.files.blobs if name.startswith(f"{kind}/"))
        lines = [line for name in blobs for line in self.files.text("activity", name).splitlines()]
        return sorted(json.loads(line)["id"] for line in lines)

    def said(self, kind: Kind) -> list[str]:
        """Of guests, by the directory's own list."""
        guests = {user.id for user in self.graph.world.store.of_type("Guest").walk()}
        told = activity(self.graph.world, {})
        if kind is Kind.SIGN_INS:
            return sorted(one["id"] for one in told["signIns"] if one["userId"] in guests)
        return sorted(
            one["id"] for one in told["audits"] if one["targetResources"][0]["id"] in guests
        )

    def whole(self) -> bool:
        return all(self.held(kind) == self.said(kind) for kind in Kind)


@asynccontextmanager
async def place() -> AsyncIterator[Place]:
    async with Directory.running(scale=STILL, seed=SEED) as graph:
        yield Place(graph)


async def test_five_requests_in_ten_seconds_are_never_passed() -> None:
    async with place() as here:
        here.happens()
        began = here.now()
        await here.export()
        operations = here.graph.world.counters.shown()["byOperation"]
        asked = sum(many for name, many in operations.items() if "auditLogs" in name)

    assert asked > 25
    assert here.asked() == {"throttled": 0, "faults": 0}
    assert here.now() - began > timedelta(seconds=2 * (asked - 1))
    assert here.whole()
    assert len(here.held(Kind.SIGN_INS)) == 14


@pytest.mark.parametrize("page", range(0, 16, 3))
@pytest.mark.parametrize("weather", WEATHER)
async def test_a_fault_on_any_page_loses_and_doubles_nothing(weather: str, page: int) -> None:
    async with place() as here:
        here.happens()
        here.fails(skip=page, **WEATHER[weather])
        await here.export()
        await here.export()

        assert here.asked()["faults"] == 1
        assert here.whole()


async def test_a_directory_that_fails_every_other_time_is_read_to_the_end() -> None:
    async with place() as here:
        here.happens()
        here.fails(status=503, probability=0.4, seed=7, count=None)
        for _ in range(30):
            await here.export()
            if here.whole():
                break

        assert here.asked()["faults"] > 10
        assert here.whole()


async def test_events_that_come_late_or_while_pages_are_read_are_found() -> None:
    async with place() as here:
        await here.export()
        here.happens(lag=600)
        here.happens(lag=40 * 3600)
        here.busy = 5
        await here.export(page=2)
        many = len(here.said(Kind.SIGN_INS))
        for _ in range(13):
            here.graph.world.clock.advance(4 * 3600)
            await here.export(page=0)

        assert many == 7 * 14
        assert here.whole()


async def test_a_guest_who_is_deleted_before_the_export_is_still_known() -> None:
    async with place() as here:
        here.happens()
        store = here.graph.world.store
        ann = store.with_mail(GUESTS[0])[0]
        said = here.said(Kind.SIGN_INS)
        store.discard(ann, here.graph.world.stamp())
        await here.export()

        assert here.held(Kind.SIGN_INS) == said
