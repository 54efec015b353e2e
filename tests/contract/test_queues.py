"""What every set of queues promises: the fake, and Service Bus through the unmodified SDK."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient

from b2b import wire
from b2b.adapters.servicebus import BusQueues, Copy, QueueNames
from b2b.domain.access import Assignment
from b2b.domain.guest import GuestId
from b2b.domain.request import BatchId, GroupId
from b2b.domain.retry import Again
from b2b.ports import Queues
from sandbox.servicebus import ServiceBus, read_file
from tests.fakes.clock import FakeClock
from tests.fakes.footing import Footing
from tests.fakes.house import TENANT, a_request
from tests.fakes.queues import ASSIGNMENTS, INVITATIONS, RESULTS, SLOT, FakeQueues

ENTITIES = Path(__file__).resolve().parents[2] / "infra" / "servicebus.json"
NOW = datetime.now(UTC).replace(microsecond=0)  # Service Bus has no clock of ours
SOON = timedelta(seconds=30)
BATCH = BatchId("b" * 32)


@dataclass(frozen=True)
class Held:
    """`at` is None for a message that can be delivered now."""

    id: str
    body: bytes
    at: datetime | None


class Post(Protocol):
    """Queues, their clock, and a look into them."""

    clock: FakeClock

    @property
    def queues(self) -> Queues: ...

    async def held(self, queue: str) -> list[Held]: ...


def an_assignment() -> Assignment:
    request = a_request(batch=BATCH)
    groups = (GroupId("group-1"), GroupId("group-2"))
    return Assignment(request.id, request.row, GuestId("guest"), groups, invited=True)


class QueuesContract:
    async def test_a_request_arrives_as_it_was_sent(self, post: Post) -> None:
        request = a_request("o'hara+x@fabrikam.com", groups=["Aurora"], batch=BATCH)
        await post.queues.invite([(request, 0)])
        (held,) = await post.held(INVITATIONS)

        assert wire.read_request(held.body, TENANT) == request
        assert held.at is None

    async def test_a_request_sent_twice_is_there_once(self, post: Post) -> None:
        request = a_request(batch=BATCH)
        await post.queues.invite([(request, 0)])
        await post.queues.invite([(request, 0)])

        assert len(await post.held(INVITATIONS)) == 1

    async def test_a_request_of_another_generation_is_a_new_message(self, post: Post) -> None:
        request = a_request(batch=BATCH)
        for generation in (0, 1, 2, 1):
            await post.queues.invite([(request, generation)])

        assert len(await post.held(INVITATIONS)) == 3

    async def test_many_requests_of_any_size_all_arrive(self, post: Post) -> None:
        requests = [
            (a_request(line=line, batch=BatchId(f"b{line}"), message="x" * 1024 * (line % 2)), 0)
            for line in range(2, 302)
        ]
        await post.queues.invite(requests)

        assert {one.id for one in await post.held(INVITATIONS)} == {r.id for r, _ in requests}

    async def test_nothing_to_send_sends_nothing(self, post: Post) -> None:
        await post.queues.invite([])

        assert await post.held(INVITATIONS) == []

    async def test_an_assignment_arrives_as_it_was_sent(self, post: Post) -> None:
        await post.queues.assign(an_assignment(), 0, timedelta(0))
        (held,) = await post.held(ASSIGNMENTS)

        assert wire.read_assignment(held.body) == an_assignment()
        assert held.at is None

    async def test_an_assignment_may_have_to_wait(self, post: Post) -> None:
        await post.queues.assign(an_assignment(), 0, timedelta(minutes=10))
        (held,) = await post.held(ASSIGNMENTS)

        assert held.at is not None
        assert timedelta(minutes=10) <= held.at - post.clock() <= timedelta(minutes=10) + SOON

    async def test_an_assignment_sent_twice_is_there_once(self, post: Post) -> None:
        for generation in (0, 0, 1):
            await post.queues.assign(an_assignment(), generation, timedelta(0))

        assert len(await post.held(ASSIGNMENTS)) == 2

    async def test_results_are_asked_for_once_in_a_slot_and_at_its_end(self, post: Post) -> None:
        post.clock.advance(SLOT)
        for _ in range(3):
            await post.queues.publish(BATCH)
        (held,) = await post.held(RESULTS)

        assert wire.read_publish(held.body) == BATCH
        assert held.at is not None
        assert timedelta(0) < held.at - post.clock() <= SLOT
        assert held.at.timestamp() % SLOT.total_seconds() == 0

    async def test_results_are_asked_for_again_in_the_next_slot_and_for_each_batch(
        self, post: Post
    ) -> None:
        await post.queues.publish(BATCH)
        await post.queues.publish(BatchId("another"))
        post.clock.advance(SLOT)
        await post.queues.publish(BATCH)

        asked = [wire.read_publish(one.body) for one in await post.held(RESULTS)]
        assert sorted(asked) == ["another", BATCH, BATCH]


class FakePost:
    def __init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.queues = FakeQueues(self.clock, Footing())

    async def held(self, queue: str) -> list[Held]:
        return [
            Held(one.id, one.body, one.at if one.at > self.clock() else None)
            for one in self.queues.held(queue)
        ]


class BusPost:
    def __init__(self, client: ServiceBusClient) -> None:
        names = QueueNames(INVITATIONS, ASSIGNMENTS, RESULTS)
        self.client, self.clock = client, FakeClock(NOW)
        self.queues = BusQueues(client, names, SLOT, SOON, self.clock)

    async def held(self, queue: str) -> list[Held]:
        return [
            Held(str(one.message_id), b"".join(one.body), one.scheduled_enqueue_time_utc)
            for one in await self.peek(queue)
        ]

    async def peek(self, queue: str) -> list[ServiceBusReceivedMessage]:
        async with self.client.get_queue_receiver(queue) as receiver:
            found: list[ServiceBusReceivedMessage] = []
            last = 0
            while some := await receiver.peek_messages(250, sequence_number=last + 1):
                found += some
                last = some[-1].sequence_number or 0
            return found


class TestFakeQueues(QueuesContract):
    @pytest.fixture
    def post(self) -> Post:
        return FakePost()


class TestBusQueues(QueuesContract):
    @pytest_asyncio.fixture
    async def post(self) -> AsyncIterator[BusPost]:
        async with ServiceBus.running(read_file(ENTITIES)) as bus:
            post = BusPost(ServiceBusClient.from_connection_string(bus.connection_string))
            yield post
            await post.queues.close()

    async def test_a_copy_keeps_its_body_and_counts_its_attempts(self, post: BusPost) -> None:
        at = NOW + timedelta(minutes=3)
        for attempt in (1, 2, 2):
            copy = Copy(b"body", "id", NOW - timedelta(hours=1), Again(attempt, at))
            await post.queues.send_again(INVITATIONS, copy)
        first, second = await post.peek(INVITATIONS)

        assert [one.message_id for one in (first, second)] == ["id#1", "id#2"]
        assert first.scheduled_enqueue_time_utc == at
        assert first.application_properties == {
            b"attempt": 1,
            b"since": (NOW - timedelta(hours=1)).isoformat().encode(),
        }

    async def test_copies_that_wait_together_become_visible_together(self, post: BusPost) -> None:
        for second in range(3):
            at = NOW + timedelta(minutes=3, seconds=second * 9)
            copy = Copy(b"", f"id-{second}", NOW, Again(1, at), together=True)
            await post.queues.send_again(ASSIGNMENTS, copy)
        moments = [one.at for one in await post.held(ASSIGNMENTS)]

        assert all(moment and moment >= NOW + timedelta(minutes=3) for moment in moments)
        assert {m.timestamp() % SOON.total_seconds() for m in moments if m} == {0.0}
        assert len(set(moments)) <= 2
