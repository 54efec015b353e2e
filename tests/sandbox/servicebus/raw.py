"""A bare AMQP peer: it writes frames and reads those of the broker, without an SDK between."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.servicebus.codec.content import APPLICATION, PROPERTIES, VALUE
from sandbox.servicebus.codec.decode import decode, raw_items, skip
from sandbox.servicebus.codec.encode import (
    FALSE,
    NULL,
    TRUE,
    array,
    binary,
    described,
    mapping,
    sequence,
    string,
    ubyte,
    uint,
)
from sandbox.servicebus.codec.encode import uuid as encoded_uuid
from sandbox.servicebus.transport import frames

TARGET = 0x29


@dataclass
class Frame:
    kind: int
    code: int
    fields: list[bytes]
    payload: bytes
    raw: bytes


@dataclass
class Peer:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    seen: list[Frame] = field(default_factory=list)

    def write(self, code: int, *fields: bytes, payload: bytes = b"", channel: int = 1) -> None:
        self.writer.write(frames.frame(channel, code, *fields, payload=payload))

    async def read(self, code: int) -> Frame:
        """The next frame of this kind; those before it are kept in `seen`."""
        while True:
            frame = await self.next()
            if frame is not None and frame.code == code:
                return frame

    async def next(self) -> Frame | None:
        """None for an empty frame."""
        head = await asyncio.wait_for(self.reader.readexactly(8), 5)
        if head.startswith(b"AMQP"):
            return await self.next()
        size, kind = int.from_bytes(head[:4]), head[5]
        body = await asyncio.wait_for(self.reader.readexactly(size - 8), 5)
        if not body:
            return None
        frame = Frame(kind, body[2], raw_items(body, 3), body[skip(body, 3) :], body)
        self.seen.append(frame)
        return frame

    async def open(self, *, sasl: bytes = b"", idle: bytes = NULL) -> None:
        if sasl:
            self.writer.write(frames.SASL_HEADER + sasl)
        self.writer.write(frames.AMQP_HEADER)
        self.write(
            frames.OPEN, string("me"), string("h"), uint(65_536), b"\x60\xff\xff", idle, channel=0
        )
        self.write(frames.BEGIN, NULL, uint(0), uint(5000), uint(5000))
        await self.read(frames.BEGIN)

    async def attach(self, handle: int, path: str, *, receives: bool, target: bytes = b"") -> Frame:
        source = described(frames.SOURCE, sequence(string(path)))
        target = target or described(TARGET, sequence(string(path)))
        count = NULL if receives else uint(0)
        role = TRUE if receives else FALSE
        name, modes = string(f"link-{handle}"), (ubyte(0), ubyte(0))
        ends = (source, target, NULL, NULL, count)
        self.write(frames.ATTACH, name, uint(handle), role, *modes, *ends)
        return await self.read(frames.ATTACH)

    async def request(self, handle: int, operation: str, body: bytes, **said: str) -> Frame:
        facts = {"operation": operation} | said
        application = mapping(*((string(key), string(text)) for key, text in facts.items()))
        asked = encoded_uuid(uuid.uuid4()), NULL, NULL, NULL, string("me")
        payload = (
            described(PROPERTIES, sequence(*asked)) + described(APPLICATION, application)
            + described(VALUE, body)
        )  # fmt: skip
        self.send(handle, payload)
        return await self.read(frames.TRANSFER)

    def send(self, handle: int, payload: bytes, state: bytes = NULL) -> None:
        head = (uint(handle), uint(0), binary(b"tag"), uint(0), FALSE, FALSE, NULL, state)
        self.write(frames.TRANSFER, *head, payload=payload)

    async def put_token(self, audience: str, token: str) -> int:
        """The status; links 100 and 101 are for it."""
        await self.attach(100, "$cbs", receives=True)
        self.flow(100, 10)
        await self.attach(101, "$cbs", receives=False)
        answer = await self.request(101, "put-token", string(token), name=audience)
        return int(facts_of(answer)["status-code"])

    async def manage(self, entity: str, operation: str, body: bytes) -> tuple[dict[str, Any], Any]:
        await self.attach(102, f"{entity}/$management", receives=True)
        self.flow(102, 10)
        await self.attach(103, f"{entity}/$management", receives=False)
        answer = await self.request(103, f"com.microsoft:{operation}", body)
        return facts_of(answer), section(answer.payload, VALUE)

    def flow(self, handle: int, credit: int) -> None:
        numbers = (0, 5000, 0, 5000, handle, 0, credit)
        self.write(frames.FLOW, *[uint(number) for number in numbers])

    def settle(self, delivery: bytes, state: bytes) -> None:
        self.write(frames.DISPOSITION, TRUE, delivery, NULL, FALSE, state)


@asynccontextmanager
async def peer_of(port: int) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield Peer(reader, writer)
    writer.close()


def section(payload: bytes, code: int) -> Any:
    at = 0
    while at < len(payload):
        if payload[at + 2] == code:
            return decode(payload, at + 3)[0]
        at = skip(payload, at)
    return None


def facts_of(frame: Frame) -> dict[str, Any]:
    found: dict[str, Any] = section(frame.payload, APPLICATION)
    return found


def net_modified(properties: Mapping[str, bytes], *, elsewhere: bytes = NULL) -> bytes:
    """As Microsoft.Azure.Amqp writes it: delivery-failed is not said."""
    pairs = mapping(*((b"\xa3" + string(key)[1:], value) for key, value in properties.items()))
    return described(frames.MODIFIED, sequence(NULL, elsewhere, pairs))


def numbers(*values: bytes) -> bytes:
    return array(values)
