"""host.json: what is obeyed, what is refused, what is only warned of."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.host.errors import CannotStart
from sandbox.host.hostjson import HostOptions, read_host_json, seconds, unknown_keys


def _read(folder: Path, document: object, **settings: str) -> HostOptions:
    file = folder / "host.json"
    file.write_text(json.dumps(document), "utf-8")
    return read_host_json(file, settings)


def test_an_empty_one_has_the_real_defaults(tmp_path: Path) -> None:
    options = _read(tmp_path, {"version": "2.0"})

    assert options.timeout == 1800
    assert options.service_bus.max_calls == 16
    assert options.service_bus.max_batch == 1000
    assert options.service_bus.renew_for == 300
    assert options.service_bus.auto_complete
    assert options.blobs.tries == 5


def test_what_stands_in_it_counts(tmp_path: Path) -> None:
    service_bus = {
        "maxConcurrentCalls": 4,
        "maxMessageBatchSize": 20,
        "minMessageBatchSize": 2,
        "maxBatchWaitTime": "00:00:05",
        "autoCompleteMessages": False,
        "maxAutoLockRenewalDuration": "00:10:00",
    }
    blobs = {"maxDegreeOfParallelism": 1, "poisonBlobThreshold": 3}
    options = _read(
        tmp_path,
        {
            "version": "2.0",
            "functionTimeout": "00:02:30",
            "extensions": {"serviceBus": service_bus, "blobs": blobs},
            "logging": {"logLevel": {"default": "Warning"}},
        },
    )

    assert options.timeout == 150
    assert (options.service_bus.max_calls, options.service_bus.max_batch) == (4, 20)
    assert (options.service_bus.min_batch, options.service_bus.batch_wait) == (2, 5)
    assert not options.service_bus.auto_complete
    assert options.service_bus.renew_for == 600
    assert (options.blobs.parallelism, options.blobs.tries) == (1, 3)
    assert options.log_levels == {"default": "Warning"}
    assert not options.unknown_keys


def test_a_setting_overrides_it(tmp_path: Path) -> None:
    name = "AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCalls"
    options = _read(tmp_path, {"version": "2.0"}, **{name: "2"})

    assert options.service_bus.max_calls == 2


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"version": "1.0"},
        ["2.0"],
        {"version": "2.0", "functionTimeout": "soon"},
        {"version": "2.0", "extensions": {"serviceBus": {"maxConcurrentCalls": 0}}},
        {"version": "2.0", "extensions": {"serviceBus": {"maxConcurrentCalls": "many"}}},
    ],
)
def test_nonsense_is_refused(tmp_path: Path, document: Any) -> None:
    with pytest.raises(CannotStart, match=r"host\.json"):
        _read(tmp_path, document)


def test_unknown_keys_are_found_at_any_depth() -> None:
    document = {
        "version": "2.0",
        "functionTimout": "x",
        "extensions": {"serviceBus": {"maxConcurentCalls": 1, "clientRetryOptions": {"dely": 1}}},
        "logging": {"logLevel": {"Anything.At.All": "Debug"}},
    }

    assert list(unknown_keys(document)) == [
        "functionTimout",
        "extensions.serviceBus.maxConcurentCalls",
        "extensions.serviceBus.clientRetryOptions.dely",
    ]


@pytest.mark.parametrize(
    ("timespan", "expected"),
    [("00:00:30", 30), ("01:02:03", 3723), ("1.00:00:00", 86400), ("00:00:00.5", 0.5)],
)
def test_time_spans(timespan: str, expected: float) -> None:
    assert seconds(timespan) == expected
