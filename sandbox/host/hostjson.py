"""host.json: which keys the real host knows, and the few that this one obeys."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.host.errors import CannotStart

ANY: Mapping[str, Any] = {}
"""Stands for a value, or for a section whose inside is not looked at."""

_RETRY_OPTIONS = dict.fromkeys(("mode", "tryTimeout", "delay", "maxDelay", "maxRetries"), ANY)

# learn.microsoft.com/azure/azure-functions/functions-host-json
# learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus
# learn.microsoft.com/azure/azure-functions/functions-bindings-storage-blob
KNOWN_KEYS: Mapping[str, Any] = {
    "version": ANY,
    "functionTimeout": ANY,
    "telemetryMode": ANY,
    "functions": ANY,
    "retry": ANY,
    "watchDirectories": ANY,
    "watchFiles": ANY,
    "sendCanceledInvocationsToWorker": ANY,
    "metadataProviderTimeout": ANY,
    "singleton": ANY,
    "aggregator": ANY,
    "healthMonitor": ANY,
    "managedDependencies": ANY,
    "customHandler": ANY,
    "concurrency": {"dynamicConcurrencyEnabled": ANY, "snapshotPersistenceEnabled": ANY},
    "extensionBundle": {"id": ANY, "version": ANY},
    "logging": {
        "fileLoggingMode": ANY,
        "logLevel": ANY,
        "console": {"isEnabled": ANY},
        "applicationInsights": ANY,
    },
    "extensions": {
        "http": ANY,
        "queues": ANY,
        "eventHubs": ANY,
        "cosmosDB": ANY,
        "durableTask": ANY,
        "blobs": {"maxDegreeOfParallelism": ANY, "poisonBlobThreshold": ANY},
        "serviceBus": {
            "prefetchCount": ANY,
            "autoCompleteMessages": ANY,
            "maxAutoLockRenewalDuration": ANY,
            "maxConcurrentCalls": ANY,
            "maxConcurrentSessions": ANY,
            "maxConcurrentCallsPerSession": ANY,
            "maxMessageBatchSize": ANY,
            "minMessageBatchSize": ANY,
            "maxBatchWaitTime": ANY,
            "sessionIdleTimeout": ANY,
            "enableCrossEntityTransactions": ANY,
            "transportType": ANY,
            "webProxy": ANY,
            "clientRetryOptions": _RETRY_OPTIONS,
        },
    },
}

_OVERRIDE = "AzureFunctionsJobHost__"


@dataclass(frozen=True)
class ServiceBusOptions:
    max_calls: int = 16
    max_batch: int = 1000
    min_batch: int = 1
    batch_wait: float = 30.0
    prefetch: int = 0
    auto_complete: bool = True
    renew_for: float = 300.0


@dataclass(frozen=True)
class BlobOptions:
    parallelism: int = 8 * (os.cpu_count() or 1)
    tries: int = 5


@dataclass(frozen=True)
class HostOptions:
    timeout: float | None = 1800.0
    log_levels: Mapping[str, str] = field(default_factory=dict)
    service_bus: ServiceBusOptions = ServiceBusOptions()
    blobs: BlobOptions = BlobOptions()
    unknown_keys: tuple[str, ...] = ()


def read_host_json(file: Path, settings: Mapping[str, str]) -> HostOptions:
    """The options of a host.json, overridden by settings. Raises CannotStart."""
    try:
        document = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise CannotStart(f"host.json cannot be read: {problem}") from problem
    if not isinstance(document, dict) or document.get("version") != "2.0":
        raise CannotStart('host.json must be an object with "version": "2.0"')
    _override(document, settings)
    try:
        return _options(document)
    except (ValueError, TypeError, AttributeError) as problem:
        raise CannotStart(f"host.json has a value that cannot be used: {problem}") from problem


def unknown_keys(
    document: Mapping[str, Any], known: Mapping[str, Any] = KNOWN_KEYS, path: str = ""
) -> Iterator[str]:
    """Dotted names of the keys that the real host would ignore without a word."""
    for key, value in document.items():
        if key not in known:
            yield path + key
        elif known[key] and isinstance(value, dict):
            yield from unknown_keys(value, known[key], f"{path}{key}.")


def seconds(timespan: str) -> float:
    """Seconds in a .NET time span: [d.]hh:mm:ss[.fff]. Raises ValueError."""
    days, _, clock = timespan.rpartition(".") if timespan.count(":") == 2 else ("", "", timespan)
    if ":" in days:  # the dot was that of the fraction
        days, clock = "", timespan
    parts = clock.split(":")
    if len(parts) != 3:
        raise ValueError(f"{timespan!r} is not a time span like 00:05:00")
    hours, minutes, rest = parts
    return int(days or 0) * 86400.0 + int(hours) * 3600 + int(minutes) * 60 + float(rest)


def _override(document: dict[str, Any], settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        if name.startswith(_OVERRIDE):
            *sections, key = name.removeprefix(_OVERRIDE).split("__")
            section = document
            for each in sections:
                section = section.setdefault(each, {})
            section[key] = value


def _options(document: Mapping[str, Any]) -> HostOptions:
    extensions = document.get("extensions", {})
    timeout = str(document.get("functionTimeout", "00:30:00"))
    return HostOptions(
        timeout=None if timeout.startswith("-1") else seconds(timeout),
        log_levels=dict(document.get("logging", {}).get("logLevel", {})),
        service_bus=_service_bus(extensions.get("serviceBus", {})),
        blobs=_blobs(extensions.get("blobs", {})),
        unknown_keys=tuple(unknown_keys(document)),
    )


def _service_bus(section: Mapping[str, Any]) -> ServiceBusOptions:
    return ServiceBusOptions(
        max_calls=_positive(section, "maxConcurrentCalls", 16),
        max_batch=_positive(section, "maxMessageBatchSize", 1000),
        min_batch=_positive(section, "minMessageBatchSize", 1),
        batch_wait=seconds(section.get("maxBatchWaitTime", "00:00:30")),
        prefetch=int(section.get("prefetchCount", 0)),
        auto_complete=str(section.get("autoCompleteMessages", True)).lower() == "true",
        renew_for=seconds(section.get("maxAutoLockRenewalDuration", "00:05:00")),
    )


def _blobs(section: Mapping[str, Any]) -> BlobOptions:
    default = BlobOptions()
    return BlobOptions(
        parallelism=_positive(section, "maxDegreeOfParallelism", default.parallelism),
        tries=_positive(section, "poisonBlobThreshold", default.tries),
    )


def _positive(section: Mapping[str, Any], key: str, default: int) -> int:
    value = int(section.get(key, default))
    if value < 1:
        raise ValueError(f"{key} must be at least 1")
    return value
