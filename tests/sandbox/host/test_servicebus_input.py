"""What of a message reaches the function, through Microsoft's own converter.

Held against the public source (read on 2026-11-29): azure-sdk-for-net,
ServiceBusTriggerBindingStrategy, MessageToStringConverter, MessageToByteArrayConverter;
azure-functions-host, Utility.ApplyBindingData, GeneralScriptBindingProvider,
GrpcMessageConversionExtensions.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus._pyamqp.message import Header, Message, Properties

from sandbox.host.servicebus_input import CannotBind, Input

TEXT = Input(binary=False, many=False)
BINARY = Input(binary=True, many=False)
TEXTS = Input(binary=False, many=True)
BINARIES = Input(binary=True, many=True)
ENQUEUED = datetime(2026, 11, 29, 3, 25, 44, 986000, tzinfo=UTC)
NEVER_SENT = (
    *("dead_letter_reason", "dead_letter_error_description", "locked_until", "state"),
    *("scheduled_enqueue_time_utc", "enqueued_sequence_number", "time_to_live"),
)


def received(body: bytes = b"{}", **given: Any) -> ServiceBusReceivedMessage:
    """As the SDK gives it, from the AMQP message on the wire."""
    parts: dict[str, Any] = {"data": [body]}
    if "value" in given or "sequence" in given:
        parts = {name: given[name] for name in ("value", "sequence") if name in given}
    names = ("message_id", "correlation_id", "subject", "absolute_expiry_time", "creation_time")
    wire = Message(
        header=Header(delivery_count=given.get("count", 0), ttl=given.get("ttl")),
        properties=Properties(**{name: given[name] for name in names if name in given}),
        application_properties=given.get("properties"),
        message_annotations={
            b"x-opt-enqueued-time": int(given.get("enqueued", ENQUEUED).timestamp() * 1000),
            b"x-opt-sequence-number": given.get("number", 7),
            b"x-opt-locked-until": int(ENQUEUED.timestamp() * 1000) + 60_000,
            b"x-opt-enqueue-sequence-number": 3,
            b"x-opt-scheduled-enqueue-time": int(ENQUEUED.timestamp() * 1000),
            b"x-opt-deadletter-source": b"other",
        },
        **parts,
    )
    frame: Any = (None, None, b"\0" * 16, None, None, None, None, None, None, None, None)
    return ServiceBusReceivedMessage(wire, receiver=None, frame=frame)


@pytest.mark.parametrize("given", [TEXT, BINARY, TEXTS, BINARIES])
def test_moments_have_no_time_zone(given: Input) -> None:
    found = given.of([received(ttl=60_000)])
    message = found[0] if given.many else found

    expected = datetime(2026, 11, 29, 3, 25, 44, 986000)  # noqa: DTZ001 - the very point
    assert message.enqueued_time_utc == expected
    assert message.expires_at_utc == expected + timedelta(minutes=1)
    name = "EnqueuedTimeUtc" + ("Array" if given.many else "")
    text = message.metadata[name]
    assert (text[0] if given.many else text) == "2026-11-29T03:25:44.986"


@pytest.mark.parametrize("given", [TEXT, BINARY, TEXTS, BINARIES])
def test_the_reason_of_a_dead_letter_is_among_the_properties_only(given: Input) -> None:
    why = {b"DeadLetterReason": b"MaxDeliveryCountExceeded", b"DeadLetterErrorDescription": b"ten"}
    found = given.of([received(properties=why, ttl=60_000)])
    message = found[0] if given.many else found

    assert message.application_properties == {
        "DeadLetterReason": "MaxDeliveryCountExceeded",
        "DeadLetterErrorDescription": "ten",
    }
    assert message.user_properties == message.application_properties
    assert {name: getattr(message, name) for name in NEVER_SENT} == dict.fromkeys(NEVER_SENT)
    assert message.dead_letter_source == "other"


def test_exactly_the_extensions_names_are_sent() -> None:
    every = {
        *("DeliveryCount", "DeadLetterSource", "LockToken", "ExpiresAtUtc", "ExpiresAt"),
        *("EnqueuedTimeUtc", "EnqueuedTime", "MessageId", "ContentType", "ReplyTo", "To"),
        *("SequenceNumber", "Subject", "Label", "CorrelationId", "ApplicationProperties"),
        *("UserProperties", "SessionId", "ReplyToSessionId", "PartitionKey"),
        *("TransactionPartitionKey", "MessageReceiver", "MessageSession", "MessageActions"),
        *("SessionActions", "ReceiveActions", "Client"),
    }
    one = set(BINARY.of([received()]).metadata)
    many = set(BINARIES.of([received()])[0].metadata)

    assert one <= every
    assert {name.removesuffix("Array") for name in many} <= every
    assert "LockedUntil" not in one


@pytest.mark.parametrize(
    ("body", "attribute", "expected"),
    [
        ({"MessageId": "forged"}, "message_id", "forged"),
        ({"messageid": "forged"}, "message_id", "forged"),
        ({"DELIVERYCOUNT": 9}, "delivery_count", 9),
        ({"applicationProperties": {"sender": "forged"}}, "application_properties",
         {"sender": "forged"}),
        ({"UserProperties": {"a": "2026-01-01T00:00:00.10Z"}}, "user_properties",
         {"a": "2026-01-01T00:00:00.1Z"}),
        ({"Subject": True}, "subject", "True"),
        ({"Subject": 1.50}, "subject", "1.5"),
        ({"Subject": None}, "subject", "hello"),
        ({"Subject": ["x"]}, "subject", "hello"),
        ({"DeadLetterReason": "forged"}, "dead_letter_reason", "forged"),
        ({"deadLetterReason": "forged"}, "dead_letter_reason", None),
    ],
)  # fmt: skip
def test_a_text_bodys_keys_overwrite_the_metadata_and_a_binary_ones_do_not(
    body: dict[str, Any], attribute: str, expected: object
) -> None:
    message = received(
        json.dumps(body).encode(), message_id=b"m", subject=b"hello", properties={b"sender": b"hr"}
    )

    assert getattr(TEXT.of([message]), attribute) == expected
    untouched: dict[str, object] = {"message_id": "m", "delivery_count": 1, "subject": "hello"}
    untouched |= {f"{kind}_properties": {"sender": "hr"} for kind in ("application", "user")}
    for binary in (BINARY.of([message]), BINARIES.of([message])[0], TEXTS.of([message])[0]):
        assert getattr(binary, attribute) == untouched.get(attribute)


@pytest.mark.parametrize(
    "body",
    [
        {"EnqueuedTimeUtc": "x"},
        {"enqueuedTimeUtc": "2026-11-29T03:25:44Z"},  # .NET writes it as 11/29/2026 03:25:44
        {"ApplicationProperties": "x"},
        {"DeliveryCount": "many"},
        {"TimeToLive": "for ever"},
    ],
)
def test_a_text_body_can_make_the_worker_fail_before_the_app(body: dict[str, Any]) -> None:
    message = received(json.dumps(body).encode())

    with pytest.raises(ValueError):
        TEXT.of([message])
    assert json.loads(BINARY.of([message]).get_body()) == body
    assert json.loads(BINARIES.of([message])[0].get_body()) == body


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        ('{"a": "2024-01-19T12:50:41.250940Z"}', {"a": "2024-01-19T12:50:41.25094Z"}),
        ('{"a": "2026-01-01T12:00:00+02:00"}', {"a": "2026-01-01T10:00:00+00:00"}),
        ('{"a": "2026-01-01T12:00:00.000"}', {"a": "2026-01-01T12:00:00"}),
        ('{"a": "2026-01-01"}', {"a": "2026-01-01"}),
        ('{"a": "2026-13-01T12:00:00Z"}', {"a": "2026-13-01T12:00:00Z"}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('[{"at": ["2026-01-01T12:00:00.10Z"]}, 7, null]',
         [{"at": ["2026-01-01T12:00:00.1Z"]}, 7, None]),
    ],
)  # fmt: skip
def test_text_in_a_batch_is_read_and_written_again(sent: str, arrives: object) -> None:
    message = received(sent.encode())

    assert json.loads(TEXTS.of([message])[0].get_body()) == arrives
    assert BINARIES.of([message])[0].get_body() == sent.encode()
    assert TEXT.of([message]).get_body() == sent.encode()


def test_a_number_in_a_batch_loses_its_zeros() -> None:
    assert TEXTS.of([received(b'{"a": 1.50}')])[0].get_body() == b'{"a": 1.5}'


@pytest.mark.parametrize("body", [b"hello", b"", b"{", b"\xff", b"NaN"])
def test_one_body_that_is_not_json_fails_the_whole_batch(body: bytes) -> None:
    batch = [received(b"{}"), received(body)]

    with pytest.raises(CannotBind):
        TEXTS.of(batch)
    assert [message.get_body() for message in BINARIES.of(batch)] == [b"{}", body]


def test_bytes_that_are_not_utf_8_become_replacement_characters() -> None:
    message = received(b"a\xffb")

    assert TEXT.of([message]).get_body() == "a�b".encode()
    assert BINARY.of([message]).get_body() == b"a\xffb"


def test_empty_texts_of_a_batch_are_left_out_so_that_later_ones_move_up() -> None:
    batch = BINARIES.of([received(), received(correlation_id=b"second")])

    assert [message.correlation_id for message in batch] == ["second", None]
    assert [message.sequence_number for message in batch] == [7, 7]


def _value(value: object) -> ServiceBusReceivedMessage:
    return received(value=value)


@pytest.mark.parametrize(
    ("made", "given"),
    [
        *((lambda: _value({b"k": 1}), each) for each in (TEXT, BINARY, TEXTS, BINARIES)),
        *((lambda: _value(b"text"), each) for each in (BINARY, BINARIES)),
        *((lambda: received(sequence=[[1]]), each) for each in (TEXT, BINARY, TEXTS, BINARIES)),
    ],
)
def test_what_the_extension_cannot_bind_fails_before_the_app(
    made: Callable[[], ServiceBusReceivedMessage], given: Input
) -> None:
    with pytest.raises(CannotBind):
        given.of([made()])


def test_a_text_value_arrives_as_text() -> None:
    assert TEXT.of([_value(b"hello")]).get_body() == b"hello"


@pytest.mark.parametrize(
    "odd",
    [
        {b"k": b"\xff\xfe"},
        {b"\xff": 1},
        {b"k": {b"nested": [b"\xff", 1.5, None, True]}},
        {b"k": float("nan")},
        {b"k": timedelta(days=1)},
    ],
)
def test_no_property_is_too_odd(odd: dict[bytes, Any]) -> None:
    for given in (TEXT, BINARY):
        assert given.of([received(properties=odd)]).application_properties
    assert BINARIES.of([received(properties=odd)])[0].application_properties


def test_a_life_longer_than_the_calendar_ends_with_it() -> None:
    message = received(absolute_expiry_time=2**62, creation_time=0, ttl=2**32 - 1)

    assert BINARY.of([message]).expires_at_utc is not None


def test_what_an_operator_types_has_neither_id_nor_time() -> None:
    """ServiceBusTriggerBindingStrategy.ConvertFromString: nothing but a body."""
    message = BINARY.by_hand("{}")

    assert (message.delivery_count, message.message_id) == (0, None)
    assert message.enqueued_time_utc == datetime(1, 1, 1)  # noqa: DTZ001 - as the host sends it
    assert message.get_body() == b"{}"
    assert TEXT.by_hand('{"MessageId": "x"}').message_id == "x"
