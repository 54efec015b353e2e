"""Reads AMQP 1.0 values out of a buffer by index, without copying what is not asked for."""

import struct
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

Reader = Callable[[bytes, int], tuple[Any, int]]

_COUNTS = struct.Struct(">II")
_UINT = struct.Struct(">I")


class Described(NamedTuple):
    descriptor: Any
    value: Any


class Malformed(ValueError):
    """The bytes are not AMQP 1.0."""


def decode(buffer: bytes, at: int = 0) -> tuple[Any, int]:
    """The value that begins at `at`, and where the next one begins."""
    try:
        return _READERS[buffer[at]](buffer, at + 1)
    except (KeyError, IndexError, struct.error, UnicodeDecodeError) as problem:
        raise Malformed(f"no AMQP value at {at}: {problem!r}") from problem


def skip(buffer: bytes, at: int) -> int:
    """Where the value that begins at `at` ends."""
    code = buffer[at]
    family = code >> 4
    if family in (0xA, 0xC, 0xE):  # size in one byte
        return at + 2 + buffer[at + 1]
    if family in (0xB, 0xD, 0xF):  # size in four
        return at + 5 + int.from_bytes(buffer[at + 1 : at + 5])
    if code == 0:
        return skip(buffer, skip(buffer, at + 1))
    if family not in _WIDTHS:
        raise Malformed(f"no AMQP type has the code {code:#x}")
    return at + _WIDTHS[family]


def items_of(buffer: bytes, at: int = 0) -> tuple[int, int]:
    """How many items the list or map at `at` has, and where the first one begins."""
    code = buffer[at]
    if code == 0x45:
        return 0, at + 1
    if code in (0xC0, 0xC1):
        return buffer[at + 2], at + 3
    if code in (0xD0, 0xD1):
        return _UINT.unpack_from(buffer, at + 5)[0], at + 9
    raise Malformed(f"a list or a map cannot begin with {code:#x}")


def raw_items(buffer: bytes, at: int = 0) -> list[bytes]:
    """The items of a list or map as the bytes they came in, types and all."""
    count, at = items_of(buffer, at)
    items = []
    for _ in range(count):
        end = skip(buffer, at)
        items.append(buffer[at:end])
        at = end
    return items


def raw_pairs(buffer: bytes) -> Iterator[tuple[Any, bytes, bytes]]:
    """Each key of a map decoded, with key and value as the bytes they came in."""
    items = raw_items(buffer)
    for key, value in zip(items[::2], items[1::2], strict=True):
        yield decode(key)[0], key, value


def _constant(value: Any) -> Reader:
    return lambda _, at: (value, at)


def _number(layout: str) -> Reader:
    packed = struct.Struct(layout)

    def read(buffer: bytes, at: int) -> tuple[Any, int]:
        return packed.unpack_from(buffer, at)[0], at + packed.size

    return read


def _cut(buffer: bytes, start: int, end: int) -> bytes:
    if end > len(buffer):
        raise Malformed(f"a value ends at {end}, past the end of the buffer")
    return buffer[start:end]


def _binary8(buffer: bytes, at: int) -> tuple[bytes, int]:
    end = at + 1 + buffer[at]
    return _cut(buffer, at + 1, end), end


def _binary32(buffer: bytes, at: int) -> tuple[bytes, int]:
    end = at + 4 + int(_UINT.unpack_from(buffer, at)[0])
    return _cut(buffer, at + 4, end), end


def _text8(buffer: bytes, at: int) -> tuple[str, int]:
    raw, end = _binary8(buffer, at)
    return raw.decode(), end


def _text32(buffer: bytes, at: int) -> tuple[str, int]:
    raw, end = _binary32(buffer, at)
    return raw.decode(), end


def _uuid(buffer: bytes, at: int) -> tuple[uuid.UUID, int]:
    return uuid.UUID(bytes=_cut(buffer, at, at + 16)), at + 16


def _opaque(width: int) -> Reader:
    return lambda buffer, at: (_cut(buffer, at, at + width), at + width)


def _series(buffer: bytes, at: int, count: int) -> tuple[list[Any], int]:
    items = []
    for _ in range(count):
        item, at = decode(buffer, at)
        items.append(item)
    return items, at


def _list8(buffer: bytes, at: int) -> tuple[list[Any], int]:
    return _series(buffer, at + 2, buffer[at + 1])


def _list32(buffer: bytes, at: int) -> tuple[list[Any], int]:
    return _series(buffer, at + 8, _COUNTS.unpack_from(buffer, at)[1])


def _map(read: Reader) -> Reader:
    def read_pairs(buffer: bytes, at: int) -> tuple[dict[Any, Any], int]:
        items, end = read(buffer, at)
        return dict(zip(items[::2], items[1::2], strict=True)), end

    return read_pairs


def _array(buffer: bytes, at: int, count: int, end: int) -> tuple[list[Any], int]:
    if count == 0:
        return [], end
    if buffer[at] == 0:
        raise Malformed("arrays of described values are not understood")
    read, items = _READERS[buffer[at]], []
    at += 1
    for _ in range(count):
        item, at = read(buffer, at)
        items.append(item)
    return items, at


def _array8(buffer: bytes, at: int) -> tuple[list[Any], int]:
    return _array(buffer, at + 2, buffer[at + 1], at + 1 + buffer[at])


def _array32(buffer: bytes, at: int) -> tuple[list[Any], int]:
    size, count = _COUNTS.unpack_from(buffer, at)
    return _array(buffer, at + 8, count, at + 4 + size)


def _described(buffer: bytes, at: int) -> tuple[Described, int]:
    descriptor, at = decode(buffer, at)
    value, at = decode(buffer, at)
    return Described(descriptor, value), at


_WIDTHS = {0x4: 1, 0x5: 2, 0x6: 3, 0x7: 5, 0x8: 9, 0x9: 17}
_READERS: dict[int, Reader] = {
    0x00: _described, 0x40: _constant(None), 0x41: _constant(True), 0x42: _constant(False),
    0x43: _constant(0), 0x44: _constant(0), 0x45: lambda _, at: ([], at), 0x50: _number(">B"),
    0x51: _number(">b"), 0x52: _number(">B"), 0x53: _number(">B"), 0x54: _number(">b"),
    0x55: _number(">b"), 0x56: _number(">?"), 0x60: _number(">H"), 0x61: _number(">h"),
    0x70: _number(">I"), 0x71: _number(">i"), 0x72: _number(">f"), 0x73: _opaque(4),
    0x74: _opaque(4), 0x80: _number(">Q"), 0x81: _number(">q"), 0x82: _number(">d"),
    0x83: _number(">q"), 0x84: _opaque(8), 0x94: _opaque(16), 0x98: _uuid,
    0xA0: _binary8, 0xA1: _text8, 0xA3: _text8, 0xB0: _binary32, 0xB1: _text32, 0xB3: _text32,
    0xC0: _list8, 0xC1: _map(_list8), 0xD0: _list32, 0xD1: _map(_list32),
    0xE0: _array8, 0xF0: _array32,
}  # fmt: skip
