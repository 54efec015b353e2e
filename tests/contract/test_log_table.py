"""What every table for the activity promises: the fake, and a workspace over TLS."""

from collections.abc import AsyncIterator
from typing import Protocol

import pytest
import pytest_asyncio
from azure.core.pipeline.transport import AioHttpTransport

from b2b.adapters.log_analytics import LogAnalytics
from b2b.domain.activity import Event, Kind
from b2b.domain.errors import Refused, TryLater
from b2b.ports import LogTable
from sandbox.identity.tokens import mint
from sandbox.logs import Workspace
from sandbox.logs.workspace import LARGEST, RULE, Fault
from tests.adapters.standin import Token
from tests.fakes.clock import START
from tests.fakes.event_log import FakeLogTable, audit, sign_in

MONITOR = "https://monitor.azure.com"


class Place(Protocol):
    @property
    def table(self) -> LogTable: ...

    def ids(self, kind: Kind) -> list[str]: ...

    def falls_silent(self) -> None: ...


def sign_ins(many: int, padding: int = 0) -> list[Event]:
    first = [sign_in(number, START, "ann") for number in range(many)]
    return [
        Event(one.id, one.at, one.line[:-1] + f', "padding": "{"x" * padding}"}}') for one in first
    ]


class LogTableContract:
    async def test_each_kind_has_its_table(self, place: Place) -> None:
        await place.table.send(Kind.SIGN_INS, sign_ins(3))
        await place.table.send(Kind.AUDITS, [audit(1, START, "ann")])

        assert place.ids(Kind.SIGN_INS) == [event.id for event in sign_ins(3)]
        assert place.ids(Kind.AUDITS) == ["Directory_1"]

    async def test_sent_twice_is_kept_twice(self, place: Place) -> None:
        for _ in range(2):
            await place.table.send(Kind.SIGN_INS, sign_ins(1))

        assert len(place.ids(Kind.SIGN_INS)) == 2

    async def test_more_than_a_call_can_hold_is_kept_whole(self, place: Place) -> None:
        await place.table.send(Kind.SIGN_INS, sign_ins(3000, padding=1000))

        assert place.ids(Kind.SIGN_INS) == [event.id for event in sign_ins(3000)]

    async def test_none_is_nothing(self, place: Place) -> None:
        await place.table.send(Kind.SIGN_INS, [])

        assert place.ids(Kind.SIGN_INS) == []

    async def test_a_workspace_that_does_not_answer_is_for_later(self, place: Place) -> None:
        place.falls_silent()
        with pytest.raises(TryLater):
            await place.table.send(Kind.SIGN_INS, sign_ins(1))


class FakePlace:
    def __init__(self) -> None:
        self.table = FakeLogTable()

    def ids(self, kind: Kind) -> list[str]:
        return [identity for where, identity in self.table.rows if where is kind]

    def falls_silent(self) -> None:
        self.table.out_of_reach = True


class RealPlace:
    def __init__(self, workspace: Workspace, rule: str = RULE) -> None:
        self.workspace, self.rule = workspace, rule

    @property
    def table(self) -> LogAnalytics:
        token = Token(mint(self.workspace.secret, audience=MONITOR))
        transport = AioHttpTransport(connection_verify=str(self.workspace.authority))
        return LogAnalytics(self.workspace.url, self.rule, token, transport, retries=0)

    def ids(self, kind: Kind) -> list[str]:
        streams = {Kind.SIGN_INS: "Custom-GuestSignIns", Kind.AUDITS: "Custom-GuestAudits"}
        return [str(row["EventId"]) for row in self.workspace.rows[streams[kind]]]

    def falls_silent(self) -> None:
        self.workspace.faults.append(Fault(status=503, count=100))


class TestFakeLogTable(LogTableContract):
    @pytest.fixture
    def place(self) -> Place:
        return FakePlace()


class TestLogAnalytics(LogTableContract):
    @pytest_asyncio.fixture
    async def place(self) -> AsyncIterator[RealPlace]:
        async with Workspace.running() as workspace:
            yield RealPlace(workspace)

    async def test_no_call_passes_the_limit(self, place: RealPlace) -> None:
        await place.table.send(Kind.SIGN_INS, sign_ins(3000, padding=1000))

        assert len(place.workspace.calls) > 3
        assert max(place.workspace.calls) <= LARGEST

    async def test_a_row_tells_when_and_what(self, place: RealPlace) -> None:
        (event,) = sign_ins(1)
        await place.table.send(Kind.SIGN_INS, [event])
        (row,) = place.workspace.rows["Custom-GuestSignIns"]

        assert row["EventTime"] == row["TimeGenerated"] == START.isoformat()
        assert row["Event"]["userId"] == "ann"

    async def test_a_lost_answer_is_for_later(self, place: RealPlace) -> None:
        place.workspace.faults.append(Fault(drop=True, after_effect=True, count=100))
        with pytest.raises(TryLater):
            await place.table.send(Kind.SIGN_INS, sign_ins(1))

    async def test_a_rule_that_is_not_there_is_refused(self, place: RealPlace) -> None:
        elsewhere = RealPlace(place.workspace, rule="dcr-elsewhere")
        with pytest.raises(Refused) as refusal:
            await elsewhere.table.send(Kind.SIGN_INS, sign_ins(1))

        assert refusal.value.reason.code == "log_analytics_refused"

    async def test_what_alone_is_too_large_is_refused(self, place: RealPlace) -> None:
        with pytest.raises(Refused):
            await place.table.send(Kind.SIGN_INS, sign_ins(1, padding=2 * LARGEST))

    async def test_one_who_is_not_trusted_gets_nothing(self, place: RealPlace) -> None:
        token = Token(mint(place.workspace.secret, audience=MONITOR))
        table = LogAnalytics(place.workspace.url, RULE, token, retries=0)
        with pytest.raises(TryLater):
            await table.send(Kind.SIGN_INS, sign_ins(1))

        assert place.ids(Kind.SIGN_INS) == []
