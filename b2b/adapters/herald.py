"""News for other services, through a topic of Service Bus."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender
from azure.servicebus.exceptions import ServiceBusError

from b2b.adapters.servicebus import batches_of
from b2b.cloud_events import CONTENT_TYPE, TYPE, public, write_event
from b2b.domain.errors import TryLater
from b2b.domain.happening import Numbered
from b2b.domain.reason import Reason
from b2b.domain.request import TenantId

_TIMEOUT = 30  # seconds
UNHEARD = Reason("events_unsent", "The topic of events did not take them.")


class BusHerald:
    """The subject is the session of its messages: a subscription with sessions keeps its order."""

    def __init__(self, client: ServiceBusClient, topic: str, tenant: TenantId) -> None:
        self._client = client
        self._topic = topic
        self._tenant = tenant
        self._sender: ServiceBusSender | None = None
        self._turn = asyncio.Lock()

    async def announce(self, news: Sequence[Numbered]) -> None:
        messages = [self._message(one) for one in news]
        async with self._turn:
            self._sender = self._sender or self._client.get_topic_sender(self._topic)
            try:
                for batch in await batches_of(self._sender, messages):
                    await self._sender.send_messages(batch, timeout=_TIMEOUT)
            except (ServiceBusError, OSError) as failure:
                await self._forget()
                raise TryLater(UNHEARD, timedelta(seconds=5)) from failure

    async def open(self) -> None:
        """Ahead of the first news; whoever announces meets what fails here."""
        async with self._turn:
            self._sender = self._sender or self._client.get_topic_sender(self._topic)
            try:
                await self._sender.create_message_batch()
            except (ServiceBusError, OSError):
                await self._forget()

    def _message(self, one: Numbered) -> ServiceBusMessage:
        happening = public(one.happening)
        return ServiceBusMessage(
            write_event(one, self._tenant),
            message_id=happening.id,
            session_id=happening.subject,
            correlation_id=happening.correlation or None,
            subject=TYPE + happening.what,
            content_type=CONTENT_TYPE,
            application_properties={"type": TYPE + happening.what, "sender": happening.sender},
        )

    async def _forget(self) -> None:
        """A sender whose link broke stays shut down; the next news opens a new one."""
        sender, self._sender = self._sender, None
        if sender is not None:
            await sender.close()

    async def close(self) -> None:
        await self._forget()
