"""A subscription that forwards, and a rule that writes the sender's name over what it claims."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from sandbox.servicebus import ServiceBus
from sandbox.servicebus.entities import Misconfigured, read

RULE = {
    "name": "$Default",
    "filterType": "SqlFilter",
    "sqlFilter": {"sqlExpression": "1=1"},
    "action": {"sqlExpression": "SET sender = 'supplier-portal'"},
}


def entities(**subscription: Any) -> dict[str, Any]:
    onward = {"name": "onward", "forwardTo": "guest-invitations", "rules": [RULE]} | subscription
    return {
        "queues": [{"name": "guest-invitations"}],
        "topics": [{"name": "guests-from-portal", "subscriptions": [onward]}],
    }


@pytest_asyncio.fixture
async def client() -> AsyncIterator[ServiceBusClient]:
    async with (
        ServiceBus.running(read(entities())) as bus,
        ServiceBusClient.from_connection_string(bus.connection_string) as made,
    ):
        yield made


async def test_what_enters_arrives_in_the_queue_under_the_name_of_the_entrance(
    client: ServiceBusClient,
) -> None:
    async with client.get_topic_sender("guests-from-portal") as sender:
        claimed: list[dict[str | bytes, Any]] = [{"sender": "hr", "n": 7}, {}]
        for claims in claimed:
            message = ServiceBusMessage(b"body", message_id=f"m-{len(claims)}")
            message.application_properties = claims
            await sender.send_messages(message)
    async with client.get_queue_receiver("guest-invitations") as receiver:
        lying, silent = await receiver.receive_messages(2, max_wait_time=5)

    assert lying.application_properties == {b"n": 7, b"sender": b"supplier-portal"}
    assert silent.application_properties == {b"sender": b"supplier-portal"}
    assert (lying.message_id, b"".join(lying.body)) == ("m-2", b"body")


@pytest.mark.parametrize(
    "subscription",
    [
        {"forwardTo": "nowhere"},
        {"rules": [RULE, RULE]},
        {"rules": [RULE | {"sqlFilter": {"sqlExpression": "n > 5"}}]},
        {"rules": [RULE | {"action": {"sqlExpression": "REMOVE sender"}}]},
        {"rules": [RULE | {"correlationFilter": {}}]},
    ],
)
def test_what_the_stand_in_does_not_know_it_refuses(subscription: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured):
        read(entities(**subscription))
