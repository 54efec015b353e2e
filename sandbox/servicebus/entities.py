"""Which queues and topics there are, from a JSON file that speaks the words of Bicep and ARM."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SET = re.compile(r"SET (?:user\.)?(?P<name>\w+) = '(?P<text>(?:[^']|'')*)';?", re.IGNORECASE)
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
    forward_to: str = ""
    stamps: tuple[tuple[str, str], ...] = ()  # properties that the subscription's rule sets


def read_file(path: Path) -> tuple[Terms, ...]:
    return read(json.loads(path.read_text()))


def read(document: Mapping[str, Any]) -> tuple[Terms, ...]:
    """Raises Misconfigured for whatever it does not know, rather than pass it over."""
    _known(document, {"queues", "topics"}, "the file")
    queues = [_queue(each) for each in document.get("queues", ())]
    topics = [_topic(each) for each in document.get("topics", ())]
    every = (*queues, *topics)
    _unlike([each.path for each in every])
    _forwarding(every)
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
    _known(given, {"name", "forwardTo", "rules"} | _RECEIVED, "a subscription")
    terms = _terms(given, f"{topic}/Subscriptions/{given['name']}")
    rules = given.get("rules", ())
    if len(rules) > 1:
        _wrong(f"{terms.path}: one rule at most is known here")
    stamps = tuple(stamp for rule in rules for stamp in _stamps(rule, terms.path))
    return replace(terms, forward_to=given.get("forwardTo", ""), stamps=stamps)


def _stamps(rule: Mapping[str, Any], path: str) -> Iterable[tuple[str, str]]:
    """Only rules that let everything through and set one property to a text."""
    _known(rule, {"name", "filterType", "sqlFilter", "action"}, "a rule")
    if rule.get("sqlFilter", {"sqlExpression": "1=1"}) != {"sqlExpression": "1=1"}:
        _wrong(f"{path}: only the filter 1=1 is known here")
    action = rule.get("action", {}).get("sqlExpression", "")
    found = _SET.fullmatch(action)
    if not found:
        _wrong(f"{path}: only actions like SET sender = 'name' are known here")
    yield found["name"], found["text"].replace("''", "'")


def _forwarding(every: Sequence[Terms]) -> None:
    """Azure forwards within a namespace, and the target has to be there first."""
    queues = {each.path.lower() for each in every if each.subscriptions is None}
    for each in every:
        for below in each.subscriptions or ():
            if below.forward_to and below.forward_to.lower() not in queues:
                _wrong(f"{below.path} forwards to {below.forward_to}, which is no queue")


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
