"""The JSON file of entities."""

from typing import Any

import pytest

from sandbox.servicebus.entities import Misconfigured, milliseconds, read


def test_the_words_of_arm_become_terms() -> None:
    queue = {
        "name": "work", "lockDuration": "PT30S", "maxDeliveryCount": 3,
        "requiresDuplicateDetection": True, "duplicateDetectionHistoryTimeWindow": "PT1H",
        "deadLetteringOnMessageExpiration": True, "defaultMessageTimeToLive": "P14D",
        "requiresSession": True,
    }  # fmt: skip
    [terms] = read({"queues": [queue], "topics": []})

    assert (terms.path, terms.lock_duration, terms.max_delivery_count) == ("work", 30_000, 3)
    assert (terms.duplicate_window, terms.time_to_live) == (3_600_000, 14 * 86_400_000)
    assert terms.dead_letters_expired
    assert terms.requires_session


def test_what_is_not_said_has_the_defaults_of_azure() -> None:
    [terms] = read({"queues": [{"name": "work"}]})

    assert (terms.lock_duration, terms.max_delivery_count) == (60_000, 10)
    assert (terms.duplicate_window, terms.time_to_live) == (None, None)


@pytest.mark.parametrize(("text", "expected"), [
    ("PT1M", 60_000), ("P1DT2H3M4.5S", 93_784_500), ("PT0.25S", 250), ("P14D", 1_209_600_000),
])  # fmt: skip
def test_durations_are_iso_8601(text: str, expected: int) -> None:
    assert milliseconds(text) == expected


@pytest.mark.parametrize("text", ["", "P", "1M", "PT", "60"])
def test_other_texts_are_no_durations(text: str) -> None:
    with pytest.raises(Misconfigured):
        milliseconds(text)


@pytest.mark.parametrize("document", [
    {"queue": []},
    {"queues": [{"name": "a", "lockTime": "PT1M"}]},
    {"queues": [{"lockDuration": "PT1M"}]},
    {"queues": [{"name": "a"}, {"name": "A"}]},
    {"queues": [{"name": "a", "lockDuration": "PT6M"}]},
    {"queues": [{"name": "a", "duplicateDetectionHistoryTimeWindow": "PT19S"}]},
    {"queues": [{"name": "a", "maxDeliveryCount": 0}]},
    {"topics": [{"name": "a", "lockDuration": "PT1M"}]},
    {"topics": [{"name": "a", "subscriptions": [{"name": "s", "topic": "a"}]}]},
])  # fmt: skip
def test_what_the_broker_does_not_know_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured):
        read(document)
