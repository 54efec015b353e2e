"""A stand-in that is killed keeps what it confirmed, when it has a journal."""

import asyncio
import json
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from sandbox.servicebus import Misconfigured, ServiceBus, read

ENTITIES = {
    "queues": [
        {"name": "work", "requiresDuplicateDetection": True},
        {"name": "talk", "requiresSession": True},
    ]
}


def client_of(port: int) -> ServiceBusClient:
    text = (
        f"Endpoint=sb://localhost:{port};SharedAccessKeyName=sandbox;"
        "SharedAccessKey=sandbox;UseDevelopmentEmulator=true"
    )
    return ServiceBusClient.from_connection_string(text, retry_total=0)


async def test_a_kill_amid_sending_and_receiving_loses_nothing_confirmed(tmp_path: Path) -> None:
    (tmp_path / "entities.json").write_text(json.dumps(ENTITIES))
    arguments = ["--entities", str(tmp_path / "entities.json"), "--journal", str(tmp_path / "j")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.servicebus", "--port", "0", *arguments,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    ready = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    port = int(ready.split()[1].rpartition(":")[2])
    sent: set[str] = set()
    completed: set[str] = set()
    tried: set[str] = set()
    enough = asyncio.Event()

    async def send() -> None:
        async with client.get_queue_sender("work") as sender:
            for number in range(100_000):
                name = f"m{number}"
                await sender.send_messages(ServiceBusMessage(b"x", message_id=name), timeout=5)
                sent.add(name)

    async def receive() -> None:
        async with client.get_queue_receiver("work") as receiver:
            async for message in receiver:
                tried.add(str(message.message_id))
                await receiver.complete_message(message)
                completed.add(str(message.message_id))
                if len(completed) > 50:
                    enough.set()

    client = client_of(port)
    workers = [asyncio.create_task(send()), asyncio.create_task(receive())]
    await asyncio.wait_for(enough.wait(), 30)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    for worker in workers:
        worker.cancel()
        with suppress(BaseException):
            await worker
    async with ServiceBus.running(read(ENTITIES), journal=tmp_path / "j") as bus:
        kept = [message.content.message_id for message in bus.engine.find("work").messages.values()]

    assert len(kept) == len(set(kept))
    assert not completed & set(kept)
    assert sent - tried <= set(kept)


async def test_states_numbers_schedules_and_duplicates_outlive_a_start(tmp_path: Path) -> None:
    path = tmp_path / "j"
    later = datetime.now(UTC) + timedelta(hours=1)
    async with (
        ServiceBus.running(read(ENTITIES), journal=path) as bus,
        client_of(bus.port) as client,
        client.get_queue_sender("work") as sender,
        client.get_queue_receiver("work") as receiver,
    ):
        await sender.send_messages([ServiceBusMessage(b"x", message_id=n) for n in "abcd"])
        await sender.schedule_messages(ServiceBusMessage(b"x", message_id="e"), later)
        messages = await receiver.receive_messages(4, max_wait_time=5)
        await receiver.complete_message(messages[0])
        await receiver.defer_message(messages[1])
        await receiver.dead_letter_message(messages[2], reason="r")
        await receiver.abandon_message(messages[3])
        talk = bus.engine.find("talk")
        assert talk.sessions is not None
        talk.sessions.keep_state("s", b"half")
        bus.engine.commit()
        before = path.read_bytes()
    path.write_bytes(before + b'[{"entity": "work", "las')  # killed while it wrote
    for _ in range(2):  # the second start reads what the first wrote anew
        async with ServiceBus.running(read(ENTITIES), journal=path) as bus:
            work, talk = bus.engine.find("work"), bus.engine.find("talk")
            assert {m.content.message_id: m.state.name for m in work.messages.values()} == {
                "b": "DEFERRED", "d": "ACTIVE", "e": "SCHEDULED",
            }  # fmt: skip
            assert work.dead is not None
            assert [m.content.message_id for m in work.dead.messages.values()] == ["c"]
            assert (work.last, work.messages[4].failures, list(work.duplicates.seen)) == (
                5, 1, list("abcde"),
            )  # fmt: skip
            assert talk.sessions is not None
            assert talk.sessions.named("s").state == b"half"
            assert work.take() is work.messages[4]


async def test_a_journal_of_other_entities_is_refused(tmp_path: Path) -> None:
    (tmp_path / "j").write_text('[{"entity": "elsewhere", "last": 1}]\n')
    with pytest.raises(Misconfigured, match="elsewhere"):
        async with ServiceBus.running(read(ENTITIES), journal=tmp_path / "j"):
            pass
