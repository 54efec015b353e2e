"""The operations of `$management`, by name.

learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response
"""

import uuid
from collections.abc import Callable
from typing import Any

from sandbox.servicebus.codec.content import cut
from sandbox.servicebus.codec.encode import (
    EMPTY_MAP,
    NULL,
    array,
    binary,
    int32,
    long,
    mapping,
    sequence,
    string,
    timestamp,
)
from sandbox.servicebus.codec.encode import uuid as encoded_uuid
from sandbox.servicebus.engine.message import Message
from sandbox.servicebus.engine.queue import Queue
from sandbox.servicebus.engine.sessions import Sessions
from sandbox.servicebus.refused import (
    ARGUMENT,
    NOT_ALLOWED,
    NOT_IMPLEMENTED,
    TOO_LARGE,
    Refused,
)
from sandbox.servicebus.transport.inlet import LARGEST

Body = dict[str, Any]
MODIFIED = "properties-to-modify"
_FRAMING = 1024  # what an answer needs besides its messages
_MESSAGE_FRAMING = 32


def operate(queue: Queue, name: str, body: Body) -> bytes | None:
    """The encoded answer; None when there is nothing to tell. Raises Refused."""
    operation = _OPERATIONS.get(name.removeprefix("com.microsoft:"))
    if operation is None:
        raise Refused(NOT_IMPLEMENTED, f"The sandbox does not know the operation {name!r}")
    return operation(queue, body)


def _renew(queue: Queue, body: Body) -> bytes:
    until = [timestamp(queue.renew(token.bytes_le)) for token in body["lock-tokens"]]
    return _told("expirations", array(until))


def _peek(queue: Queue, body: Body) -> bytes | None:
    """As many as asked for, or as many as fit into one answer."""
    found = queue.peek(body["from-sequence-number"], body["message-count"], body.get("session-id"))
    room, shown = LARGEST - _FRAMING, list[bytes]()
    for message in found:
        raw = message.encoded(peeked=True)
        room -= len(raw) + _MESSAGE_FRAMING
        if shown and room < 0:
            break
        shown.append(mapping((string("message"), binary(raw))))
    return _told("messages", sequence(*shown)) if shown else None


def _schedule(queue: Queue, body: Body) -> bytes:
    raw = [each["message"] for each in body["messages"]]
    if sum(len(each) for each in raw) > LARGEST:
        raise Refused(TOO_LARGE, f"More than {LARGEST} bytes in one request")
    contents = [cut(each) for each in raw]
    if any(content.scheduled is None for content in contents):
        raise Refused(ARGUMENT, "A message without a time cannot be scheduled")
    numbers = [long(queue.accept(content)) for content in contents]
    return _told("sequence-numbers", array(numbers))


def _cancel(queue: Queue, body: Body) -> bytes:
    queue.cancel(body["sequence-numbers"])
    return EMPTY_MAP


def _receive(queue: Queue, body: Body) -> bytes:
    locks = body["receiver-settle-mode"] == 1
    found = queue.take_deferred(body["sequence-numbers"], locks=locks)
    return _told("messages", sequence(*[_with_token(message) for message in found]))


def _with_token(message: Message) -> bytes:
    pairs = [(string("message"), binary(message.encoded()))]
    if message.tag:
        pairs.append((string("lock-token"), encoded_uuid(uuid.UUID(bytes_le=message.tag))))
    return mapping(*pairs)


def _update(queue: Queue, body: Body) -> bytes:
    for token in body["lock-tokens"]:
        _settle(queue, token.bytes_le, body)
    return EMPTY_MAP


def _settle(queue: Queue, tag: bytes, body: Body) -> None:
    modified = body.get(MODIFIED) or {}
    match body["disposition-status"]:
        case "completed":
            queue.complete(tag)
        case "abandoned":
            queue.abandon(tag, modified)
        case "defered":  # spelt so on the wire
            queue.defer(tag, modified)
        case "suspended":
            reason, text = body.get("deadletter-reason"), body.get("deadletter-description")
            queue.dead_letter(tag, reason, text, modified)
        case other:
            raise Refused(ARGUMENT, f"There is no disposition {other!r}")


def _set_state(queue: Queue, body: Body) -> bytes:
    _sessions(queue).keep_state(body["session-id"], body["session-state"])
    return EMPTY_MAP


def _get_state(queue: Queue, body: Body) -> bytes:
    state = _sessions(queue).named(body["session-id"]).state
    return _told("session-state", NULL if state is None else binary(state))


def _renew_session(queue: Queue, body: Body) -> bytes:
    return _told("expiration", timestamp(_sessions(queue).renew(body["session-id"])))


def _list_sessions(queue: Queue, body: Body) -> bytes | None:
    _sessions(queue)
    live = {message.content.session_id for message in queue.messages.values()}
    names = sorted(name for name in live if name is not None)
    chosen = names[body["skip"] : body["skip"] + body["top"]]
    if not chosen:
        return None
    skip = string("skip"), int32(body["skip"] + len(chosen))
    ids = string("sessions-ids"), sequence(*[string(name) for name in chosen])
    return mapping(skip, ids)


def _sessions(queue: Queue) -> Sessions:
    if queue.sessions is None:
        raise Refused(NOT_ALLOWED, f"{queue.terms.path} has no sessions")
    return queue.sessions


def _told(key: str, value: bytes) -> bytes:
    return mapping((string(key), value))


_OPERATIONS: dict[str, Callable[[Queue, Body], bytes | None]] = {
    "renew-lock": _renew,
    "peek-message": _peek,
    "schedule-message": _schedule,
    "cancel-scheduled-message": _cancel,
    "receive-by-sequence-number": _receive,
    "update-disposition": _update,
    "set-session-state": _set_state,
    "get-session-state": _get_state,
    "renew-session-lock": _renew_session,
    "get-message-sessions": _list_sessions,
}
