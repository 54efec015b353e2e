"""The broker as a process, seen through its control endpoint, and raw frames at its port."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from sandbox.servicebus import Access, Clock, ServiceBus, read
from sandbox.servicebus.codec.encode import NULL, sequence, string, symbol, uint
from sandbox.servicebus.control import controlling
from sandbox.servicebus.server import listening
from sandbox.servicebus.transport import frames

ENTITIES = {"queues": [{"name": "errands"}], "topics": [{"name": "t", "subscriptions": []}]}


@pytest.fixture
async def bus() -> AsyncIterator[ServiceBus]:
    async with ServiceBus.running(read(ENTITIES), access=Access(anonymous=True)) as running:
        yield running


async def test_a_process_says_when_it_is_ready_and_stops_when_asked(tmp_path: Path) -> None:
    (tmp_path / "entities.json").write_text(json.dumps(ENTITIES))
    arguments = ["--port", "0", "--entities", str(tmp_path / "entities.json")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.servicebus", *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    ready = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().split()
    async with ClientSession() as session, session.get(ready[3] + "/entities") as answer:
        entities = await answer.json()
    process.send_signal(signal.SIGTERM)

    assert ready[0] == "ready"
    assert ready[1].startswith("amqp://127.0.0.1:")
    assert ready[2] == "control"
    assert set(entities) == {"errands", "t"}
    assert entities["errands"]["active"] == 0
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_a_file_that_says_nonsense_stops_the_process(tmp_path: Path) -> None:
    (tmp_path / "entities.json").write_text('{"queues": [{"name": "a", "colour": "red"}]}')
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.servicebus", "--entities", str(tmp_path / "entities.json"),
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await asyncio.wait_for(process.communicate(), 20)

    assert process.returncode == 1
    assert b"colour" in said


async def test_control_shows_messages_orders_faults_and_moves_the_clock(bus: ServiceBus) -> None:
    async with (
        controlling(bus) as url,
        ClientSession(url) as session,
        ServiceBusClient.from_connection_string(bus.connection_string) as client,
        client.get_queue_sender("errands") as sender,
        client.get_queue_receiver("errands") as receiver,
    ):
        await sender.send_messages(
            [ServiceBusMessage("é", message_id="1"), ServiceBusMessage("b")], timeout=10
        )
        [message] = await receiver.receive_messages(1, max_wait_time=5)
        counted = (await told(session, "/entities"))["errands"]
        shown = await told(session, "/entities/errands/messages")
        await receiver.dead_letter_message(message, reason="r")
        dead = await told(session, "/entities/errands/messages?dead=1")
        before = bus.clock.now()
        async with session.post("/clock", json={"advance": 3600}) as answer:
            moved = (await answer.json())["now"] - before
        fault = {"kind": "server-busy", "entity": "errands", "count": 3}
        async with session.post("/faults", json=[fault]) as answer:
            ordered = answer.status
        async with session.post("/faults", json=[{"kind": "?"}]) as answer:
            refused = answer.status
        async with session.get("/entities/nowhere/messages") as answer:
            missing = answer.status

    assert counted["active"] == counted["locked"] == counted["highestDeliveryCount"] == 1
    assert counted["accepted"] == 2
    assert [(each["body"], each["state"]) for each in shown] == [("é", "locked"), ("b", "active")]
    assert shown[0]["messageId"] == "1"
    assert [each["applicationProperties"] for each in dead] == [{"DeadLetterReason": "r"}]
    assert moved >= 3_600_000
    assert (ordered, refused, missing) == (200, 400, 404)
    assert bus.engine.faults.rules[0].count == 3


async def told(session: ClientSession, path: str) -> Any:
    async with session.get(path) as answer:
        return await answer.json()


def test_a_clock_runs_as_fast_as_it_is_told() -> None:
    clock = Clock(scale=60.0)
    moment = clock.now() + 60_000

    assert 0.9 < clock.real_seconds_until(moment) <= 1.0
    clock.advance(60)
    assert clock.now() >= moment


async def test_both_ways_to_say_who_one_is_are_offered(bus: ServiceBus) -> None:
    async with spoken(bus) as (reader, writer):
        writer.write(frames.SASL_HEADER)
        greeting = await reader.readexactly(8)
        offer = await frame_from(reader)
        writer.write(frames.frame(0, frames.SASL_INIT, symbol("MSSBCBS"), kind=1))
        outcome = await frame_from(reader)

    assert greeting == frames.SASL_HEADER
    assert b"MSSBCBS" in offer
    assert b"ANONYMOUS" in offer
    assert outcome[10] == frames.SASL_OUTCOME


async def test_a_frame_that_makes_no_sense_ends_the_connection(bus: ServiceBus) -> None:
    async with spoken(bus) as (reader, writer):
        writer.write(frames.AMQP_HEADER + b"\xff\xff\xff\xff\x02\x00\x00\x00")
        answer = await asyncio.wait_for(reader.read(), 5)

    assert b"amqp:decode-error" in answer


async def test_a_link_to_nowhere_is_attached_without_a_terminus_and_closed(bus: ServiceBus) -> None:
    async with spoken(bus) as (reader, writer):
        await begin(reader, writer)
        target = b"\x00\x53\x29" + sequence(string("nowhere"))
        role, modes = b"\x42", [b"\x50\x00", b"\x50\x01"]
        ends = [b"\x00\x53\x28" + sequence(string("me")), target]
        writer.write(frames.frame(1, frames.ATTACH, string("l"), uint(0), role, *modes, *ends))
        attach, detach = await frame_from(reader), await frame_from(reader)

    assert b"nowhere" not in attach
    assert attach[10] == frames.ATTACH
    assert b"amqp:not-found" in detach


async def test_a_settlement_of_an_unknown_delivery_is_refused(bus: ServiceBus) -> None:
    async with spoken(bus) as (reader, writer):
        await begin(reader, writer)
        accepted = b"\x00\x53\x24" + sequence()
        fields = [b"\x41", uint(1), NULL, b"\x42", accepted]
        writer.write(frames.frame(1, frames.DISPOSITION, *fields))
        answer = await frame_from(reader)

    assert answer[10] == frames.DISPOSITION
    assert b"com.microsoft:message-lock-lost" in answer


def test_only_loopback_is_listened_to_with_room_for_a_whole_batch() -> None:
    with listening(0) as listener:
        address, room = (
            listener.getsockname()[0],
            listener.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF),
        )
    with socket.socket() as plain:
        usual = plain.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    assert address == "127.0.0.1"
    assert room > max(usual, 256 * 1024)


@asynccontextmanager
async def spoken(
    bus: ServiceBus,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A raw connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", bus.port)
    yield reader, writer
    writer.close()


async def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(frames.AMQP_HEADER + frames.frame(0, frames.OPEN, string("me"), string("h")))
    writer.write(frames.frame(1, frames.BEGIN, NULL, uint(0), uint(10), uint(10)))
    await reader.readexactly(8)
    await frame_from(reader)
    await frame_from(reader)


async def frame_from(reader: asyncio.StreamReader) -> bytes:
    head = await asyncio.wait_for(reader.readexactly(4), 5)
    return head + await asyncio.wait_for(reader.readexactly(int.from_bytes(head) - 4), 5)
