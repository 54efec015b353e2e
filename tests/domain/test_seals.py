"""A seal is believed only as it was written: for its queue, message, body, stamp and tries."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b import wire
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.retry import Scalar, Tries

KEY, QUEUE = b"k" * 32, "guest-invitations"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
TRIES = Tries(7, NOW, 2, 1)


def a_copy(stamp: str | None = "portal") -> ReceivedMessage:
    told: dict[str, Scalar] = {} if stamp is None else {"sender": stamp}
    message = ReceivedMessage(body=b"body", message_id="m", enqueued_at=NOW, properties=told)
    properties = wire.sealed_properties(KEY, QUEUE, "m#10", message, TRIES)
    return replace(message, message_id="m#10", properties=properties)


@pytest.mark.parametrize("stamp", ["portal", "", None])
def test_what_this_app_wrote_is_read_again_and_the_stamp_stays(stamp: str | None) -> None:
    copy = a_copy(stamp)

    assert wire.read_tries(KEY, QUEUE, copy) == TRIES
    assert copy.stamp == stamp


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": "m#11"},
        {"body": b"another body"},
        *(
            {"properties": {**a_copy().properties, **changed}}
            for changed in (
                {"attempt": 8},
                {"crashes": 0},
                {"interruptions": 0},
                {"since": "2001-01-01T00:00:00+00:00"},
                {"sender": "hr"},
                {"seal": "0" * 64},
                {"seal": ""},
                {"seal": 5},
            )
        ),
    ],
)
def test_a_seal_that_was_moved_or_altered_is_worth_nothing(change: Mapping[str, object]) -> None:
    altered = replace(a_copy(), **change)  # type: ignore[arg-type]

    assert wire.read_tries(KEY, QUEUE, altered) is None


def test_a_seal_holds_for_one_queue_one_key_and_with_its_stamp() -> None:
    copy = a_copy()
    unstamped = {name: said for name, said in copy.properties.items() if name != "sender"}

    assert wire.read_tries(KEY, "guest-departures", copy) is None
    assert wire.read_tries(b"x" * 32, QUEUE, copy) is None
    assert wire.read_tries(KEY, QUEUE, replace(copy, properties=unstamped)) is None


names = st.sampled_from(["attempt", "since", "crashes", "interruptions", "seal", "sender", "x"])
values = st.text() | st.integers() | st.floats() | st.booleans()


@given(st.dictionaries(names, values), st.text(), st.binary())
def test_whatever_others_write_there_is_no_seal_and_no_crash(
    properties: dict[str, Scalar], message_id: str, body: bytes
) -> None:
    message = ReceivedMessage(
        body=body, message_id=message_id, enqueued_at=NOW, properties=properties
    )

    assert wire.read_tries(KEY, QUEUE, message) is None
