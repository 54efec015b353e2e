"""The frames we send, as bytes."""

import struct

from sandbox.servicebus.codec.encode import (
    EMPTY_MAP,
    FALSE,
    NULL,
    TRUE,
    binary,
    boolean,
    described,
    sequence,
    string,
    symbol,
    symbols,
    ubyte,
    uint,
    ulong,
    ushort,
)
from sandbox.servicebus.refused import Refused

OPEN, BEGIN, ATTACH, FLOW, TRANSFER, DISPOSITION, DETACH, END, CLOSE = range(0x10, 0x19)
SASL_MECHANISMS, SASL_INIT, SASL_OUTCOME = 0x40, 0x41, 0x44
SOURCE, COORDINATOR = 0x28, 0x30
ACCEPTED, REJECTED, RELEASED, MODIFIED = range(0x24, 0x28)
DECLARE, TRANSACTIONAL = 0x31, 0x34

SASL_HEADER, AMQP_HEADER = b"AMQP\x03\x01\x00\x00", b"AMQP\x00\x01\x00\x00"
MAX_FRAME = 65_536
IDLE_TIMEOUT = 240_000  # milliseconds; the SDK's keep-alive may be 30 s late
EMPTY = b"\x00\x00\x00\x08\x02\x00\x00\x00"  # a sign of life (AMQP 1.0, 2.4.5)
WINDOW = 2**31 - 1  # frames: senders are held back by nothing but TCP

_HEAD = struct.Struct(">IBBH")
_ERROR = 0x1D


def frame(channel: int, code: int, *fields: bytes, payload: bytes = b"", kind: int = 0) -> bytes:
    body = described(code, sequence(*fields))
    return _HEAD.pack(8 + len(body) + len(payload), 2, kind, channel) + body + payload


def sasl_mechanisms() -> bytes:
    # .NET clients choose MSSBCBS, the Python ones ANONYMOUS, plain AMQP clients PLAIN.
    return frame(0, SASL_MECHANISMS, symbols(("MSSBCBS", "PLAIN", "ANONYMOUS")), kind=1)


def sasl_outcome(*, right: bool) -> bytes:
    return frame(0, SASL_OUTCOME, ubyte(0 if right else 1), kind=1)


def opened(idle_timeout: int) -> bytes:
    name, host = string("sandbox"), string("localhost")
    return frame(0, OPEN, name, host, uint(MAX_FRAME), ushort(65_535), uint(idle_timeout))


def begun(channel: int) -> bytes:
    window, remote = uint(WINDOW), ushort(channel)
    return frame(channel, BEGIN, remote, uint(1), window, window, uint(255), NULL, NULL, NULL)


def disposition(channel: int, *, receiving: bool, number: int, state: bytes) -> bytes:
    number_bytes = uint(number)
    role = boolean(receiving)
    return frame(channel, DISPOSITION, role, number_bytes, number_bytes, TRUE, state)


def transfers(
    channel: int, handle: int, number: int, tag: bytes, settled: bool, payload: bytes, largest: int
) -> list[bytes]:
    """One delivery in as many frames as the peer's limit asks for."""
    room = largest - 64  # the performative takes at most 57 bytes
    fields = (uint(handle), uint(number), binary(tag), uint(0), boolean(settled))
    if len(payload) <= room:
        return [frame(channel, TRANSFER, *fields, FALSE, payload=payload)]
    pieces = [payload[at : at + room] for at in range(0, len(payload), room)]
    more = [frame(channel, TRANSFER, *fields, TRUE, payload=piece) for piece in pieces[:-1]]
    return [*more, frame(channel, TRANSFER, *fields, FALSE, payload=pieces[-1])]


def detached(channel: int, handle: int, refusal: Refused | None = None) -> bytes:
    return frame(channel, DETACH, uint(handle), TRUE, error(refusal) if refusal else NULL)


def error(refusal: Refused) -> bytes:
    """All three fields: the SDK reads the third, and hangs when there are but two."""
    condition, text = symbol(refusal.condition), string(refusal.description)
    return described(_ERROR, sequence(condition, text, EMPTY_MAP))


def accepted() -> bytes:
    return described(ACCEPTED, sequence())


def released() -> bytes:
    return described(RELEASED, sequence())


def rejected(refusal: Refused | None = None) -> bytes:
    return described(REJECTED, sequence(error(refusal)) if refusal else sequence())


def modified(failed: bool, undeliverable_here: bool) -> bytes:
    return described(MODIFIED, sequence(boolean(failed), boolean(undeliverable_here)))


def limit() -> bytes:
    return ulong(256 * 1024)
