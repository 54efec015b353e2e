"""A sent message cut into its sections: the sender's bytes stay as they are, types and all."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sandbox.servicebus.codec.decode import (
    Malformed,
    decode,
    items_of,
    raw_items,
    raw_pairs,
    skip,
)
from sandbox.servicebus.codec.encode import (
    NULL,
    described,
    mapping,
    sequence,
    string,
    timestamp,
    uint,
)
from sandbox.servicebus.refused import Refused

HEADER, DELIVERY, ANNOTATIONS, PROPERTIES, APPLICATION = range(0x70, 0x75)
DATA, SEQUENCES, VALUE, FOOTER = range(0x75, 0x79)

# learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
LONGEST_ID = 128
LARGEST_PROPERTIES = 64 * 1024
LARGEST_PROPERTY = 32 * 1024

# Annotations that only the broker may set.
_OURS = {
    "x-opt-sequence-number", "x-opt-enqueued-time", "x-opt-locked-until", "x-opt-message-state",
    "x-opt-deadletter-source", "x-opt-enqueue-sequence-number",
}  # fmt: skip
_SESSION_FIELD = 10
_EXPIRY_FIELD, _CREATION_FIELD = 8, 9
_LONGEST_LIFE = 2**32 - 1  # milliseconds that fit the field ttl of the header


class Content(NamedTuple):
    """What the sender said. A tuple: one is made per message, and dataclasses cost three times."""

    message_id: str | int | bytes | UUID | None
    session_id: str | None
    time_to_live: int | None  # milliseconds
    scheduled: int | None  # milliseconds since 1970
    annotations: tuple[tuple[bytes, bytes], ...]
    properties: bytes  # the whole section, or nothing
    application: bytes  # the map alone, or nothing
    body: bytes  # the sections data, sequence or value, and the footer


def cut(raw: bytes) -> Content:
    """Raises Malformed; Refused for ids and properties that are too long."""
    try:
        return _cut(raw)
    except (TypeError, IndexError, ValueError) as problem:
        raise Malformed(f"this is no message: {problem}") from problem


def _cut(raw: bytes) -> Content:
    parts: dict[int, bytes] = {}
    body = []
    for code, start, value, end in sections(raw):
        if code >= DATA:
            body.append(raw[start:end])
        else:
            parts[code] = raw[start if code == PROPERTIES else value : end]
    properties, application = parts.get(PROPERTIES, b""), parts.get(APPLICATION, b"")
    message_id, session_id = _ids(properties)
    _check(message_id, session_id, application)
    kept, scheduled = _annotations(parts.get(ANNOTATIONS, b""))
    life = _life(parts.get(HEADER, b""), properties)
    body_bytes = b"".join(body)
    return Content(
        message_id, session_id, life, scheduled, kept, properties, application, body_bytes
    )


def sections(raw: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Code, start, start of the value, and end of each section, in whatever order they come."""
    at, size = 0, len(raw)
    while at < size:
        try:
            if raw[at] != 0 or raw[at + 1] != 0x53:
                raise Malformed(f"no section begins at {at}")
            end = skip(raw, at + 3)
        except IndexError as problem:
            raise Malformed("the message ends in the middle of a section") from problem
        if end > size:
            raise Malformed("the message ends in the middle of a section")
        yield raw[at + 2], at, at + 3, end
        at = end


def batched(raw: bytes) -> list[bytes]:
    """The messages in an envelope: one in each data section."""
    return [decode(raw, value)[0] for code, _, value, _ in sections(raw) if code == DATA]


def with_properties(application: bytes, added: Mapping[str, bytes]) -> bytes:
    """The same map with encoded values set in it; all other values keep their types."""
    if not added:
        return application
    kept = raw_pairs(application) if application else ()
    pairs = [(raw_key, value) for key, raw_key, value in kept if key not in added]
    return mapping(*pairs, *((string(key), value) for key, value in added.items()))


def with_life(content: Content, life: int, now: int) -> Content:
    """The same message with a time to live given by the entity.

    An expiry that the sender wrote, or a life too long for the header, is written as the properties
    absolute-expiry-time and creation-time: the .NET SDK reads the time to live from them first.
    """
    fields = raw_items(content.properties, 3) if content.properties else []
    fields += [NULL] * (_CREATION_FIELD + 1 - len(fields))
    properties = content.properties
    if life > _LONGEST_LIFE or fields[_EXPIRY_FIELD] != NULL:
        created = decode(fields[_CREATION_FIELD])[0] or now
        fields[_EXPIRY_FIELD] = timestamp(created + life)
        fields[_CREATION_FIELD] = timestamp(created)
        properties = described(PROPERTIES, sequence(*fields))
    return content._replace(time_to_live=life, properties=properties)


def header_life(life: int | None) -> bytes:
    return NULL if life is None else uint(min(life, _LONGEST_LIFE))


def section(code: int, value: bytes) -> bytes:
    return described(code, value) if value else b""


def text_of(content: Content) -> str:
    """The body for people to read."""
    values = [decode(content.body, value)[0] for _, _, value, _ in sections(content.body)]
    return "".join(v.decode(errors="replace") if isinstance(v, bytes) else str(v) for v in values)


def _ids(section_bytes: bytes) -> tuple[Any, str | None]:
    if not section_bytes:
        return None, None
    count, at = items_of(section_bytes, 3)
    if count == 0:
        return None, None
    message_id, at = decode(section_bytes, at)
    if count <= _SESSION_FIELD:
        return message_id, None
    for _ in range(_SESSION_FIELD - 1):
        at = skip(section_bytes, at)
    return message_id, decode(section_bytes, at)[0]


def _check(message_id: Any, session_id: str | None, application: bytes) -> None:
    for what, value in (("message id", message_id), ("session id", session_id)):
        if isinstance(value, str) and len(value) > LONGEST_ID:
            raise Refused("com.microsoft:argument-error", f"A {what} takes {LONGEST_ID} characters")
    if len(application) <= LARGEST_PROPERTY:
        return
    largest = max(len(value) for _, _, value in raw_pairs(application))
    if len(application) > LARGEST_PROPERTIES or largest > LARGEST_PROPERTY:
        raise Refused("com.microsoft:argument-error", "Properties take 32 KB each, 64 KB together")


def _annotations(raw: bytes) -> tuple[tuple[tuple[bytes, bytes], ...], int | None]:
    if not raw:
        return (), None
    kept, scheduled = [], None
    for key, raw_key, value in raw_pairs(raw):
        if key == "x-opt-scheduled-enqueue-time":
            scheduled = decode(value)[0]
        if key not in _OURS:
            kept.append((raw_key, value))
    return tuple(kept), scheduled


def _life(header: bytes, properties: bytes) -> int | None:
    fields: list[Any] = decode(header)[0] if header else []
    life: int | None = fields[2] if len(fields) > 2 else None
    if life != _LONGEST_LIFE or not properties:
        return life
    said: list[Any] = decode(properties, 3)[0]
    times = said[_EXPIRY_FIELD : _CREATION_FIELD + 1]
    if len(times) < 2 or None in times:
        return life
    return int(times[0] - times[1])
