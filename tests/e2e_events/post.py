"""Another service: it sends and listens with the plain SDK and knows nothing of the app."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from tests.e2e import scene

INVITATIONS, DEPARTURES = "guest-invitations", "guest-departures"
Event = dict[str, Any]


@dataclass(slots=True)
class Service:
    """`heard` is every event so far, as it came."""

    client: ServiceBusClient
    heard: list[Event] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    listening: asyncio.Task[None] | None = None

    async def send(self, queue: str, *bodies: bytes | dict[str, Any], **properties: str) -> None:
        """Each under an id of its own, so that no duplicate is dropped on the way."""
        topic = queue.startswith("guests-from-")
        opened = self.client.get_topic_sender if topic else self.client.get_queue_sender
        async with opened(queue) as sender:
            for body in bodies:
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                message = ServiceBusMessage(raw, message_id=str(uuid4()))
                message.application_properties = dict(properties.items())
                await sender.send_messages(message)

    def about(self, correlation: str) -> list[Event]:
        """In the order of their sequence, each once."""
        found = {one["id"]: one for one in self.heard if one.get("correlationid") == correlation}
        return sorted(found.values(), key=lambda one: (one["source"], one["sequence"]))

    def story(self, correlation: str) -> list[str]:
        return [one["type"].rpartition(".")[2] for one in self.about(correlation)]

    async def hears(self, correlation: str, *story: str) -> list[Event]:
        async def look() -> bool:
            return len(self.about(correlation)) >= len(story)

        await scene.until(look)
        assert self.story(correlation) == list(story)
        return self.about(correlation)

    async def stop(self) -> None:
        """From here on others have the subscription to themselves."""
        if self.listening is not None:
            self.listening.cancel()
            await asyncio.gather(self.listening, return_exceptions=True)

    async def listen(self) -> None:
        async with self.client.get_subscription_receiver("guest-events", "all-events") as receiver:
            async for message in receiver:
                self.types.append(str(message.content_type))
                self.heard.append(json.loads(b"".join(message.body)))
                await receiver.complete_message(message)


@asynccontextmanager
async def service(connection: str) -> AsyncIterator[Service]:
    async with ServiceBusClient.from_connection_string(connection) as client:
        one = Service(client)
        one.listening = asyncio.create_task(one.listen())
        yield one
        await one.stop()
