"""What Graph may tell of its logs, how it is asked, and what becomes of events that look odd."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from b2b.adapters.graph.activity import GraphEventLog, GraphRoster
from b2b.adapters.graph.connection import connect
from b2b.domain.activity import Event, Kind, events_in
from b2b.domain.errors import Refused
from sandbox.directory import Directory
from sandbox.directory.faults import Fault
from tests.adapters.standin import SCOPE, Token
from tests.adapters.unhurried import unhurried
from tests.contract_graph.description import FILE, WHY_NOT, faults_of_answer, faults_of_request
from tests.contract_graph.recorder import recording

ROLES = ("AuditLog.Read.All", "User.Read.All", "User.DeleteRestore.All")
SINCE, UNTIL = datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC)
SIGN_IN: dict[str, Any] = {
    "id": "1",
    "createdDateTime": "2026-11-23T08:59:59.9999999Z",
    "userId": "ABC",
    "status": {"errorCode": 0},
}
AUDIT: dict[str, Any] = {
    "id": "1",
    "activityDateTime": "2026-11-23T08:59:59Z",
    "loggedByService": "Core Directory",
    "initiatedBy": {"user": None, "app": {"appId": "x"}},
    "targetResources": [{"id": "ABC", "userPrincipalName": None}],
}


@dataclass(slots=True)
class Place:
    graph: Directory

    def log(self, *roles: str) -> GraphEventLog:
        token = Token(self.graph.token(*(roles or ROLES)))
        return GraphEventLog(connect(token, self.graph.url, SCOPE), unhurried())

    async def told(self, kind: Kind, **event: Any) -> Event:
        """The one event of a page that tells just that."""
        base = SIGN_IN if kind is Kind.SIGN_INS else AUDIT
        page = json.dumps({"value": [base | event]})
        fault = Fault(path="auditLogs", status=200, body=page)
        self.graph.world.faults.rules.append(fault)
        return (await self.log().page(kind, SINCE, UNTIL)).items[0]


@pytest_asyncio.fixture
async def place() -> AsyncIterator[Place]:
    async with Directory.running(quotas=False) as graph:
        yield Place(graph)


async def test_seven_digits_behind_the_second_are_read_and_stay_in_the_line(place: Place) -> None:
    event = await place.told(Kind.SIGN_INS)
    (kept,) = events_in(Kind.SIGN_INS, [event.line.encode() + b"\n"])

    assert event.at == datetime(2026, 11, 23, 8, 59, 59, 999_999, tzinfo=UTC)
    assert (kept.key, kept.line) == (event.key, event.line)
    assert event.hour == SINCE
    assert "59.9999999Z" in event.line


async def test_whatever_is_in_a_name_the_event_stays_one_line(place: Place) -> None:
    name = "Zoë\u2028\u0085\n\r\x1e, x"
    event = await place.told(Kind.SIGN_INS, userDisplayName=name)

    assert len(event.line.splitlines()) == 1
    assert json.loads(event.line)["userDisplayName"] == name


@pytest.mark.parametrize(
    ("event", "foreign"),
    [
        ({}, False),
        ({"loggedByService": "Invited Users"}, True),
        ({"targetResources": [{"id": "x", "userPrincipalName": "a_b#EXT#@c.example"}]}, True),
        ({"initiatedBy": {"user": {"id": "y", "userPrincipalName": "a_b#ext#@c"}}}, True),
        ({"targetResources": None, "initiatedBy": None, "loggedByService": None}, False),
    ],
)
async def test_an_audit_event_tells_when_it_is_about_somebody_from_elsewhere(
    place: Place, event: dict[str, Any], foreign: bool
) -> None:
    assert (await place.told(Kind.AUDITS, **event)).foreign is foreign


async def test_ids_are_compared_in_lower_case(place: Place) -> None:
    assert (await place.told(Kind.SIGN_INS)).users == ("abc",)
    assert (await place.told(Kind.AUDITS)).users == ("abc",)


@pytest.mark.parametrize("status", [None, {"errorCode": None}, {"errorCode": 50126}])
async def test_only_error_zero_is_a_success(place: Place, status: Any) -> None:
    assert (await place.told(Kind.SIGN_INS, status=status)).succeeded is False


@pytest.mark.parametrize(
    "event", [{"id": ""}, {"createdDateTime": None}, {"createdDateTime": "2026-11-23T08:00:00"}]
)
async def test_an_event_without_id_or_moment_is_an_error_and_no_gap(
    place: Place, event: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refusal:
        await place.told(Kind.SIGN_INS, **event)

    assert refusal.value.reason.code == "answer_malformed"


async def test_without_the_permission_it_is_refused(place: Place) -> None:
    with pytest.raises(Refused) as refusal:
        await place.log("User.Read.All").page(Kind.AUDITS, SINCE, UNTIL)

    assert refusal.value.reason.code == "permission_missing"


@pytest.mark.skipif(not FILE.is_file(), reason=WHY_NOT)
async def test_every_request_is_one_that_graph_describes(place: Place) -> None:
    async with recording(place.graph.url) as recorder:
        adapter = connect(Token(place.graph.token(*ROLES)), recorder.url, SCOPE)
        log = GraphEventLog(adapter, unhurried(), page=500)
        now = await log.now()
        for kind in Kind:
            await log.page(kind, now - timedelta(hours=1), now)
        await GraphRoster(adapter)()
    faults = []
    for one in recorder.exchanges:
        target = one.target.removeprefix("/v1.0").replace("%24", "$")
        sent = {name: v for name, v in one.headers.items() if name != "x-ms-throttle-priority"}
        faults += faults_of_request(one.method, target, sent, None)
        faults += faults_of_answer(one.method, target, one.status, json.loads(one.answer))

    assert faults == []
    assert len(recorder.exchanges) == 5
