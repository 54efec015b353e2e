"""What the Functions SDK may hand over, and what the app makes of it."""

import ast
import inspect
import json
import typing
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
from azure.functions import meta
from azure.functions.servicebus import ServiceBusMessage, ServiceBusMessageInConverter

from b2b.adapters.received_message import read_message, receives, receives_many
from b2b.domain.received_message import ReceivedMessage

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
EARLIER = datetime(2026, 11, 29, 3, 25, 44, 986000, tzinfo=UTC)


def a_message(**given: Any) -> ServiceBusMessage:
    fields: dict[str, Any] = {
        "body": b"{}",
        "message_id": "m",
        "application_properties": {},
        "user_properties": {},
    }
    return ServiceBusMessage(**(fields | given))


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (EARLIER, EARLIER),
        (EARLIER.replace(tzinfo=None), EARLIER),
        (EARLIER.astimezone(timezone(timedelta(hours=5))), EARLIER),
        (None, NOW),
        (datetime.min.replace(tzinfo=UTC).replace(tzinfo=None), NOW),
        (datetime.min.replace(tzinfo=UTC), NOW),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=5))), NOW),
        ("2026-11-29T03:25:44.986", NOW),
        (1764386744, NOW),
    ],
)
def test_the_time_of_arrival_always_has_a_time_zone(given: object, read: datetime) -> None:
    found = read_message(a_message(enqueued_time_utc=given), NOW)

    assert found.enqueued_at == read
    assert found.enqueued_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"sender": "portal", "n": 3, "x": 1.5, "b": True}, None),
        ({}, None),
        (None, {}),
        ("sender", {}),
        (["sender"], {}),
        ({"n": None}, {}),
        ({"sender": ["portal"]}, {"sender": "['portal']"}),
        ({"sender": {"a": 1}}, {"sender": "{'a': 1}"}),
        ({3: "x"}, {"3": "x"}),
    ],
)
def test_properties_are_a_dict_of_scalars_and_a_stamp_never_vanishes(
    given: Any, read: dict[str, object] | None
) -> None:
    found = read_message(a_message(application_properties=given), NOW)

    assert found.properties == (given if read is None else read)


@pytest.mark.parametrize(
    ("given", "read"),
    [(3, 3), (0, 0), (None, 0), (-1, 0), (True, 0), ("7", 0), (2.0, 0), (2**70, 2**70)],
)
def test_the_delivery_count_is_a_number_of_ours_or_none(given: Any, read: int) -> None:
    assert read_message(a_message(delivery_count=given), NOW).delivery_count == read


@pytest.mark.parametrize(("given", "read"), [("m-1", "m-1"), (None, ""), (5, ""), ("", "")])
def test_a_message_id_is_a_text(given: Any, read: str) -> None:
    assert read_message(a_message(message_id=given), NOW).message_id == read


@pytest.mark.parametrize(
    ("given", "read"),
    [(b"\xff\x00", b"\xff\x00"), (b"", b""), ("grün", "grün".encode()), (None, b""), (5, b"")],
)
def test_a_body_is_bytes(given: Any, read: bytes) -> None:
    message = a_message()
    message.get_body = lambda: given  # type: ignore[method-assign]  # what no release promises

    assert read_message(message, NOW).body == read


def test_the_reason_of_a_dead_letter_stands_among_the_properties() -> None:
    """The host gives no `dead_letter_reason`: the extension has no such field."""
    given = {"DeadLetterReason": "MaxDeliveryCountExceeded"}
    message = read_message(a_message(application_properties=given), NOW)

    assert message.dead_letter_reason == "MaxDeliveryCountExceeded"
    assert read_message(a_message(), NOW).dead_letter_reason == ""


@pytest.mark.parametrize(
    ("properties", "stamp"), [({"sender": "hr"}, "hr"), ({"sender": 5}, "5"), ({}, None)]
)
def test_the_stamp_is_the_property_of_the_entrance(properties: Any, stamp: str | None) -> None:
    assert read_message(a_message(application_properties=properties), NOW).stamp == stamp


def as_the_host_sends_it(**fields: Any) -> Any:
    """Metadata as the extension gives it: no time zone, and no field that it does not know."""
    known = {"UserProperties": {}, "ApplicationProperties": {}, "DeliveryCount": 1}
    metadata = {
        name: meta.Datum(value, "string" if isinstance(value, str) else "json")
        if not isinstance(value, dict | int)
        else meta.Datum(json.dumps(value), "json")
        for name, value in (known | fields).items()
    }
    return ServiceBusMessageInConverter.decode(
        meta.Datum(b"body", "bytes"), trigger_metadata=metadata
    )


def test_what_the_converter_makes_of_the_hosts_metadata_is_read() -> None:
    """A time with seven digits and no zone; nothing else that the extension leaves out."""
    message = as_the_host_sends_it(EnqueuedTimeUtc="2026-11-29T03:25:44.9860000", MessageId="m")

    assert read_message(message, NOW) == ReceivedMessage(
        body=b"body", message_id="m", enqueued_at=EARLIER, properties={}, delivery_count=1
    )


async def test_the_function_is_named_after_the_turn_and_takes_the_sdks_message() -> None:
    """The worker reads both: the name makes the function's, the annotation chooses the binding."""
    seen: list[ReceivedMessage] = []

    async def invite(message: ReceivedMessage) -> None:
        seen.append(message)

    async def assign(messages: Sequence[ReceivedMessage]) -> None:
        seen.extend(messages)

    alone, several = receives(invite, lambda: NOW), receives_many(assign, lambda: NOW)

    assert [alone.__name__, several.__name__] == ["invite", "assign"]
    assert typing.get_type_hints(alone)["message"] is func.ServiceBusMessage
    (argument,) = typing.get_args(typing.get_type_hints(several)["messages"])
    assert argument is func.ServiceBusMessage
    assert list(inspect.signature(several).parameters) == ["messages"]
    await alone(message=a_message())  # type: ignore[call-arg]  # the host calls by name
    await several(messages=[a_message(), a_message()])  # type: ignore[call-arg]
    assert len(seen) == 3


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def test_nothing_else_in_the_app_knows_the_sdks_message() -> None:
    knows = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "b2b").rglob("*.py")
        if any(name.startswith("azure.functions") for name in _imports(path))
    }

    assert knows == {"b2b/adapters/received_message.py"}


def test_every_queue_function_takes_bytes() -> None:
    """As text a body would overwrite the metadata: docs/decisions/messages.md."""
    calls = [
        node
        for node in ast.walk(ast.parse((ROOT / "function_app.py").read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "app.service_bus_queue_trigger"
    ]
    said = [
        {word.arg: ast.unparse(word.value) for word in call.keywords}.get("data_type")
        for call in calls
    ]

    assert len(said) == 5
    assert set(said) == {"func.DataType.BINARY"}


def test_the_trigger_table_decides_nothing() -> None:
    table = ast.parse((ROOT / "function_app.py").read_text("utf-8"))
    decisions = (ast.If, ast.IfExp, ast.Try, ast.For, ast.While, ast.Match)

    assert [ast.unparse(node) for node in ast.walk(table) if isinstance(node, decisions)] == []
