"""Sessions, as the real SDK uses them."""

from typing import Any

import pytest
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusClient, ServiceBusMessage
from azure.servicebus.exceptions import (
    OperationTimeoutError,
    ServiceBusError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from .conftest import Desk, MakeDesk
from .test_sdk_sending import body


def test_a_session_belongs_to_one_receiver_and_keeps_order_and_state(make_desk: MakeDesk) -> None:
    desk = make_desk(requiresSession=True)
    fill(desk)
    strict = ServiceBusClient.from_connection_string(desk.bus.connection_string, retry_total=0)
    with desk.client.get_queue_receiver("work", session_id=NEXT_AVAILABLE_SESSION) as holder:
        got = [body(message) for message in holder.receive_messages(2, max_wait_time=5)]
        holder.session.set_state(b"half", timeout=10)
        first = holder.session.session_id
        until: Any = holder.session.locked_until_utc
        desk.advance(10)
        renewed = holder.session.renew_lock(timeout=10)
        with pytest.raises(SessionCannotBeLockedError):
            strict.get_queue_receiver("work", session_id="a").__enter__()
        other = desk.receiver(session_id=NEXT_AVAILABLE_SESSION)
        second = other.session.session_id
    again = desk.receiver(session_id="a")

    assert (first, second) == ("a", "b")
    assert got[0] == b"a1"
    assert renewed > until
    assert again.session.get_state(timeout=10) == b"half"
    [message] = again.receive_messages(1, max_wait_time=5)
    assert (body(message), message.session_id, message.delivery_count) == (b"a1", "a", 0)


def test_a_session_is_lost_with_its_lock_and_its_messages_count_a_delivery(
    make_desk: MakeDesk,
) -> None:
    desk = make_desk(requiresSession=True, lockDuration="PT30S")
    fill(desk)
    holder = desk.receiver(session_id="b")
    [message] = holder.receive_messages(1, max_wait_time=5)
    desk.advance(31)
    with pytest.raises(SessionLockLostError):
        holder.complete_message(message)
    [again] = desk.receiver(session_id="b").receive_messages(1, max_wait_time=5)

    assert again.delivery_count == 1


def test_what_sessions_do_not_allow_is_refused(make_desk: MakeDesk) -> None:
    desk = make_desk(requiresSession=True)
    strict = ServiceBusClient.from_connection_string(desk.bus.connection_string, retry_total=0)
    free = NEXT_AVAILABLE_SESSION
    without, waiting = desk.refusals(
        strict.get_queue_receiver("work"),
        strict.get_queue_receiver("work", session_id=free, max_wait_time=1),
    )
    with pytest.raises(ServiceBusError):
        desk.sender().send_messages(ServiceBusMessage(b"no session"), timeout=10)

    assert isinstance(without, ServiceBusError)
    assert isinstance(waiting, OperationTimeoutError)
    assert desk.held() == 0


def fill(desk: Desk) -> None:
    pairs = [("a", "a1"), ("b", "b1"), ("a", "a2")]
    sender = desk.sender()
    for session, text in pairs:
        sender.send_messages(ServiceBusMessage(text, session_id=session), timeout=10)
