"""The message of the Functions SDK becomes a `ReceivedMessage`; no other module reads the SDK's.

What its attributes can be was read in azure-functions 1.26.0 (servicebus.py, meta.py; 2026-11-29):
a time has a time zone only when the host writes "Z" or an offset of zero, which the Service Bus
extension does not do; in a batch a property is whatever JSON value stands in the list, of any type;
each attribute is None when the host leaves its field out.
https://github.com/Azure/azure-functions-nodejs-library/issues/351 (no time zone; 2026-11-29)
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import update_wrapper
from typing import Any, List, TypeVar  # noqa: UP035 - the worker does not load the builtin list

import azure.functions as func

from b2b.domain.received_message import ReceivedMessage
from b2b.domain.retry import Scalar

_NAMES = ("__module__", "__name__", "__qualname__", "__doc__")
Clock = Callable[[], datetime]
OneMessage = Callable[[func.ServiceBusMessage], Awaitable[None]]
SeveralMessages = Callable[[List[func.ServiceBusMessage]], Awaitable[None]]  # noqa: UP006
F = TypeVar("F", bound=Callable[..., Any])


def read_message(message: func.ServiceBusMessage, now: datetime) -> ReceivedMessage:
    """Never raises: what is missing or of another type counts as not said."""
    given: Any = message
    return ReceivedMessage(
        body=_body(given.get_body()),
        message_id=given.message_id if isinstance(given.message_id, str) else "",
        enqueued_at=_moment(given.enqueued_time_utc) or now,
        properties=_properties(given.application_properties),
        delivery_count=_count(given.delivery_count),
    )


def receives(turn: Callable[[ReceivedMessage], Awaitable[None]], clock: Clock) -> OneMessage:
    """The function that the worker calls for one message."""

    async def received(message: func.ServiceBusMessage) -> None:
        await turn(read_message(message, clock()))

    return _named_after(turn, received)


def receives_many(
    turn: Callable[[Sequence[ReceivedMessage]], Awaitable[None]], clock: Clock
) -> SeveralMessages:
    """The function that the worker calls for a batch of messages."""

    async def received(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006
        now = clock()
        await turn([read_message(message, now) for message in messages])

    return _named_after(turn, received)


def _named_after(turn: Callable[..., Any], wrapper: F) -> F:
    """The worker reads the name of `turn`, and the annotations of `wrapper`."""
    update_wrapper(wrapper, turn, assigned=_NAMES, updated=())
    del wrapper.__wrapped__  # type: ignore[attr-defined]  # inspect.signature would follow it
    return wrapper


def _body(body: object) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray | memoryview) else b""


def _moment(moment: object) -> datetime | None:
    """A time without a time zone is UTC; the year 1 is what .NET writes for no time."""
    if not isinstance(moment, datetime) or moment.year == 1:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the last hours of the year 9999
        return None


def _properties(properties: object) -> dict[str, Scalar]:
    if not isinstance(properties, dict):
        return {}
    return {str(name): _scalar(value) for name, value in properties.items() if value is not None}


def _scalar(value: object) -> Scalar:
    """What is no scalar becomes text, so that no property, the sender's stamp least, vanishes."""
    return value if isinstance(value, str | int | float) else str(value)


def _count(count: object) -> int:
    return max(count, 0) if isinstance(count, int) and not isinstance(count, bool) else 0
