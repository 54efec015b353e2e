"""The queue, subscription or dead-letter queue that a Service Bus trigger names."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from azure.servicebus import ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

from sandbox.host.errors import CannotStart
from sandbox.host.function import Function
from sandbox.host.settings import connection_string

_DEAD_LETTERS = "/$deadletterqueue"
_DEFAULT_CONNECTION = "AzureWebJobsServiceBus"


@dataclass(frozen=True)
class Entity:
    connection: str
    names: Mapping[str, str]
    dead_letters: bool

    @asynccontextmanager
    async def receiver(self, prefetch: int, patience: float) -> AsyncIterator[ServiceBusReceiver]:
        """An open receiver that looks at its socket for `patience` seconds at a time."""
        options: dict[str, Any] = dict(self.names)
        if self.dead_letters:
            options["sub_queue"] = ServiceBusSubQueue.DEAD_LETTER
        async with ServiceBusClient.from_connection_string(self.connection) as client:
            queue = "queue_name" in self.names
            get: Any = client.get_queue_receiver if queue else client.get_subscription_receiver
            async with get(**options, prefetch_count=prefetch, socket_timeout=patience) as receiver:
                yield receiver


def entity(function: Function, settings: Mapping[str, str]) -> Entity:
    """Reads the trigger. Raises CannotStart when it asks for what this host cannot do."""
    trigger = function.trigger
    if trigger.get("isSessionsEnabled"):
        raise CannotStart(f"function {function.name}: sessions are not supported here")
    connection = str(trigger.get("connection") or _DEFAULT_CONNECTION)
    last = "queueName" if "queueName" in trigger else "subscriptionName"
    name, dead_letters = _without_suffix(str(trigger[last]))
    names = {"queue_name": name}
    if last == "subscriptionName":
        names = {"topic_name": str(trigger["topicName"]), "subscription_name": name}
    return Entity(connection_string(function.name, connection, settings), names, dead_letters)


def is_many(function: Function) -> bool:
    return str(function.trigger.get("cardinality", "one")).lower() == "many"


def _without_suffix(name: str) -> tuple[str, bool]:
    if name.lower().endswith(_DEAD_LETTERS):
        return name[: -len(_DEAD_LETTERS)], True
    return name, False
