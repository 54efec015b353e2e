"""The trigger metadata that the Service Bus extension sends with a message, and no more.

Sources, read on 2026-11-29: azure-sdk-for-net, Microsoft.Azure.WebJobs.Extensions.ServiceBus,
`ServiceBusTriggerBindingStrategy` and its test (27 names); the moments without a time zone are
confirmed by github.com/Azure/azure-functions-nodejs-library/issues/351. What is not among the names
(dead letter reason, lock end, scheduled time, time to live, state) never reaches the function.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from azure.servicebus import ServiceBusReceivedMessage

from sandbox.host import jsonnet

TEXTS = frozenset(
    {
        *("DeadLetterSource", "LockToken", "MessageId", "ContentType", "ReplyTo", "To", "Subject"),
        *("Label", "CorrelationId", "SessionId", "ReplyToSessionId", "PartitionKey"),
    }
)
"""Fields that are text in .NET; `SequenceNumber` is a long; the others travel as JSON."""
LONGS = frozenset({"SequenceNumber"})
MOMENTS = ("ExpiresAtUtc", "ExpiresAt", "EnqueuedTimeUtc", "EnqueuedTime")
ACTIONS = ("MessageReceiver", "MessageActions", "ReceiveActions", "Client")
"""Objects for .NET functions. They arrive as JSON objects; what is in them is left out here."""

_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def fields(message: ServiceBusReceivedMessage) -> dict[str, Any]:
    """By name. Absent text is None."""
    properties = _properties(message.application_properties)
    return {
        # .NET counts this delivery, the wire only those before.
        "DeliveryCount": (message.delivery_count or 0) + 1,
        "DeadLetterSource": message.dead_letter_source,
        "LockToken": str(message.lock_token or ""),
        **_moments(message.enqueued_time_utc or _NEVER, _expiry(message)),
        "MessageId": _text(message.message_id),
        "ContentType": message.content_type,
        "ReplyTo": message.reply_to,
        "SequenceNumber": message.sequence_number or 0,
        "To": message.to,
        "Subject": message.subject,
        "Label": message.subject,
        "CorrelationId": _text(message.correlation_id),
        "ApplicationProperties": properties,
        "UserProperties": properties,
        "SessionId": message.session_id,
        "ReplyToSessionId": message.reply_to_session_id,
        "PartitionKey": message.partition_key,
    }


def fields_by_hand() -> dict[str, Any]:
    """Of a message that an operator has typed: `ServiceBusModelFactory` fills in nothing."""
    return {
        "DeliveryCount": 0,
        "LockToken": "00000000-0000-0000-0000-000000000000",
        **_moments(_NEVER, _NEVER),
        "SequenceNumber": -1,
        "ApplicationProperties": {},
        "UserProperties": {},
    }


def merged(given: Mapping[str, Any], body: str) -> dict[str, Any]:
    """The fields, overwritten by the top-level properties of a JSON object in a text body.

    azure-functions-host, `Utility.ApplyBindingData`, which `WorkerFunctionInvoker.TransformInput`
    calls: names are compared without their case, the one that was there stays (its issue 7119).
    """
    known = {name.lower(): name for name in given}
    found = dict(given)
    for name, value in _object(body).items():
        if value is None or isinstance(value, list):
            continue
        place = known.setdefault(name.lower(), name)
        found[place] = value if isinstance(value, dict) else jsonnet.as_text(value)
    return found


def _object(body: str) -> dict[str, Any]:
    trimmed = body.strip()
    if not (trimmed.startswith("{") and trimmed.endswith("}")):
        return {}
    try:
        value = jsonnet.read(trimmed)
    except ValueError:
        return {}
    return dict(jsonnet.rewritten(value)) if isinstance(value, dict) else {}


def _moments(enqueued: datetime, expires: datetime) -> dict[str, str]:
    return {
        "ExpiresAtUtc": _moment(expires),
        "ExpiresAt": f"{_moment(expires)}+00:00",
        "EnqueuedTimeUtc": _moment(enqueued),
        "EnqueuedTime": f"{_moment(enqueued)}+00:00",
    }


def _moment(value: datetime) -> str:
    """Without a zone, and without zeros at the end of the fraction."""
    fraction = f"{value.microsecond:06}".rstrip("0")
    whole = value.replace(microsecond=0, tzinfo=None).isoformat()
    return f"{whole}.{fraction}" if fraction else whole


def _expiry(message: ServiceBusReceivedMessage) -> datetime:
    try:
        return message.expires_at_utc or _LAST
    except OverflowError:  # longer than the calendar
        return _LAST


def _properties(given: Any) -> dict[str, Any]:
    return {str(_text(key)): _plain(value) for key, value in (given or {}).items()}


def _plain(value: Any) -> Any:
    """Something that JSON can hold, whatever a sender put into a property."""
    if isinstance(value, dict):
        return _properties(value)
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str | int | float | None):
        return value
    return _text(value)


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return None if value is None else str(value)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
