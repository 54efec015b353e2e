"""A received Service Bus message as the worker would hand it to the function."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from azure.functions import meta
from azure.functions.servicebus import ServiceBusMessageInConverter
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.amqp import AmqpMessageBodyType


@dataclass(frozen=True)
class Delivery:
    """One message as the host passes it on: the body, and the metadata by their trigger names."""

    body: bytes
    fields: dict[str, Any]


def delivery(message: ServiceBusReceivedMessage) -> Delivery:
    properties = _properties(message.application_properties)
    fields = {
        "ApplicationProperties": properties,
        "UserProperties": properties,
        "ContentType": message.content_type,
        "CorrelationId": message.correlation_id,
        "DeadLetterErrorDescription": message.dead_letter_error_description,
        "DeadLetterReason": message.dead_letter_reason,
        "DeadLetterSource": message.dead_letter_source,
        # The host counts this delivery, the wire only those before.
        "DeliveryCount": (message.delivery_count or 0) + 1,
        "EnqueuedSequenceNumber": message.enqueued_sequence_number,
        "EnqueuedTimeUtc": _moment(message.enqueued_time_utc),
        "ExpiresAtUtc": _moment(message.expires_at_utc),
        "Label": message.subject,
        "LockToken": str(message.lock_token),
        "LockedUntil": _moment(message.locked_until_utc),
        "MessageId": message.message_id,
        "PartitionKey": message.partition_key,
        "ReplyTo": message.reply_to,
        "ReplyToSessionId": message.reply_to_session_id,
        "ScheduledEnqueueTimeUtc": _moment(message.scheduled_enqueue_time_utc),
        "SequenceNumber": message.sequence_number,
        "SessionId": message.session_id,
        "Subject": message.subject,
        "TimeToLive": _span(message.time_to_live),
        "To": message.to,
    }
    return Delivery(_body(message), fields)


def typed(text: str) -> Delivery:
    """An operator's text as if it were a first delivery."""
    return Delivery(text.encode(), {"UserProperties": {}, "DeliveryCount": 1})


def one(given: Delivery) -> Any:
    metadata = {name: _datum(value) for name, value in given.fields.items() if value is not None}
    body = meta.Datum(given.body, "bytes")
    return ServiceBusMessageInConverter.decode(body, trigger_metadata=metadata)


def many(given: Sequence[Delivery]) -> Any:
    names = dict.fromkeys(name for each in given for name in each.fields)
    metadata = {f"{name}Array": _datum([each.fields.get(name) for each in given]) for name in names}
    bodies = meta.Datum(_Bodies([each.body for each in given]), "collection_bytes")
    return ServiceBusMessageInConverter.decode(bodies, trigger_metadata=metadata)


@dataclass(frozen=True)
class _Bodies:
    bytes: list[bytes]


def _datum(value: Any) -> meta.Datum:
    if isinstance(value, str):
        return meta.Datum(value, "string")
    if isinstance(value, int):
        return meta.Datum(value, "int")
    return meta.Datum(json.dumps(value, default=str), "json")


def _body(message: ServiceBusReceivedMessage) -> bytes:
    if message.body_type == AmqpMessageBodyType.DATA:
        return b"".join(message.body)
    value = message.body
    if message.body_type == AmqpMessageBodyType.SEQUENCE:
        value = list(value)
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value, default=str)).encode()


def _properties(given: Any) -> dict[str, Any]:
    return {_text(key): _text(value) for key, value in (given or {}).items()}


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _moment(value: datetime | None) -> str | None:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if value else None


def _span(value: timedelta | None) -> str | None:
    # The converter reads hours to 23 only; longer lives are left out.
    if value is None or value >= timedelta(days=1):
        return None
    return str(timedelta(seconds=int(value.total_seconds()))).zfill(8)
