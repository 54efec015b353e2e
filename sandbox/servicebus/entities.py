"""Which queues and topics there are, from a JSON file that speaks the words of Bicep and ARM."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}

_RECEIVED = {
    "lockDuration", "maxDeliveryCount", "requiresSession",
    "deadLetteringOnMessageExpiration", "defaultMessageTimeToLive",
}  # fmt: skip
_SENT_TO = {
    "requiresDuplicateDetection", "duplicateDetectionHistoryTimeWindow", "defaultMessageTimeToLive",
}  # fmt: skip

# learn.microsoft.com/azure/templates/microsoft.servicebus/namespaces/queues
_LONGEST_LOCK = 5 * 60_000
_SHORTEST_WINDOW, _LONGEST_WINDOW = 20_000, 7 * 86_400_000
_NEVER = "P10675199DT2H48M5.4775807S"


class Misconfigured(ValueError):
    """The file of entities says something that the broker does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an entity promises; all times in milliseconds."""

    path: str
    lock_duration: int = 60_000
    max_delivery_count: int = 10
    duplicate_window: int | None = None
    dead_letters_expired: bool = False
    time_to_live: int | None = None
    requires_session: bool = False
    subscriptions: tuple["Terms", ...] | None = None  # None: a queue; else a topic


def read_file(path: Path) -> tuple[Terms, ...]:
    return read(json.loads(path.read_text()))


def read(document: Mapping[str, Any]) -> tuple[Terms, ...]:
    """Raises Misconfigured for whatever it does not know, rather than pass it over."""
    _known(document, {"queues", "topics"}, "the file")
    queues = [_queue(each) for each in document.get("queues", ())]
    topics = [_topic(each) for each in document.get("topics", ())]
    every = (*queues, *topics)
    _unlike([each.path for each in every])
    return every


def milliseconds(duration: str) -> int:
    """An ISO 8601 duration of days and less."""
    found = _DURATION.fullmatch(duration)
    if not found or not any(found.groups()):
        _wrong(f"{duration!r} is no duration")
    parts = {unit: float(text) for unit, text in found.groupdict().items() if text}
    return round(sum(_SECONDS[unit] * value * 1000 for unit, value in parts.items()))


def _queue(given: Mapping[str, Any]) -> Terms:
    _known(given, {"name"} | _RECEIVED | _SENT_TO, "a queue")
    return _terms(given, given["name"])


def _topic(given: Mapping[str, Any]) -> Terms:
    _known(given, {"name", "subscriptions"} | _SENT_TO, "a topic")
    names = [each.get("name", "") for each in given.get("subscriptions", ())]
    _unlike(names)
    subscriptions = tuple(
        _subscription(given["name"], each) for each in given.get("subscriptions", ())
    )
    return _terms(given, given["name"], subscriptions)


def _subscription(topic: str, given: Mapping[str, Any]) -> Terms:
    _known(given, {"name"} | _RECEIVED, "a subscription")
    return _terms(given, f"{topic}/Subscriptions/{given['name']}")


def _terms(
    given: Mapping[str, Any], path: str, subscriptions: tuple[Terms, ...] | None = None
) -> Terms:
    lock = milliseconds(given.get("lockDuration", "PT1M"))
    window = milliseconds(given.get("duplicateDetectionHistoryTimeWindow", "PT10M"))
    life = given.get("defaultMessageTimeToLive", _NEVER)
    if not 0 < lock <= _LONGEST_LOCK:
        _wrong(f"{path}: a lock lasts 5 minutes at most")
    if not _SHORTEST_WINDOW <= window <= _LONGEST_WINDOW:
        _wrong(f"{path}: duplicates are remembered from 20 seconds to 7 days")
    if given.get("maxDeliveryCount", 10) < 1:
        _wrong(f"{path}: maxDeliveryCount is at least 1")
    return Terms(
        path=path,
        lock_duration=lock,
        max_delivery_count=given.get("maxDeliveryCount", 10),
        duplicate_window=window if given.get("requiresDuplicateDetection") else None,
        dead_letters_expired=bool(given.get("deadLetteringOnMessageExpiration")),
        time_to_live=None if life == _NEVER else milliseconds(life),
        requires_session=bool(given.get("requiresSession")),
        subscriptions=subscriptions,
    )


def _known(given: Mapping[str, Any], words: Iterable[str], what: str) -> None:
    unknown = sorted(set(given) - set(words))
    if unknown:
        _wrong(f"{what} cannot say {', '.join(unknown)}")
    if "name" in words and not given.get("name"):
        _wrong(f"{what} needs a name")


def _unlike(names: Sequence[str]) -> None:
    if len({name.lower() for name in names}) < len(names):
        _wrong(f"two of the same name (case does not count): {', '.join(names)}")


def _wrong(what: str) -> NoReturn:
    raise Misconfigured(what)
