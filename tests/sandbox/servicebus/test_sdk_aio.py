"""The asynchronous SDK, with the broker in the same event loop."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import MessageSizeExceededError, MessagingEntityNotFoundError

from sandbox.servicebus import ServiceBus, read


async def test_everything_at_once_in_one_loop() -> None:
    queue = {"name": "work", "maxDeliveryCount": 2, "requiresDuplicateDetection": True}
    async with (
        ServiceBus.running(read({"queues": [queue]})) as bus,
        ServiceBusClient.from_connection_string(bus.connection_string) as client,
    ):
        graves = client.get_queue_receiver("work", sub_queue=ServiceBusSubQueue.DEAD_LETTER)
        sender = client.get_queue_sender("work")
        receiver = client.get_queue_receiver("work", prefetch_count=20)
        with pytest.raises(MessageSizeExceededError):
            await sender.send_messages(ServiceBusMessage(b"x" * 300_000), timeout=10)
        messages = [ServiceBusMessage(str(n), message_id=str(n)) for n in (1, 2, 3, 4, 4)]
        await sender.send_messages(messages, timeout=10)
        later = datetime.now(UTC) + timedelta(minutes=5)
        [number] = await sender.schedule_messages(ServiceBusMessage(b"l"), later, timeout=10)
        await sender.cancel_scheduled_messages(number, timeout=10)
        got: list[Any] = []
        while len(got) < 4:
            got += await receiver.receive_messages(4, max_wait_time=5)
        await receiver.renew_message_lock(got[0], timeout=10)
        await asyncio.gather(*[receiver.complete_message(each) for each in got[:2]])
        await receiver.defer_message(got[2])
        await receiver.dead_letter_message(got[3], reason="r", error_description="d")
        [deferred] = await receiver.receive_deferred_messages(got[2].sequence_number, timeout=10)
        await receiver.abandon_message(deferred)
        dead = await graves.receive_messages(2, max_wait_time=5)
        dead += [] if len(dead) == 2 else await graves.receive_messages(1, max_wait_time=5)
        with pytest.raises(MessagingEntityNotFoundError):
            await client.get_queue_sender("nowhere").__aenter__()
        await asyncio.gather(sender.close(), receiver.close(), graves.close())
        found = bus.engine.find("work")

        reasons = {str(message.message_id): message.dead_letter_reason for message in dead}
        assert reasons == {"3": "MaxDeliveryCountExceeded", "4": "r"}
        assert not found.messages
        assert (found.totals.accepted, found.totals.duplicates) == (5, 1)
        assert (found.totals.completed, found.totals.dead_lettered) == (2, 2)
        assert found.totals.highest_delivery_count == 2
