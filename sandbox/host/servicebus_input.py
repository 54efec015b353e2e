"""Received Service Bus messages as the host hands them to the worker, by the trigger's data type.

Sources, read on 2026-11-29: azure-functions-host, `GeneralScriptBindingProvider` (which .NET type a
data type means), `GrpcMessageConversionExtensions` (how it travels: the Python worker asks for
typed collections and does not ask for empty entries); azure-sdk-for-net, `MessageToStringConverter`
and `MessageToByteArrayConverter` of the extension.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azure.functions import DataType, meta
from azure.functions.servicebus import ServiceBusMessageInConverter
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.amqp import AmqpMessageBodyType

from sandbox.host import jsonnet
from sandbox.host.errors import CannotStart
from sandbox.host.function import Function
from sandbox.host.servicebus_fields import (
    ACTIONS,
    LONGS,
    MOMENTS,
    TEXTS,
    as_json,
    fields,
    fields_by_hand,
    merged,
)

Body = bytes | str


class CannotBind(Exception):
    """The host has no value for the trigger: the invocation fails before the worker is asked."""


@dataclass(frozen=True)
class Input:
    """How the bodies of a function's messages are handed over."""

    binary: bool
    many: bool

    def of(self, messages: Sequence[ServiceBusReceivedMessage]) -> Any:
        """What the function's parameter receives. Raises CannotBind, or what decoding raises."""
        read = _bytes if self.binary else _string
        bodies = [read(message) for message in messages]
        if self.many:
            given = [fields(message) for message in messages]
            return _decode(self._many(bodies), _actions() | _arrays(given))
        metadata = self._metadata(fields(messages[0]), bodies[0])
        return _decode(self._one(bodies[0]), _actions() | metadata)

    def by_hand(self, text: str) -> Any:
        """An operator's text. The extension makes a single message of it, also for a batch."""
        body: Body = text.encode() if self.binary else text
        if self.many:
            return _decode(self._many([body]), self._metadata(fields_by_hand(), b""))
        return _decode(self._one(body), self._metadata(fields_by_hand(), body))

    def _metadata(self, given: Mapping[str, Any], body: Body) -> dict[str, meta.Datum]:
        if isinstance(body, str):
            given = merged(given, body)
        return {name: _datum(name, value) for name, value in given.items() if value is not None}

    def _one(self, body: Body) -> meta.Datum:
        return meta.Datum(body, "bytes" if self.binary else "string")

    def _many(self, bodies: Sequence[Body]) -> meta.Datum:
        if self.binary:
            return meta.Datum(_Bytes(list(bodies)), "collection_bytes")
        return meta.Datum(as_json([_parsed(str(body)) for body in bodies]), "json")


def input_of(function: Function, many: bool) -> Input:
    """Raises CannotStart when the data type is one that this host cannot do."""
    kind = DataType(function.trigger.get("dataType", DataType.UNDEFINED.value))
    if kind is DataType.STREAM:
        raise CannotStart(f"function {function.name}: the data type STREAM is not supported here")
    return Input(kind is DataType.BINARY, many)


@dataclass(frozen=True)
class _Bytes:
    bytes: list[Body]


@dataclass(frozen=True)
class _Strings:
    string: list[str]


@dataclass(frozen=True)
class _Longs:
    sint64: list[int]


def _decode(body: meta.Datum, metadata: Mapping[str, meta.Datum]) -> Any:
    return ServiceBusMessageInConverter.decode(body, trigger_metadata=metadata)


def _actions() -> dict[str, meta.Datum]:
    return {name: meta.Datum("{}", "json") for name in ACTIONS}


def _datum(name: str, value: Any) -> meta.Datum:
    if isinstance(value, str) and name not in MOMENTS:
        return meta.Datum(value, "string")
    return meta.Datum(as_json(value), "json")


def _arrays(given: Sequence[Mapping[str, Any]]) -> dict[str, meta.Datum]:
    """A batch's metadata. Empty texts are left out, so that later ones move up."""
    arrays: dict[str, meta.Datum] = {}
    for name in given[0]:
        values = [each[name] for each in given]
        if name in TEXTS:
            datum = meta.Datum(_Strings([value for value in values if value]), "collection_string")
        elif name in LONGS:
            datum = meta.Datum(_Longs(values), "collection_sint64")
        else:
            datum = meta.Datum(as_json(values), "json")
        arrays[f"{name}Array"] = datum
    return arrays


def _parsed(body: str) -> Any:
    try:
        return jsonnet.rewritten(jsonnet.read(body))
    except ValueError as problem:
        raise CannotBind(f"a body of the batch is not JSON: {problem}") from problem


def _bytes(message: ServiceBusReceivedMessage) -> bytes:
    if message.body_type != AmqpMessageBodyType.DATA:
        raise CannotBind(f"an AMQP {message.body_type.name} body has no bytes")
    return b"".join(message.body)


def _string(message: ServiceBusReceivedMessage) -> str:
    if message.body_type == AmqpMessageBodyType.DATA:
        return _bytes(message).decode(errors="replace")
    value = message.body
    if message.body_type == AmqpMessageBodyType.VALUE and isinstance(value, str | bytes):
        return value if isinstance(value, str) else value.decode(errors="replace")
    raise CannotBind(f"an AMQP {message.body_type.name} body cannot be bound to a string")
