"""What a sender of the real SDK may rely on."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusReceiveMode, TransportType
from azure.servicebus.exceptions import (
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusConnectionError,
    ServiceBusError,
    ServiceBusServerBusyError,
)

from sandbox.servicebus import Fault

from .conftest import Desk, MakeDesk

DEDUPLICATED = {
    "requiresDuplicateDetection": True,
    "duplicateDetectionHistoryTimeWindow": "PT1M",
}


def body(message: object) -> bytes:
    return b"".join(message.body)  # type: ignore[attr-defined]


def test_a_message_arrives_with_all_its_properties_and_completing_removes_it(desk: Desk) -> None:
    about: Any = {"text": "é", "yes": True, "int": 7, "float": 1.5, "id": uuid.UUID(int=5)}
    sender, receiver = desk.pair()
    sent = ServiceBusMessage(
        b"hello", message_id="one", correlation_id="c", subject="s", content_type="text/plain",
        to="t", reply_to="r", partition_key="p", time_to_live=timedelta(hours=1),
        application_properties=about,
    )  # fmt: skip
    sender.send_messages(sent, timeout=10)
    got: Any = receiver.receive_messages(max_wait_time=5)[0]

    assert (body(got), got.message_id, got.correlation_id) == (b"hello", "one", "c")
    assert (got.subject, got.content_type, got.to, got.reply_to) == ("s", "text/plain", "t", "r")
    assert (got.partition_key, got.time_to_live) == ("p", timedelta(hours=1))
    received = {key.decode(): value for key, value in got.application_properties.items()}
    assert received == about | {"text": "é".encode()}
    assert got.sequence_number == 1
    assert got.delivery_count == 0
    assert abs(got.enqueued_time_utc - datetime.now(UTC)) < timedelta(seconds=10)
    assert timedelta(0) < got.locked_until_utc - datetime.now(UTC) <= timedelta(seconds=61)
    receiver.complete_message(got)
    assert desk.held() == 0


def test_a_batch_arrives_message_by_message_in_order(desk: Desk) -> None:
    sender, receiver = desk.pair(prefetch_count=50)
    sender.send_messages([ServiceBusMessage(f"{n}") for n in range(100)], timeout=10)
    got: list[bytes] = []
    while len(got) < 100:
        messages = receiver.receive_messages(100, max_wait_time=5)
        assert messages
        got += [body(message) for message in messages]

    assert got == [str(n).encode() for n in range(100)]


def test_250_kilobytes_travel_in_many_frames_both_ways(desk: Desk) -> None:
    sender, receiver = desk.pair()
    large = bytes(range(250)) * 1024
    sender.send_messages(ServiceBusMessage(large), timeout=10)
    [got] = receiver.receive_messages(max_wait_time=5)

    assert body(got) == large


def test_a_batch_that_the_sdk_filled_to_its_limit_is_taken(desk: Desk) -> None:
    sender = desk.sender()
    batch = sender.create_message_batch()
    count = 0
    while True:
        try:
            batch.add_message(ServiceBusMessage(b"x" * 5000, message_id="m" * 100 + str(count)))
        except ValueError:
            break
        count += 1
    sender.send_messages(batch, timeout=10)

    assert batch.max_size_in_bytes == 256 * 1024
    assert desk.held() == count


def test_what_is_too_large_is_refused_and_the_sender_lives_on(desk: Desk) -> None:
    sender = desk.sender()
    with pytest.raises(MessageSizeExceededError):
        sender.send_messages(ServiceBusMessage(b"x" * (256 * 1024)), timeout=10)
    many: Any = {"p": "x" * (33 * 1024)}
    with pytest.raises(ServiceBusError):
        sender.send_messages(ServiceBusMessage(b"", application_properties=many), timeout=10)
    sender.send_messages(ServiceBusMessage(b"small"), timeout=10)

    assert desk.held() == 1


def test_an_unknown_queue_is_not_found(desk: Desk) -> None:
    ends = desk.client.get_queue_sender("nowhere"), desk.client.get_queue_receiver("nowhere")
    refusals = desk.refusals(*ends)

    assert [type(refusal) for refusal in refusals] == [MessagingEntityNotFoundError] * 2


def test_a_duplicate_within_the_window_is_accepted_and_dropped(make_desk: MakeDesk) -> None:
    desk = make_desk(**DEDUPLICATED)
    sender = desk.sender()
    again = ServiceBusMessage(b"", message_id="same")
    sender.send_messages([again, again, ServiceBusMessage(b"", message_id="other")], timeout=10)
    later = datetime.now(UTC) + timedelta(hours=1)
    sender.schedule_messages(ServiceBusMessage(b"", message_id="same"), later, timeout=10)
    sender.schedule_messages(ServiceBusMessage(b"", message_id="planned"), later, timeout=10)
    sender.send_messages(ServiceBusMessage(b"", message_id="planned"), timeout=10)

    assert desk.held() == 3
    desk.advance(61)
    sender.send_messages(again, timeout=10)
    assert desk.held() == 4


def test_scheduled_messages_wait_for_their_time_and_can_be_cancelled(desk: Desk) -> None:
    sender, receiver = desk.pair()
    later = datetime.now(UTC) + timedelta(minutes=10)
    kept, dropped = sender.schedule_messages(
        [ServiceBusMessage(b"kept"), ServiceBusMessage(b"dropped")], later, timeout=10
    )
    sender.cancel_scheduled_messages(dropped, timeout=10)
    sender.send_messages(ServiceBusMessage(b"plain", scheduled_enqueue_time_utc=later), timeout=10)
    peeked = receiver.peek_messages(10, timeout=10)
    early = receiver.receive_messages(max_wait_time=0.3)
    desk.advance(601)
    got = [*receiver.receive_messages(2, max_wait_time=5)]
    got += receiver.receive_messages(2, max_wait_time=5) if len(got) < 2 else []

    assert [(body(m), m.state.name) for m in peeked] == [
        (b"kept", "SCHEDULED"), (b"plain", "SCHEDULED"),
    ]  # fmt: skip
    assert peeked[0].sequence_number == kept
    assert peeked[0].scheduled_enqueue_time_utc is not None
    assert early == []
    assert sorted(body(message) for message in got) == [b"kept", b"plain"]


def test_a_topic_gives_every_subscription_its_copy(make_desk: MakeDesk) -> None:
    subscriptions = [{"name": "a"}, {"name": "b", "maxDeliveryCount": 1}]
    desk = make_desk({"topics": [{"name": "news", "subscriptions": subscriptions}]})
    desk.also(desk.client.get_topic_sender("news")).send_messages(
        ServiceBusMessage(b"x"), timeout=10
    )
    receiver = desk.also(desk.client.get_subscription_receiver("news", "b"))
    [got] = receiver.receive_messages(max_wait_time=5)
    receiver.abandon_message(got)

    assert desk.held("news/subscriptions/a") == 1
    assert desk.held("news/Subscriptions/b") == 0
    assert desk.held("news/Subscriptions/b/$DeadLetterQueue") == 1
    assert desk.held("news") == 0


def test_faults_on_order_reach_the_sender_and_end(desk: Desk) -> None:
    strict = desk.client.from_connection_string(
        desk.bus.connection_string, retry_total=0, transport_type=TransportType.Amqp
    )
    once = desk.also(strict.get_queue_sender("work"))
    desk.bus.call(lambda: desk.bus.order(Fault(kind="server-busy", entity="work", count=1)))
    with pytest.raises(ServiceBusServerBusyError):
        once.send_messages(ServiceBusMessage(b""), timeout=10)
    desk.bus.call(lambda: desk.bus.order(Fault(kind="detach", entity="work")))
    with pytest.raises(ServiceBusConnectionError):
        once.send_messages(ServiceBusMessage(b""), timeout=10)

    assert desk.held() == 0
    once.send_messages(ServiceBusMessage(b""), timeout=10)
    assert desk.held() == 1


def test_a_reset_after_the_work_makes_the_sdk_send_twice(desk: Desk) -> None:
    fault = Fault(kind="reset", entity="work", on="send", afterwards=True)
    sender = desk.sender()
    desk.bus.call(lambda: desk.bus.order(fault))
    sender.send_messages(ServiceBusMessage(b"twice"), timeout=10)

    assert desk.held() == 2


def test_receive_and_delete_leaves_nothing_behind(desk: Desk) -> None:
    sender = desk.sender()
    sender.send_messages([ServiceBusMessage(b"x")] * 3, timeout=10)
    receiver = desk.receiver(receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE)
    got = receiver.receive_messages(3, max_wait_time=5)

    assert got
    assert desk.held() == 3 - len(got)
