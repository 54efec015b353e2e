"""AMQP 1.0 values as bytes, one function per type: on the wire an int and a long are two things."""

import struct
import uuid as uuids
from collections.abc import Iterable, Sequence

NULL, TRUE, FALSE = b"\x40", b"\x41", b"\x42"
EMPTY_MAP = b"\xc1\x01\x00"

_UINT = struct.Struct(">BI")
_INT = struct.Struct(">Bi")
_ULONG = struct.Struct(">BQ")
_LONG = struct.Struct(">Bq")
_SIZES32 = struct.Struct(">BII")


def boolean(value: bool) -> bytes:
    return TRUE if value else FALSE


def ubyte(value: int) -> bytes:
    return bytes((0x50, value))


def ushort(value: int) -> bytes:
    return b"\x60" + value.to_bytes(2)


def uint(value: int) -> bytes:
    return _UINT.pack(0x70, value)


def int32(value: int) -> bytes:
    return _INT.pack(0x71, value)


def ulong(value: int) -> bytes:
    return _ULONG.pack(0x80, value)


def long(value: int) -> bytes:
    return _LONG.pack(0x81, value)


def timestamp(milliseconds: int) -> bytes:
    return _LONG.pack(0x83, milliseconds)


def uuid(value: uuids.UUID) -> bytes:
    return b"\x98" + value.bytes


def binary(value: bytes) -> bytes:
    return _sized(0xA0, value)


def string(value: str) -> bytes:
    return _sized(0xA1, value.encode())


def symbol(value: str) -> bytes:
    return _sized(0xA3, value.encode())


def sequence(*items: bytes) -> bytes:
    """A list of values that are already encoded."""
    return _compound(0xC0, len(items), b"".join(items))


def mapping(*pairs: tuple[bytes, bytes]) -> bytes:
    return _compound(0xC1, 2 * len(pairs), b"".join(key + value for key, value in pairs))


def array(values: Sequence[bytes]) -> bytes:
    """An array of values of one type, each encoded with its constructor; empty ones are longs."""
    constructor = values[0][:1] if values else b"\x81"
    body = constructor + b"".join(value[1:] for value in values)
    return _SIZES32.pack(0xF0, len(body) + 4, len(values)) + body


def described(descriptor: int, value: bytes) -> bytes:
    return b"\x00\x53" + bytes((descriptor,)) + value


def symbols(values: Iterable[str]) -> bytes:
    return array([b"\xb3" + struct.pack(">I", len(value)) + value.encode() for value in values])


def _sized(code: int, value: bytes) -> bytes:
    if len(value) < 256:
        return bytes((code, len(value))) + value
    return _UINT.pack(code + 0x10, len(value)) + value


def _compound(code: int, count: int, body: bytes) -> bytes:
    if len(body) < 255 and count < 256:
        return bytes((code, len(body) + 1, count)) + body
    return _SIZES32.pack(code + 0x10, len(body) + 4, count) + body
