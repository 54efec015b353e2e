"""What every set of queues promises: the fake, and Service Bus through the unmodified SDK."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

from b2b import wire
from b2b.adapters.servicebus import BusQueues, QueueNames
from b2b.domain.access import Assignment
from b2b.domain.guest import GuestId
from b2b.domain.mail import Facts, Letter, LetterId, MailKind
from b2b.domain.policy import AccessPackage, AccessPackageId, AssignmentPolicyId
from b2b.domain.request import Address, BatchId, GroupId
from b2b.domain.retry import Copy
from b2b.ports import Queues
from b2b.ports.mail import Rounds
from sandbox.servicebus import ServiceBus, read_file
from tests.fakes.clock import FakeClock
from tests.fakes.footing import Footing
from tests.fakes.house import TENANT, a_request
from tests.fakes.queues import ASSIGNMENTS, INVITATIONS, MAILS, RESULTS, SLOT, FakeQueues

ENTITIES = Path(__file__).resolve().parents[2] / "infra" / "servicebus.json"
NOW = datetime.now(UTC).replace(microsecond=0)  # Service Bus has no clock of ours
QUEUES = (INVITATIONS, ASSIGNMENTS, RESULTS, MAILS)
SOON = timedelta(seconds=30)


@dataclass(frozen=True)
class Held:
    """`at` is None for a message that can be delivered now."""

    id: str
    body: bytes
    at: datetime | None


class Post(Protocol):
    """Queues, their clock, a batch of their own, and a look at what was sent since."""

    clock: FakeClock
    batch: BatchId

    @property
    def queues(self) -> Queues: ...

    @property
    def rounds(self) -> Rounds: ...

    async def held(self, queue: str) -> list[Held]: ...


def a_letter() -> Letter:
    return Letter(
        id=LetterId(uuid4().hex),
        kind=MailKind.DIGEST,
        to=Address("s.weber@contoso.com"),
        language="de",
        at=NOW,
        facts=Facts(),
    )


def an_assignment(post: Post) -> Assignment:
    request = a_request(batch=post.batch)
    groups = (GroupId("group-1"), GroupId("group-2"))
    one, two = (
        AccessPackage(AccessPackageId(f"package-{n}"), AssignmentPolicyId(f"policy-{n}"))
        for n in (1, 2)
    )
    return Assignment(
        request.id,
        request.row,
        GuestId("guest"),
        groups,
        invited=True,
        packages=(one,),
        extends=(two,),
        remove_groups=(GroupId("group-3"),),
        remove_packages=(two,),
        until=date(2027, 1, 31),
        generation=2,
    )


class QueuesContract:
    async def test_a_request_arrives_as_it_was_sent(self, post: Post) -> None:
        request = a_request("o'hara+x@fabrikam.com", groups=["Aurora"], batch=post.batch)
        await post.queues.invite([(request, 0)])
        (held,) = await post.held(INVITATIONS)

        assert wire.read_request(held.body, TENANT) == request
        assert held.at is None

    async def test_a_request_sent_twice_is_there_once(self, post: Post) -> None:
        request = a_request(batch=post.batch)
        await post.queues.invite([(request, 0)])
        await post.queues.invite([(request, 0)])

        assert len(await post.held(INVITATIONS)) == 1

    async def test_a_request_of_another_generation_is_a_new_message(self, post: Post) -> None:
        request = a_request(batch=post.batch)
        for generation in (0, 1, 2, 1):
            await post.queues.invite([(request, generation)])

        assert len(await post.held(INVITATIONS)) == 3

    async def test_many_requests_of_any_size_all_arrive(self, post: Post) -> None:
        requests = [
            (
                a_request(
                    line=line,
                    batch=BatchId(f"{post.batch}-{line}"),
                    message="x" * 1024 * (line % 2),
                ),
                0,
            )
            for line in range(2, 302)
        ]
        await post.queues.invite(requests)

        assert {one.id for one in await post.held(INVITATIONS)} == {r.id for r, _ in requests}

    async def test_nothing_to_send_sends_nothing(self, post: Post) -> None:
        await post.queues.invite([])

        assert await post.held(INVITATIONS) == []

    async def test_an_assignment_arrives_as_it_was_sent(self, post: Post) -> None:
        await post.queues.assign(an_assignment(post), 0, timedelta(0))
        (held,) = await post.held(ASSIGNMENTS)

        assert wire.read_assignment(held.body) == an_assignment(post)
        assert held.at is None

    async def test_an_assignment_may_have_to_wait(self, post: Post) -> None:
        await post.queues.assign(an_assignment(post), 0, timedelta(minutes=10))
        (held,) = await post.held(ASSIGNMENTS)

        assert held.at is not None
        assert timedelta(minutes=10) <= held.at - post.clock() <= timedelta(minutes=10) + SOON

    async def test_an_assignment_sent_twice_is_there_once(self, post: Post) -> None:
        for generation in (0, 0, 1):
            await post.queues.assign(an_assignment(post), generation, timedelta(0))

        assert len(await post.held(ASSIGNMENTS)) == 2

    async def test_letters_go_on_their_way_once_and_may_have_to_wait(self, post: Post) -> None:
        now, later = a_letter(), a_letter()
        for _ in range(2):
            await post.rounds.deliver([now], timedelta(0))
            await post.rounds.deliver([now, later], timedelta(minutes=10))
        held = {wire.read_mail(one.body): one.at for one in await post.held(MAILS)}

        assert held == {now.id: None, later.id: post.clock() + timedelta(minutes=10)}

    async def test_a_letter_that_was_asked_for_again_is_no_duplicate(self, post: Post) -> None:
        letter = a_letter()
        once_more = replace(letter, again=post.clock())
        for _ in range(2):
            await post.rounds.deliver([letter], timedelta(0))
            await post.rounds.deliver([once_more], timedelta(0))

        assert [wire.read_mail(one.body) for one in await post.held(MAILS)] == [letter.id] * 2

    async def test_results_are_asked_for_once_in_a_slot_and_a_little_after_its_end(
        self, post: Post
    ) -> None:
        post.clock.advance(SLOT)
        for _ in range(3):
            await post.queues.publish(post.batch)
        (held,) = await post.held(RESULTS)

        assert wire.read_publish(held.body) == post.batch
        assert held.at is not None
        assert timedelta(0) < held.at - post.clock() <= SLOT + timedelta(seconds=5)
        assert 0 < held.at.timestamp() % SLOT.total_seconds() <= 5  # clocks differ

    async def test_results_are_asked_for_again_in_the_next_slot_and_for_each_batch(
        self, post: Post
    ) -> None:
        await post.queues.publish(post.batch)
        another = BatchId(f"{post.batch}-another")
        await post.queues.publish(another)
        post.clock.advance(SLOT)
        await post.queues.publish(post.batch)

        asked = [wire.read_publish(one.body) for one in await post.held(RESULTS)]
        assert sorted(asked) == [post.batch, post.batch, another]


class FakePost:
    def __init__(self) -> None:
        self.clock, self.batch = FakeClock(NOW), BatchId(uuid4().hex)
        self.queues = self.rounds = FakeQueues(self.clock, Footing())

    async def held(self, queue: str) -> list[Held]:
        return [
            Held(one.id, one.body, one.at if one.at > self.clock() else None)
            for one in self.queues.held(queue)
        ]


class TestFakeQueues(QueuesContract):
    @pytest.fixture
    def post(self) -> Post:
        return FakePost()


@dataclass(slots=True)
class Counter:
    """Service Bus with everything opened once: the SDK takes half a second for each."""

    queues: BusQueues
    clock: FakeClock
    receivers: dict[str, ServiceBusReceiver]


class BusPost:
    """What was sent before this test is passed over."""

    def __init__(self, counter: Counter, seen: Mapping[str, int]) -> None:
        self.batch = BatchId(uuid4().hex)
        self.queues, self.clock = counter.queues, counter.clock
        self.rounds = counter.queues
        self._receivers, self._seen = counter.receivers, seen

    async def held(self, queue: str) -> list[Held]:
        return [
            Held(str(one.message_id), b"".join(one.body), one.scheduled_enqueue_time_utc)
            for one in await self.peek(queue)
        ]

    async def peek(self, queue: str) -> list[ServiceBusReceivedMessage]:
        return await _after(self._receivers[queue], self._seen[queue])


async def _after(receiver: ServiceBusReceiver, last: int) -> list[ServiceBusReceivedMessage]:
    found: list[ServiceBusReceivedMessage] = []
    while some := await receiver.peek_messages(250, sequence_number=last + 1):
        found += some
        last = some[-1].sequence_number or 0
    return found


@pytest_asyncio.fixture(scope="class", loop_scope="class")
async def counter() -> AsyncIterator[Counter]:
    async with ServiceBus.running(read_file(ENTITIES)) as bus:
        client = ServiceBusClient.from_connection_string(bus.connection_string)
        clock = FakeClock(NOW)
        queues = BusQueues(
            client, QueueNames(INVITATIONS, ASSIGNMENTS, RESULTS, mails=MAILS), SLOT, SOON, clock
        )
        receivers = {queue: client.get_queue_receiver(queue) for queue in QUEUES}
        yield Counter(queues, clock, receivers)
        await asyncio.gather(*(receiver.close() for receiver in receivers.values()))
        await queues.close()


@pytest.mark.asyncio(loop_scope="class")
class TestBusQueues(QueuesContract):
    @pytest_asyncio.fixture(loop_scope="class")
    async def post(self, counter: Counter) -> BusPost:
        looks = (_after(counter.receivers[queue], 0) for queue in QUEUES)
        before = dict(zip(QUEUES, await asyncio.gather(*looks), strict=True))
        return BusPost(
            counter,
            {
                queue: (held[-1].sequence_number or 0) if held else 0
                for queue, held in before.items()
            },
        )

    async def test_a_copy_keeps_its_body_and_counts_its_attempts(self, post: BusPost) -> None:
        since, at = post.clock() - timedelta(hours=1), post.clock() + timedelta(minutes=3)
        for attempt in (1, 2, 2):
            properties = {"attempt": attempt, "since": since.isoformat()}
            copy = Copy(b"body", f"{post.batch}#{attempt}", at, properties)
            await post.queues.send_again(INVITATIONS, copy)
        first, second = await post.peek(INVITATIONS)

        assert [one.message_id for one in (first, second)] == [f"{post.batch}#1", f"{post.batch}#2"]
        assert b"".join(first.body) == b"body"
        assert first.scheduled_enqueue_time_utc == at
        assert first.application_properties == {
            b"attempt": 1,
            b"since": since.isoformat().encode(),
        }

    async def test_copies_that_wait_together_become_visible_together(self, post: BusPost) -> None:
        soon = post.clock() + timedelta(minutes=3)
        for number in range(3):
            at = soon + timedelta(seconds=number * 9)
            copy = Copy(b"", f"{post.batch}-{number}", at, together=True)
            await post.queues.send_again(ASSIGNMENTS, copy)
        moments = [one.at for one in await post.held(ASSIGNMENTS)]

        assert all(moment and moment >= soon for moment in moments)
        assert {m.timestamp() % SOON.total_seconds() for m in moments if m} == {0.0}
        assert len(set(moments)) <= 2
