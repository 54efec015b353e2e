"""The engine with a clock that is moved by hand, and without any socket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.servicebus import Fault
from sandbox.servicebus.codec.content import Content
from sandbox.servicebus.codec.decode import decode
from sandbox.servicebus.engine.message import Message
from sandbox.servicebus.engine.namespace import Namespace
from sandbox.servicebus.engine.queue import Queue
from sandbox.servicebus.entities import read
from sandbox.servicebus.refused import Detached, Refused, Reset

SECOND = 1000


@dataclass
class Hands:
    """A clock."""

    time: int = 1_000_000

    def now(self) -> int:
        return self.time

    def move(self, seconds: float, queue: Queue) -> None:
        self.time += int(seconds * SECOND)
        queue.tick()


@dataclass(eq=False)
class Taker:
    """A consumer who wants so many messages."""

    appetite: int
    locks: bool = True
    lane: str | None = None
    got: list[Message] = field(default_factory=list)
    refused: Refused | None = None

    def wants(self) -> bool:
        return len(self.got) < self.appetite

    def deliver(self, message: Message) -> None:
        self.got.append(message)

    def grant(self, session_id: str, locked_until: int) -> None: ...

    def refuse(self, refusal: Refused) -> None:
        self.refused = refusal

    def lose(self, refusal: Refused) -> None:
        self.refused = refusal


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def make_queue(clock: Hands) -> Callable[..., Queue]:
    def make(**properties: Any) -> Queue:
        entities = read({"queues": [{"name": "work", **properties}]})
        return Namespace(entities, clock.now).find("work")

    return make


def content(
    name: str = "id", *, session: str | None = None, life: int | None = None, at: int | None = None
) -> Content:
    return Content(name, session, life, at, (), b"", b"", b"")


def taken(queue: Queue, lane: str | None = None) -> tuple[Message, bytes]:
    message = queue.take(lane)
    assert message is not None
    assert message.tag is not None
    return message, message.tag


def reason(message: Message) -> Any:
    return decode(message.content.application)[0]["DeadLetterReason"]


def test_an_abandoned_message_comes_back_before_the_younger_ones(
    make_queue: Callable[..., Queue],
) -> None:
    queue = make_queue()
    for name in "abc":
        queue.accept(content(name))
    queue.abandon(taken(queue)[1])

    assert [taken(queue)[0].content.message_id for _ in "abc"] == ["a", "b", "c"]


@pytest.mark.parametrize(("seconds", "held"), [(29, True), (30, False)])
def test_a_lock_lasts_as_long_as_the_queue_says(
    make_queue: Callable[..., Queue], clock: Hands, seconds: int, held: bool
) -> None:
    queue = make_queue(lockDuration="PT30S")
    queue.accept(content())
    message, tag = taken(queue)
    clock.move(seconds, queue)

    assert (tag in queue.locks) is held
    assert message.failures == (0 if held else 1)


def test_the_delivery_that_reaches_the_maximum_is_the_last(
    make_queue: Callable[..., Queue],
) -> None:
    queue = make_queue(maxDeliveryCount=3)
    queue.accept(content())
    for _ in range(3):
        queue.abandon(taken(queue)[1])
    assert queue.dead is not None
    [dead] = queue.dead.messages.values()

    assert queue.take() is None
    assert reason(dead) == "MaxDeliveryCountExceeded"
    assert queue.totals.highest_delivery_count == 3


def test_releasing_counts_no_delivery(make_queue: Callable[..., Queue]) -> None:
    queue = make_queue(maxDeliveryCount=1)
    queue.accept(content())
    for _ in range(5):
        queue.release(taken(queue)[1])

    assert taken(queue)[0].failures == 0


@pytest.mark.parametrize("keeps", [True, False])
def test_a_message_that_outlived_its_time_is_buried_or_dropped(
    make_queue: Callable[..., Queue], clock: Hands, keeps: bool
) -> None:
    queue = make_queue(deadLetteringOnMessageExpiration=keeps, defaultMessageTimeToLive="PT1M")
    queue.accept(content("short", life=10 * SECOND))
    queue.accept(content("long", life=10_000 * SECOND))
    clock.move(11, queue)
    left = [message.content.message_id for message in queue.messages.values()]
    clock.move(50, queue)
    assert queue.dead is not None
    dead = list(queue.dead.messages.values())

    assert left == ["long"]
    assert not queue.messages
    assert [reason(message) for message in dead] == ["TTLExpiredException"] * (2 * keeps)


def test_a_lock_holds_off_expiry_until_it_ends(
    make_queue: Callable[..., Queue], clock: Hands
) -> None:
    queue = make_queue(lockDuration="PT30S")
    queue.accept(content(life=10 * SECOND))
    _, tag = taken(queue)
    clock.move(20, queue)
    assert tag in queue.locks
    queue.abandon(tag)

    assert queue.take() is None
    assert not queue.messages


def test_nothing_expires_among_the_dead(make_queue: Callable[..., Queue], clock: Hands) -> None:
    queue = make_queue(defaultMessageTimeToLive="PT1M")
    queue.accept(content())
    queue.dead_letter(taken(queue)[1], "r", None)
    assert queue.dead is not None
    clock.move(1000, queue.dead)

    assert taken(queue.dead)[0].content.message_id == "id"


def test_a_scheduled_message_gets_a_new_number_when_its_time_comes(
    make_queue: Callable[..., Queue], clock: Hands
) -> None:
    queue = make_queue()
    first = queue.accept(content("later", at=clock.time + 10 * SECOND))
    queue.accept(content("now"))
    assert taken(queue)[0].content.message_id == "now"
    assert queue.take() is None
    clock.move(10, queue)
    message, _ = taken(queue)

    assert message.content.message_id == "later"
    assert message.sequence > first
    assert message.enqueued == clock.time
    with pytest.raises(Refused):
        queue.cancel([first])


@pytest.mark.parametrize(("seconds", "kept"), [(59, 1), (60, 2)])
def test_a_duplicate_is_known_for_the_length_of_the_window(
    make_queue: Callable[..., Queue], clock: Hands, seconds: int, kept: int
) -> None:
    window = {"duplicateDetectionHistoryTimeWindow": "PT1M"}
    queue = make_queue(requiresDuplicateDetection=True, **window)
    queue.accept(content())
    clock.move(seconds, queue)
    queue.accept(content())

    assert len(queue.messages) == queue.totals.accepted == kept
    assert queue.totals.duplicates == 2 - kept


def test_the_same_id_twice_is_no_duplicate_where_nobody_looks(
    make_queue: Callable[..., Queue],
) -> None:
    queue = make_queue()
    queue.accept(content())
    queue.accept(content())

    assert len(queue.messages) == 2


def test_a_deferred_message_stays_deferred_whatever_happens_to_its_lock(
    make_queue: Callable[..., Queue], clock: Hands
) -> None:
    queue = make_queue(lockDuration="PT30S")
    number = queue.accept(content())
    queue.defer(taken(queue)[1])
    queue.take_deferred([number])
    with pytest.raises(Refused):
        queue.take_deferred([number])
    clock.move(31, queue)

    assert queue.take() is None
    assert queue.take_deferred([number], locks=False)[0].failures == 2
    assert not queue.messages


def test_consumers_are_served_in_turn_and_not_past_their_appetite(
    make_queue: Callable[..., Queue],
) -> None:
    queue = make_queue()
    one, two = Taker(2), Taker(10)
    queue.consumers.extend([one, two])
    for name in "abcdef":
        queue.accept(content(name))
    queue.pump()

    assert [message.content.message_id for message in one.got] == ["a", "c"]
    assert len(two.got) == 4


def test_a_lock_that_was_settled_or_never_given_is_lost(make_queue: Callable[..., Queue]) -> None:
    queue = make_queue()
    queue.accept(content())
    _, tag = taken(queue)
    queue.complete(tag)
    for act in (queue.complete, queue.abandon, queue.defer, queue.release, queue.renew):
        with pytest.raises(Refused, match="message-lock-lost"):
            act(tag)


def test_peeking_shows_everything_in_order_and_changes_nothing(
    make_queue: Callable[..., Queue], clock: Hands
) -> None:
    queue = make_queue()
    for name in "abc":
        queue.accept(content(name))
    queue.accept(content("d", at=clock.time + SECOND))
    queue.take()

    assert [m.content.message_id for m in queue.peek(2, 2)] == ["b", "c"]
    assert [m.sequence for m in queue.peek(0, 10)] == [1, 2, 3, 4]
    assert taken(queue)[0].content.message_id == "b"


def test_alarms_of_finished_messages_do_not_pile_up(make_queue: Callable[..., Queue]) -> None:
    queue = make_queue()
    for number in range(6000):
        queue.accept(content(str(number)))
        queue.complete(taken(queue)[1])

    assert len(queue.alarms) < 5000


def test_a_session_that_nobody_frees_is_waited_for_and_given_up(
    make_queue: Callable[..., Queue], clock: Hands
) -> None:
    queue = make_queue(requiresSession=True, lockDuration="PT30S")
    assert queue.sessions is not None
    holder, patient, hasty = Taker(1), Taker(1), Taker(1)
    queue.accept(content(session="s"))
    queue.sessions.ask(holder, None, 0)
    queue.pump()
    queue.sessions.ask(hasty, None, 5 * SECOND)
    queue.sessions.ask(patient, None, 100 * SECOND)
    clock.move(6, queue)
    queue.pump()
    early = patient.lane
    clock.move(25, queue)
    queue.pump()

    assert holder.lane == "s"
    assert hasty.refused is not None
    assert hasty.refused.condition == "com.microsoft:timeout"
    assert early is None
    assert holder.refused is not None
    assert patient.lane == "s"


def test_a_namespace_finds_entities_without_regard_to_case(clock: Hands) -> None:
    topic = {"name": "News", "subscriptions": [{"name": "All"}]}
    names = Namespace(read({"queues": [{"name": "Work"}], "topics": [topic]}), clock.now)

    assert names.find("work/$deadletterqueue") is names.find("WORK").dead
    assert names.find("news/subscriptions/all").terms.path == "News/Subscriptions/All"
    for unknown in ("nowhere", "news/$deadletterqueue", "news/subscriptions/none"):
        with pytest.raises(Refused, match="amqp:not-found"):
            names.find(unknown)


def test_a_scheduled_message_to_a_topic_reaches_subscriptions_when_due(clock: Hands) -> None:
    topic = {"name": "news", "subscriptions": [{"name": "a"}, {"name": "b"}]}
    names = Namespace(read({"topics": [topic]}), clock.now)
    names.find("news").accept(content(at=clock.time + SECOND))
    before = len(names.find("news/subscriptions/a").messages)
    clock.time += SECOND
    names.tick()

    assert before == 0
    assert names.next_alarm() is None
    for each in ("a", "b"):
        assert taken(names.find(f"news/subscriptions/{each}"))[0].content.message_id == "id"


@pytest.mark.parametrize(("kind", "error"), [
    ("server-busy", Refused), ("detach", Detached), ("reset", Reset),
])  # fmt: skip
def test_a_fault_strikes_its_entity_so_many_times(
    clock: Hands, kind: str, error: type[Exception]
) -> None:
    names = Namespace(read({"queues": [{"name": "work"}]}), clock.now)
    names.faults.rules.append(Fault(kind=kind, entity="Work", count=2))
    names.faults.strike("other", "send")
    names.faults.strike("work", "send", afterwards=True)
    for _ in range(2):
        with pytest.raises(error):
            names.faults.strike("work", "send")
    names.faults.strike("work", "send")


@pytest.mark.parametrize("given", [
    {"kind": "server-busy"}, {"kind": "earthquake", "entity": "x"},
    {"kind": "reset", "entity": "x", "often": 2},
])  # fmt: skip
def test_a_fault_that_makes_no_sense_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Fault.read(given)
