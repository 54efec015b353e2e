"""Messages that break bindings, to each queue that others may write to: none loops, all are kept.

With the data type BINARY the host hands over bytes; a body that is a value or a sequence fails
before the app's code, and the timer `keep_dead_letters` reads it with the Service Bus SDK.
"""

import json
from typing import Any
from uuid import uuid4

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.amqp import AmqpAnnotatedMessage

from sandbox.town import Town
from tests.e2e import scene
from tests.e2e_events.post import DEPARTURES, INVITATIONS, Service

pytestmark = pytest.mark.asyncio(loop_scope="module")


def a_wish(correlation: str, email: str) -> dict[str, Any]:
    return {
        "schema": "guest-invitation/1",
        "sender": "supplier-portal",
        "correlationId": correlation,
        "email": email,
    }


def odd_messages() -> list[ServiceBusMessage | AmqpAnnotatedMessage]:
    annotated: list[dict[str, Any]] = [
        {"value_body": {"a": 1, "b": [b"\xff"]}},
        {"value_body": 42},
        {"sequence_body": [[1, 2], ["x"]]},
    ]
    bodies = [
        b'{"EnqueuedTimeUtc": "x"}',
        b'{"ApplicationProperties": "x", "DeliveryCount": []}',
        b"no JSON at all",
        b"x" * 200_000,
        b"",
        '{"schema": "guest-invitation/1"}'.encode("utf-16"),
    ]
    plain = [ServiceBusMessage(body, message_id=str(uuid4())) for body in bodies]
    strange = {"sender": 7, "since": True, "attempt": -1.5, "seal": b"\x00"}
    plain.append(ServiceBusMessage(b"{}", application_properties=strange))  # type: ignore[arg-type]
    return [*plain, *(AmqpAnnotatedMessage(**given) for given in annotated)]


async def _send(town: Town, queue: str) -> None:
    client = ServiceBusClient.from_connection_string(town.settings["SERVICEBUS"])
    async with client, client.get_queue_sender(queue) as sender:
        for message in odd_messages():
            await sender.send_messages(message)


async def test_odd_messages_end_within_a_minute_and_their_neighbours_are_done(
    town: Town, portal: Service
) -> None:
    for queue in (INVITATIONS, DEPARTURES):
        await _send(town, queue)
    await portal.send(INVITATIONS, a_wish("beside", "beside@fabrikam.com"))
    client = ServiceBusClient.from_connection_string(town.settings["SERVICEBUS"])
    as_value = json.dumps(a_wish("by-value", "by-value@fabrikam.com"))
    async with client, client.get_queue_sender(INVITATIONS) as sender:
        await sender.send_messages(AmqpAnnotatedMessage(value_body=as_value))

    async def all_over() -> bool:
        counts = await scene.queues(town)
        asked = (counts[queue] for queue in (INVITATIONS, DEPARTURES))
        return not any(count["active"] or count["deadLettered"] for count in asked)

    await scene.until(all_over)
    await portal.hears("beside", "invited")
    await portal.hears("by-value", "invited")

    kept = await town.storage.names("dead-letters")
    lines = b"".join(
        [
            await town.storage.read("results", name)
            for name in await town.storage.names("results")
            if name.startswith("messages/")
        ]
    )
    assert len(kept) >= 6  # the value and sequence bodies, of both queues
    assert lines.count(b"malformed_message") >= 10
    for queue in (INVITATIONS, DEPARTURES):
        assert (await scene.queues(town))[queue]["highestDeliveryCount"] <= 10
