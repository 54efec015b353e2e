"""What a receiver of the real SDK may rely on: locks, settlement, and the dead."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.servicebus import (
    AutoLockRenewer,
    ServiceBusMessage,
    ServiceBusReceiver,
    ServiceBusSubQueue,
)
from azure.servicebus.exceptions import MessageLockLostError, ServiceBusError

from sandbox.servicebus import Fault

from .conftest import Desk, MakeDesk
from .test_sdk_sending import body


def take(receiver: ServiceBusReceiver) -> Any:
    [message] = receiver.receive_messages(1, max_wait_time=5)
    return message


def test_an_abandoned_message_comes_again_and_a_dead_one_tells_why(desk: Desk) -> None:
    sender, receiver = desk.pair()
    sender.send_messages(ServiceBusMessage(b"x", application_properties={"n": 1}), timeout=10)
    receiver.abandon_message(take(receiver))
    again = take(receiver)
    receiver.dead_letter_message(again, reason="Bad", error_description="Very bad")
    graves = desk.receiver(sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    dead = take(graves)

    assert again.delivery_count == 1
    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == ("Bad", "Very bad")
    assert dead.dead_letter_source is None
    assert dead.application_properties[b"n"] == 1
    assert body(dead) == b"x"
    graves.complete_message(dead)
    assert desk.held() == desk.held("work/$deadletterqueue") == 0


def test_a_deferred_message_comes_by_its_number_only(desk: Desk) -> None:
    sender, receiver = desk.pair()
    sender.send_messages([ServiceBusMessage(b"a"), ServiceBusMessage(b"b")], timeout=10)
    first, second = take(receiver), take(receiver)
    receiver.defer_message(first)
    receiver.defer_message(second)
    nothing = receiver.receive_messages(1, max_wait_time=0.3)
    [peeked, _] = receiver.peek_messages(2, sequence_number=1, timeout=10)
    got = receiver.receive_deferred_messages(
        [first.sequence_number, second.sequence_number], timeout=10
    )
    receiver.complete_message(got[0])
    receiver.dead_letter_message(got[1], reason="late")

    assert nothing == []
    assert peeked.state.name == "DEFERRED"
    assert [body(message) for message in got] == [b"a", b"b"]
    assert (desk.held(), desk.held("work/$DeadLetterQueue")) == (0, 1)


def test_a_renewed_lock_lasts_and_a_lost_one_cannot_be_used(make_desk: MakeDesk) -> None:
    desk = make_desk(lockDuration="PT30S")
    sender, receiver = desk.pair()
    sender.send_messages(ServiceBusMessage(b"x"), timeout=10)
    message = take(receiver)
    desk.advance(20)
    until = receiver.renew_message_lock(message, timeout=10)
    desk.advance(20)
    held = desk.bus.call(lambda: len(desk.bus.engine.find("work").locks))
    desk.advance(11)
    with pytest.raises(MessageLockLostError):
        receiver.complete_message(message)
    with pytest.raises(MessageLockLostError):
        receiver.renew_message_lock(message, timeout=10)

    assert until > datetime.now(UTC) + timedelta(seconds=45)
    assert held == 1
    assert desk.held() == 1


def test_locks_that_run_out_bring_a_message_to_the_dead(make_desk: MakeDesk) -> None:
    desk = make_desk(lockDuration="PT30S", maxDeliveryCount=2)
    sender, receiver = desk.pair()
    sender.send_messages(ServiceBusMessage(b"x"), timeout=10)
    counts = [take(receiver).delivery_count]
    desk.advance(31)
    counts.append(take(receiver).delivery_count)
    desk.advance(31)
    dead = take(desk.receiver(sub_queue=ServiceBusSubQueue.DEAD_LETTER))

    assert counts == [0, 1]
    assert dead.dead_letter_reason == "MaxDeliveryCountExceeded"
    assert "2 delivery attempts" in str(dead.dead_letter_error_description)


def test_closing_a_receiver_releases_what_it_only_buffered(desk: Desk) -> None:
    desk.sender().send_messages([ServiceBusMessage(b"x")] * 20, timeout=10)
    with desk.client.get_queue_receiver("work", prefetch_count=20) as first:
        take(first)
    second = desk.receiver(prefetch_count=20)
    counts: list[int | None] = []
    while len(counts) < 19:
        got = second.receive_messages(20, max_wait_time=5)
        assert got
        counts += [message.delivery_count for message in got]

    assert counts == [0] * 19


def test_the_sdk_renews_locks_by_itself(make_desk: MakeDesk) -> None:
    desk = make_desk(lockDuration="PT2S")
    desk.sender().send_messages(ServiceBusMessage(b"x"), timeout=10)
    receiver = desk.receiver()
    message = take(receiver)
    first = message.locked_until_utc
    with AutoLockRenewer() as renewer:
        renewer.register(receiver, message, max_lock_renewal_duration=30)
        while message.locked_until_utc <= first + timedelta(seconds=1):
            assert not message.auto_renew_error
            assert datetime.now(UTC) < first + timedelta(seconds=5)
    receiver.complete_message(message)

    assert desk.held() == 0


def test_iterating_waits_for_what_is_sent_while_it_is_idle(desk: Desk) -> None:
    sender, receiver = desk.pair(max_wait_time=5)
    early = receiver.receive_messages(1, max_wait_time=0.3)
    sender.send_messages([ServiceBusMessage(b"a"), ServiceBusMessage(b"b")], timeout=10)
    got = []
    for message in receiver:
        got.append(body(message))
        receiver.complete_message(message)
        if len(got) == 2:
            break

    assert early == []
    assert got == [b"a", b"b"]


def test_two_consumers_share_a_queue(desk: Desk) -> None:
    one, two = desk.receiver(prefetch_count=30), desk.receiver(prefetch_count=30)
    one.receive_messages(1, max_wait_time=0.1)
    two.receive_messages(1, max_wait_time=0.1)
    desk.sender().send_messages([ServiceBusMessage(str(n)) for n in range(40)], timeout=10)
    shares = []
    for receiver in (one, two):
        share: list[bytes] = []
        while len(share) < 20:
            got = receiver.receive_messages(20 - len(share), max_wait_time=5)
            assert got
            share += [body(message) for message in got]
        shares.append(set(share))

    assert not shares[0] & shares[1]
    assert len(shares[0] | shares[1]) == 40


def test_a_lock_lost_on_order_brings_the_message_again(desk: Desk) -> None:
    desk.sender().send_messages(ServiceBusMessage(b"x"), timeout=10)
    receiver = desk.receiver()
    message = take(receiver)
    desk.bus.call(lambda: desk.bus.order(Fault(kind="lock-lost", entity="work")))
    with pytest.raises(MessageLockLostError):
        receiver.complete_message(message)
    again = take(desk.receiver())

    assert again.delivery_count == 1


def test_a_message_without_a_session_cannot_be_asked_for_by_session(desk: Desk) -> None:
    with pytest.raises(ServiceBusError):
        desk.client.get_queue_receiver("work", session_id="s").__enter__()
