"""Dead letters read with the Service Bus SDK, whatever section of AMQP their bodies came in.

The host cannot hand over a body that is an AMQP value or sequence: it fails before the function.
https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues (2026-11)
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.servicebus import ServiceBusReceivedMessage, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.servicebus.amqp import AmqpMessageBodyType
from azure.servicebus.exceptions import ServiceBusError

from b2b.domain.dead_letter import BodyForm, DeadLetter
from b2b.domain.errors import TryLater
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.retry import Scalar

_AT_ONCE = 10  # messages; few enough for all to be kept while their locks last
_LONGEST_LOOK = 2.0  # seconds to wait for a first message
_PAUSE = timedelta(minutes=1)
Take = Callable[[DeadLetter], Awaitable[bool]]


class BusDeadLetters:
    def __init__(self, client: ServiceBusClient, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock

    async def work_off(self, queue: str, take: Take, *, most: int, seconds: float) -> None:
        """Completes what `take` says is kept. The rest is abandoned at the end of the turn, so
        that no message comes twice in it. Raises TryLater."""
        left: list[ServiceBusReceivedMessage] = []
        try:
            async with self._client.get_queue_receiver(
                queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER
            ) as receiver:
                try:
                    await self._work_off(receiver, take, left, most, time.monotonic() + seconds)
                finally:
                    await asyncio.gather(*map(receiver.abandon_message, left))
        except (ServiceBusError, OSError) as failure:
            reason = Reason("servicebus_unreachable", "Service Bus did not answer.")
            raise TryLater(reason, _PAUSE) from failure

    async def _work_off(
        self,
        receiver: ServiceBusReceiver,
        take: Take,
        left: list[ServiceBusReceivedMessage],
        most: int,
        end: float,
    ) -> None:
        """What the end of the turn finds untouched is left as well."""
        taken = 0
        while taken < most and time.monotonic() < end:
            messages = await receiver.receive_messages(
                min(_AT_ONCE, most - taken), max_wait_time=_LONGEST_LOOK
            )
            if not messages:
                return
            taken += len(messages)
            for message in messages:
                kept = time.monotonic() < end and await take(read(message, self._clock()))
                if kept:
                    await receiver.complete_message(message)
                else:
                    left.append(message)


def read(message: ServiceBusReceivedMessage, now: datetime) -> DeadLetter:
    """Never raises."""
    form, body = _body(message)
    given = message.application_properties or {}
    properties = {str(_plain(name)): _scalar(value) for name, value in given.items()}
    enqueued_at = message.enqueued_time_utc or now
    return DeadLetter(
        message=ReceivedMessage(
            body=body,
            message_id=str(_plain(message.message_id or "")),
            enqueued_at=enqueued_at if enqueued_at.tzinfo else enqueued_at.replace(tzinfo=UTC),
            properties=properties,
            delivery_count=message.delivery_count or 0,
        ),
        form=form,
    )


def _body(message: ServiceBusReceivedMessage) -> tuple[BodyForm, bytes]:
    body = message.body
    if message.body_type is AmqpMessageBodyType.VALUE:
        if body is None or isinstance(body, str | bytes):
            return BodyForm.TEXT, _as_bytes(body or b"")
        return BodyForm.OTHER, _described(body)
    sections = list(body or ())
    if message.body_type is not AmqpMessageBodyType.SEQUENCE:
        return BodyForm.DATA, b"".join(map(_as_bytes, sections))
    items = [item for section in sections for item in _items(section)]
    text = b"".join(map(_as_bytes, items)) if all(map(_is_text, items)) else b""
    return (BodyForm.TEXT, text) if _is_json(text) else (BodyForm.OTHER, _described(sections))


def _items(section: object) -> list[Any]:
    return section if isinstance(section, list) else [section]


def _is_text(item: object) -> bool:
    return isinstance(item, str | bytes)


def _as_bytes(item: Any) -> bytes:
    return item.encode("utf-8", "replace") if isinstance(item, str) else bytes(item)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _described(value: object) -> bytes:
    """As JSON, so that the sender can be made out where the value names it."""
    try:
        return json.dumps(_plain(value), default=str).encode()
    except (TypeError, ValueError, RecursionError):
        return json.dumps(repr(value)).encode()


def _plain(value: object) -> Any:
    """AMQP text arrives as bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {str(_plain(name)): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _scalar(value: object) -> Scalar:
    plain = _plain(value)
    return plain if isinstance(plain, str | int | float) else str(plain)
