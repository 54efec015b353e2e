"""Dead letters of every AMQP body, through the unmodified SDK against the bus stand-in."""

import json
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageProperties

from b2b.adapters.dead_letters import BusDeadLetters
from b2b.domain.dead_letter import BodyForm, DeadLetter
from sandbox.servicebus import ServiceBus, read_file

ENTITIES = Path(__file__).resolve().parents[2] / "infra" / "servicebus.json"
QUEUE = "guest-departures"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client() -> AsyncIterator[ServiceBusClient]:
    running = ServiceBus.running(read_file(ENTITIES))
    async with running as bus, ServiceBusClient.from_connection_string(bus.connection_string) as it:
        yield it


async def bury(client: ServiceBusClient, **bodies: Any) -> None:
    await bury_all(
        client,
        [
            AmqpAnnotatedMessage(
                **bodies,
                application_properties={"sender": "hr"},
                properties=AmqpMessageProperties(message_id=uuid4().hex),
            )
        ],
    )


async def bury_all(
    client: ServiceBusClient, messages: Iterable[AmqpAnnotatedMessage | ServiceBusMessage]
) -> None:
    sent = list(messages)
    async with client.get_queue_sender(QUEUE) as sender, client.get_queue_receiver(QUEUE) as taker:
        for message in sent:
            await sender.send_messages(message)
        for message in await taker.receive_messages(len(sent), max_wait_time=5):
            await taker.dead_letter_message(message, reason="MaxDeliveryCountExceeded")


async def work_off(client: ServiceBusClient, *, keep: bool = True) -> list[DeadLetter]:
    letters: list[DeadLetter] = []

    async def take(letter: DeadLetter) -> bool:
        letters.append(letter)
        return keep

    box = BusDeadLetters(client, lambda: datetime.now(UTC))
    await box.work_off(QUEUE, take, most=50, seconds=20)
    return letters


@pytest.mark.parametrize(
    ("bodies", "form", "body"),
    [
        ({"data_body": b"{}"}, BodyForm.DATA, b"{}"),
        ({"data_body": [b"{", b"}"]}, BodyForm.DATA, b"{}"),
        ({"value_body": '{"sender": "hr"}'}, BodyForm.TEXT, b'{"sender": "hr"}'),
        ({"value_body": "no JSON"}, BodyForm.TEXT, b"no JSON"),
        ({"value_body": {"sender": "hr"}}, BodyForm.OTHER, b'{"sender": "hr"}'),
        ({"value_body": 7}, BodyForm.OTHER, b"7"),
        ({"sequence_body": ['{"a": ', "1}"]}, BodyForm.TEXT, b'{"a": 1}'),
        ({"sequence_body": ["a", "b"]}, BodyForm.OTHER, None),
        ({"sequence_body": [1, {"a": None}]}, BodyForm.OTHER, None),
    ],
)
async def test_each_form_is_told_and_what_is_kept_is_gone(
    client: ServiceBusClient, bodies: dict[str, Any], form: BodyForm, body: bytes | None
) -> None:
    await bury(client, **bodies)
    (letter,) = await work_off(client)

    assert letter.form is form
    assert letter.message.stamp == "hr"
    assert letter.message.dead_letter_reason == "MaxDeliveryCountExceeded"
    assert body in (None, letter.message.body)
    if form is BodyForm.OTHER:
        json.loads(letter.message.body)
    assert await work_off(client) == []


async def test_what_is_left_comes_once_a_turn_and_again_the_next(client: ServiceBusClient) -> None:
    await bury_all(client, [ServiceBusMessage(b"%d" % number) for number in range(3)])

    assert len(await work_off(client, keep=False)) == 3
    assert len(await work_off(client)) == 3
    async with client.get_queue_receiver(
        QUEUE, sub_queue=ServiceBusSubQueue.DEAD_LETTER
    ) as receiver:
        assert await receiver.peek_messages() == []
