"""At the rim: what waits, what is set aside and what crashes, each to its place.

The house is the real one, built from the environment; around it are Azurite and a local broker.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.functions.servicebus import ServiceBusMessage
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

from b2b import wire
from b2b.adapters.received_message import read_message
from b2b.deferral import defers_to
from b2b.domain.batch import LedgerRow
from b2b.domain.dead_letter import DeadLetter
from b2b.domain.errors import Refused, TryLater
from b2b.domain.outcome import Failed
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.request import BatchId, GuestRequest
from b2b.wiring import House, live
from sandbox.servicebus import ServiceBus, read_file
from tests.fakes.house import TENANT, a_request
from tests.fakes.queues import ASSIGNMENTS, INVITATIONS

ENTITIES = Path(__file__).resolve().parents[2] / "infra" / "servicebus.json"
PAUSE = TryLater(Reason("throttled", "The directory asks for a pause."), timedelta(minutes=2))
NO = Refused(Reason("malformed_message", "The message does not fit."))
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Crash(Exception):
    pass


@dataclass(slots=True)
class Scene:
    """`name` begins the id of every message of one test; what others sent is passed over."""

    house: House
    receivers: Mapping[str, ServiceBusReceiver]
    name: str

    async def waiting(self, queue: str) -> list[ServiceBusReceivedMessage]:
        return [one for one in await self.all(queue) if str(one.message_id).startswith(self.name)]

    async def all(self, queue: str) -> list[ServiceBusReceivedMessage]:
        return await self.receivers[queue].peek_messages(250, sequence_number=1)

    async def ids(self, queue: str) -> set[str]:
        return {str(one.message_id).removeprefix(self.name) for one in await self.waiting(queue)}

    async def kept(self) -> dict[str, bytes]:
        files = self.house.dead_letters.files
        names = [name for name, _ in await files.names("dead-letters")]
        return {name: (await files.read("dead-letters", name))[0] or b"" for name in names}

    async def outcome(self, request: GuestRequest) -> object:
        row = await self.house.ledger.row(request.row)
        assert row is not None
        return row.outcome

    async def open(self, request: GuestRequest) -> None:
        row = LedgerRow(
            ref=request.row, email=request.wish.email, sender="uploads", request=request.id
        )
        await self.house.ledger.open_rows([row])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def built(storage: str) -> AsyncIterator[Scene]:
    """Once, and with everything open: the SDK takes half a second for each."""
    async with ServiceBus.running(read_file(ENTITIES)) as bus:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AzureWebJobsStorage", storage)
            environment.setenv("SERVICEBUS", bus.connection_string)
            environment.setenv("TENANT_ID", TENANT)
            environment.setenv("TENANT_INITIAL_DOMAIN", "contoso.onmicrosoft.com")
            live.cache_clear()
            house = live()
        client = ServiceBusClient.from_connection_string(bus.connection_string)
        queues = (INVITATIONS, ASSIGNMENTS)
        receivers = {queue: client.get_queue_receiver(queue) for queue in queues}
        yield Scene(house, receivers, "")
        await asyncio.gather(*(receiver.close() for receiver in receivers.values()))
        await house.close()
        live.cache_clear()


@pytest.fixture
def scene(built: Scene) -> Scene:
    return replace(built, name=uuid4().hex)


def a_message(
    scene: Scene,
    body: bytes,
    *,
    suffix: str = "",
    properties: Mapping[str, object] | None = None,
    age: timedelta = timedelta(0),
    reason: str | None = None,
) -> ServiceBusMessage:
    """As the host hands it over: a time without a zone, the reason among the properties."""
    return ServiceBusMessage(
        body=body,
        message_id=scene.name + suffix,
        application_properties=dict(properties or {})
        | ({"DeadLetterReason": reason} if reason else {}),
        user_properties={},
        enqueued_time_utc=(datetime.now(UTC) - age).replace(tzinfo=None),
    )


def received(message: ServiceBusMessage) -> ReceivedMessage:
    return read_message(message, datetime.now(UTC))


def a_row() -> GuestRequest:
    return a_request(batch=BatchId(uuid4().hex))


def as_delivered(copy: ServiceBusReceivedMessage) -> ServiceBusMessage:
    return ServiceBusMessage(
        body=b"".join(copy.body),
        message_id=str(copy.message_id),
        application_properties=properties_of(copy),
        user_properties={},
        enqueued_time_utc=datetime.now(UTC).replace(tzinfo=None),
    )


def properties_of(copy: ServiceBusReceivedMessage) -> dict[str, Any]:
    def plain(value: object) -> object:
        return value.decode() if isinstance(value, bytes) else value

    given = copy.application_properties or {}
    return {str(plain(name)): plain(value) for name, value in given.items()}


def raises(ending: Exception | None) -> Callable[[ReceivedMessage], Awaitable[None]]:
    async def turn(_: ReceivedMessage) -> None:
        if ending is not None:
            raise ending

    return turn


async def settle(message: ServiceBusMessage, ending: Exception | None) -> None:
    await defers_to("%INVITATION_QUEUE%")(raises(ending))(message)


async def test_what_ends_well_leaves_nothing_behind(scene: Scene) -> None:
    await settle(a_message(scene, uuid4().bytes), None)

    assert await scene.waiting(INVITATIONS) == []


async def test_what_must_wait_becomes_a_scheduled_copy(scene: Scene) -> None:
    before = datetime.now(UTC)
    await settle(a_message(scene, b"body", age=HOUR), PAUSE)
    (copy,) = await scene.waiting(INVITATIONS)

    assert b"".join(copy.body) == b"body"
    assert copy.message_id == f"{scene.name}#1"
    assert copy.scheduled_enqueue_time_utc is not None
    assert copy.scheduled_enqueue_time_utc >= before + PAUSE.after - timedelta(seconds=1)
    assert properties_of(copy)["attempt"] == 1


async def test_a_copy_that_must_wait_again_counts_on_and_keeps_its_beginning(scene: Scene) -> None:
    await settle(a_message(scene, b"body", age=HOUR), PAUSE)
    (copy,) = await scene.waiting(INVITATIONS)
    await settle(as_delivered(copy), PAUSE)
    (_, again) = await scene.waiting(INVITATIONS)
    first, second = properties_of(copy), properties_of(again)

    assert again.message_id == f"{scene.name}#2"
    assert (first["attempt"], second["attempt"]) == (1, 2)
    assert first["since"] == second["since"]


async def test_messages_of_others_whose_ids_look_like_copies_are_not_lost(scene: Scene) -> None:
    before = {str(one.message_id) for one in await scene.all(INVITATIONS)}
    for name in ("order#1", "order#2", "order#1#1", "o" * 128, ""):
        message = a_message(replace(scene, name=name), f"{scene.name} {name}".encode())
        await settle(message, PAUSE)
    copies = {str(one.message_id) for one in await scene.all(INVITATIONS)} - before

    assert len(copies) == 5
    assert all(len(one) <= 128 for one in copies)


@pytest.mark.parametrize(
    "properties",
    [
        {wire.ATTEMPT: "many", wire.SINCE: "long ago", "seal": "x"},
        {wire.ATTEMPT: 7, wire.SINCE: "2001-01-01T00:00:00+00:00"},
        {wire.ATTEMPT: 7, wire.SINCE: "2001-01-01T00:00:00+00:00", "seal": "0" * 64},
        {wire.ATTEMPT: 10**30, wire.SINCE: "9999-12-31T00:00:00+00:00", "seal": 5},
        {"crashes": 4, "interruptions": 3, "seal": "\ud800"},
    ],
)
async def test_what_others_write_where_we_count_is_never_believed(
    scene: Scene, properties: Mapping[str, object]
) -> None:
    days: list[date] = []

    @defers_to("%INVITATION_QUEUE%")
    async def turn(message: ReceivedMessage) -> None:
        days.append(message.first_day)
        raise PAUSE

    await turn(a_message(scene, b"", properties=properties))
    (copy,) = await scene.waiting(INVITATIONS)

    assert properties_of(copy)["attempt"] == 1
    assert properties_of(copy)["crashes"] == properties_of(copy)["interruptions"] == 0
    assert abs(days[0] - datetime.now(UTC).date()) <= timedelta(days=1)


async def test_a_message_deferred_twice_by_a_crash_in_between_has_one_copy(scene: Scene) -> None:
    await settle(a_message(scene, b""), PAUSE)
    await settle(a_message(scene, b""), PAUSE)

    assert len(await scene.waiting(INVITATIONS)) == 1


@pytest.mark.parametrize(("age", "given_up"), [(23 * HOUR, False), (24 * HOUR, True)])
async def test_after_a_day_of_waiting_the_row_is_closed(
    scene: Scene, age: timedelta, given_up: bool
) -> None:
    request = a_row()
    await scene.open(request)
    await settle(a_message(scene, wire.write_request(request), age=age), PAUSE)
    outcome = await scene.outcome(request)

    assert len(await scene.waiting(INVITATIONS)) == (0 if given_up else 1)
    assert isinstance(outcome, Failed) is given_up
    if isinstance(outcome, Failed):
        assert outcome.reason.code == "given_up"
        assert "asks for a pause" in outcome.reason.sentence


async def test_the_day_begins_with_the_first_delivery_and_not_with_the_copy(scene: Scene) -> None:
    request = a_row()
    await scene.open(request)
    await settle(a_message(scene, wire.write_request(request), age=23 * HOUR), PAUSE)
    (copy,) = await scene.waiting(INVITATIONS)
    house = live()
    later = replace(house.settling.sending_again, clock=lambda: datetime.now(UTC) + 2 * HOUR)
    await replace(house.settling, sending_again=later).settle(
        INVITATIONS, received(as_delivered(copy)), raises(PAUSE)
    )

    assert isinstance(await scene.outcome(request), Failed)


async def test_what_is_asked_wrongly_is_set_aside_and_touches_no_row(scene: Scene) -> None:
    request = a_row()
    await scene.open(request)
    body = wire.write_request(request)
    await settle(a_message(scene, body), NO)

    assert body in (await scene.kept()).values()
    assert await scene.outcome(request) is None
    assert await scene.waiting(INVITATIONS) == []


async def test_a_crash_is_tried_again_after_a_pause(scene: Scene) -> None:
    """Raised, it would be delivered ten times within seconds."""
    body, before = uuid4().bytes, datetime.now(UTC)
    await settle(a_message(scene, body), Crash())
    (copy,) = await scene.waiting(INVITATIONS)

    assert properties_of(copy)["crashes"] == 1
    assert copy.scheduled_enqueue_time_utc is not None
    assert copy.scheduled_enqueue_time_utc >= before + timedelta(seconds=1)
    assert body not in (await scene.kept()).values()


async def test_a_dead_letter_is_kept_and_its_row_closed(scene: Scene) -> None:
    request = a_row()
    await scene.open(request)
    body = wire.write_request(request)
    letter = DeadLetter(message=received(a_message(scene, body, reason="moved by hand")))
    assert await live().dead_letter_queue.take(INVITATIONS, letter)
    outcome = await scene.outcome(request)
    (name,) = [name for name, held in (await scene.kept()).items() if held == body]

    assert name.startswith("guest-invitations/")
    assert isinstance(outcome, Failed)
    assert outcome.reason.code == "crashed"
    assert "moved by hand" in outcome.reason.sentence


class Act:
    """Does what it is given, but for what it was told to do otherwise."""

    def __init__(self, **endings: Exception) -> None:
        self.done: set[str] = set()
        self.endings = endings

    async def __call__(self, values: Sequence[str]) -> Mapping[str, TryLater | Refused]:
        later: dict[str, TryLater | Refused] = {}
        for value in values:
            ending = self.endings.get(value)
            if isinstance(ending, TryLater | Refused):
                later[value] = ending
            elif ending is not None:
                raise ending
            else:
                self.done.add(value)
        return later


def read(body: bytes) -> str:
    if body == b"malformed":
        raise NO
    return body.decode()


async def together(scene: Scene, act: Act, *values: str) -> None:
    messages = [received(a_message(scene, value.encode(), suffix=f"-{value}")) for value in values]
    await live().settling.settle_together(ASSIGNMENTS, messages, read, act)


async def test_of_many_only_those_that_must_wait_come_again(scene: Scene) -> None:
    act = Act(b=PAUSE)
    await together(scene, act, "a", "b", "c")
    (copy,) = await scene.waiting(ASSIGNMENTS)

    assert act.done == {"a", "c"}
    assert copy.message_id == f"{scene.name}-b#1"


async def test_a_malformed_message_among_many_is_set_aside(scene: Scene) -> None:
    act = Act()
    await together(scene, act, "a", "malformed", "c")

    assert act.done == {"a", "c"}
    assert b"malformed" in (await scene.kept()).values()


async def test_a_crashing_message_among_many_does_not_hold_up_the_others(scene: Scene) -> None:
    act = Act(b=Crash())
    await together(scene, act, "a", "b", "c")

    assert act.done == {"a", "c"}
    assert await scene.ids(ASSIGNMENTS) == {"-b#1"}  # to crash by itself from now on


async def test_a_crash_alone_is_treated_like_one_among_many(scene: Scene) -> None:
    await together(scene, Act(b=Crash()), "b")

    assert await scene.ids(ASSIGNMENTS) == {"-b#1"}


async def test_what_refuses_itself_among_many_is_set_aside(scene: Scene) -> None:
    await together(scene, Act(b=NO), "a", "b")

    assert b"b" in (await scene.kept()).values()
    assert await scene.ids(ASSIGNMENTS) == set()


async def test_a_crashing_message_among_many_does_not_keep_the_others_from_waiting(
    scene: Scene,
) -> None:
    await together(scene, Act(b=Crash(), c=PAUSE), "a", "b", "c")

    assert await scene.ids(ASSIGNMENTS) == {"-b#1", "-c#1"}


async def test_when_nothing_can_be_done_now_all_come_again(scene: Scene) -> None:
    async def act(_: Sequence[str]) -> Mapping[str, TryLater | Refused]:
        raise PAUSE

    messages = [
        received(a_message(scene, value, suffix=f"-{value.decode()}")) for value in (b"a", b"b")
    ]
    await live().settling.settle_together(ASSIGNMENTS, messages, read, act)

    assert await scene.ids(ASSIGNMENTS) == {"-a#1", "-b#1"}
