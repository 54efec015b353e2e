"""Every frame that the broker sends, held against the types of AMQP 1.0 (see amqp_types.py).

Microsoft.Azure.Amqp closes the connection when channel-max is a uint: it reads each field by its
declared type, where the Python SDK reads whatever comes.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from sandbox.servicebus import Access, ServiceBus, read
from sandbox.servicebus.codec.content import (
    ANNOTATIONS,
    DATA,
    HEADER,
    PROPERTIES,
    section,
    sections,
)
from sandbox.servicebus.codec.decode import decode, raw_items
from sandbox.servicebus.codec.encode import (
    EMPTY_MAP,
    NULL,
    binary,
    described,
    mapping,
    sequence,
    string,
    symbol,
    timestamp,
    uint,
)
from sandbox.servicebus.refused import Refused
from sandbox.servicebus.transport import frames

from .amqp_types import ARRAYS, CODES, FIELDS, OUTCOMES
from .raw import Peer, peer_of

SAID = Refused("amqp:internal-error", "text")
BODY = described(DATA, binary(b"x"))
ENTITIES = {"queues": [{"name": "work", "defaultMessageTimeToLive": "P1D"}]}


@pytest_asyncio.fixture
async def bus() -> AsyncIterator[ServiceBus]:
    async with ServiceBus.running(read(ENTITIES), access=Access(anonymous=True)) as running:
        yield running


def check(raw: bytes) -> int:
    """Descriptor of the performative, section or state whose fields are all as they should be."""
    assert raw[:2] == b"\x00\x53", "the SDKs read small descriptors only"
    code, fields = raw[2], raw_items(raw, 3)
    known = FIELDS[code]
    assert len(fields) <= len(known), f"{code:#x} has too many fields"
    for number, (name, kind) in enumerate(known):
        value = fields[number] if number < len(fields) else NULL
        if value == NULL:
            assert "!" not in name, f"{code:#x} lacks {name}"
        else:
            _check_value(f"{code:#x} {name}", kind, value, array="*" in name)
    return code


def _check_value(name: str, kind: Any, value: bytes, *, array: bool) -> None:
    if isinstance(kind, tuple):
        assert check(value) in kind, name
    elif array and value[0] in ARRAYS:
        constructor = value[9] if value[0] == 0xF0 else value[3]
        assert constructor in CODES[kind], name
    elif kind != "any":
        assert value[0] in CODES[kind], f"{name} begins with {value[0]:#x}"
    if kind == "map" and "properties" not in name:
        return
    if kind == "map":
        assert all(key[0] in CODES["symbol"] for key in raw_items(value)[::2]), name


MADE = [
    frames.sasl_mechanisms(), frames.sasl_outcome(right=True), frames.sasl_outcome(right=False),
    frames.opened(240_000), frames.begun(7),
    frames.disposition(1, receiving=True, number=3, state=frames.accepted()),
    frames.disposition(1, receiving=False, number=3, state=frames.rejected(SAID)),
    frames.disposition(1, receiving=False, number=3, state=frames.rejected()),
    frames.disposition(1, receiving=False, number=3, state=frames.released()),
    frames.disposition(1, receiving=False, number=3, state=frames.modified(True, False)),
    *frames.transfers(1, 2, 3, b"tag", False, bytes(3000), 1024),
    frames.detached(1, 2), frames.detached(1, 2, SAID), frames.frame(1, frames.END),
    frames.frame(0, frames.CLOSE), frames.frame(0, frames.CLOSE, frames.error(SAID)),
]  # fmt: skip


@pytest.mark.parametrize("frame", MADE, ids=lambda frame: hex(frame[10]))
def test_each_frame_that_is_built_has_the_types_of_the_specification(frame: bytes) -> None:
    assert check(frame[8:]) in FIELDS


async def test_each_frame_of_a_whole_conversation_has_the_types(bus: ServiceBus) -> None:
    async with peer_of(bus.port) as peer:
        await converse(peer)
        peer.write(frames.END)
        await peer.read(frames.END)
        peer.write(frames.CLOSE, channel=0)
        await peer.read(frames.CLOSE)
        codes = {check(frame.raw) for frame in peer.seen}
        messages = [frame.payload for frame in peer.seen if frame.code == frames.TRANSFER]

    assert {*range(0x10, 0x19), 0x40, 0x44} <= codes
    kinds = set()
    for payload in messages:
        for code, start, _, end in sections(payload):
            kinds.add(code)
            if code in (HEADER, PROPERTIES):
                check(payload[start:end])
            if code == ANNOTATIONS:
                keys = raw_items(payload[start + 3 : end])[::2]
                assert all(key[0] in CODES["symbol"] for key in keys)
    assert {HEADER, ANNOTATIONS, PROPERTIES} <= kinds


async def converse(peer: Peer) -> None:
    """All performatives in both directions."""
    await peer.open(sasl=frames.frame(0, 0x41, symbol("ANONYMOUS"), kind=1))
    assert await peer.put_token("sb://h/work", "any") == 202
    await peer.attach(0, "work", receives=False)
    await peer.attach(9, "nowhere", receives=False)
    times = [*[NULL] * 8, timestamp(90_000_000 * 2), timestamp(1)]
    peer.send(0, section(PROPERTIES, sequence(string("id"), *times[1:])) + BODY)
    await peer.read(frames.DISPOSITION)
    await peer.attach(1, "work", receives=True)
    peer.flow(1, 1)
    got = await peer.read(frames.TRANSFER)
    peer.settle(got.fields[1], described(frames.MODIFIED, sequence()))
    await peer.read(frames.DISPOSITION)
    body = mapping(
        (string("from-sequence-number"), b"\x55\x00"), (string("message-count"), uint(1))
    )
    await peer.manage("work", "peek-message", body)
    await peer.manage("work", "no-such", EMPTY_MAP)
    drained = [uint(number) for number in (0, 5000, 0, 5000, 1, 1, 5)]
    peer.write(frames.FLOW, *drained, NULL, b"\x41")
    await peer.read(frames.FLOW)
    peer.write(frames.DETACH, uint(1), b"\x41")
    await peer.read(frames.DETACH)


def test_the_check_finds_a_field_of_the_wrong_width() -> None:
    wrong = frames.frame(0, frames.OPEN, string("a"), NULL, NULL, uint(65_535))

    with pytest.raises(AssertionError, match="channel-max"):
        check(wrong[8:])
    with pytest.raises(AssertionError, match="lacks next-outgoing-id"):
        check(frames.frame(0, frames.BEGIN)[8:])
    assert decode(frames.accepted())[0].descriptor in OUTCOMES
