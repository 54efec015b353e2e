"""A Service Bus for tests: the stand-in's process, and the SDK to send to it and look into it."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from azure.servicebus import (
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
    ServiceBusSender,
    ServiceBusSubQueue,
)

ENTITIES = {
    "queues": [
        *({"name": name} for name in ("plain", "crowd", "failing", "many", "many-failing")),
        *({"name": name} for name in ("late", "kept", "idle", "idle-many", "typed", "survivors")),
        *({"name": name, "lockDuration": "PT1S"} for name in ("short-many", "unsettled")),
        *({"name": name} for name in ("odd", "odd-many", "refused", "hanging", "crashing")),
        *({"name": name} for name in ("quitting", "recycled")),
        {"name": "renewed", "lockDuration": "PT4S"},  # half of it is room for a slow machine
        {"name": "fatal", "lockDuration": "PT2S"},
    ],
    "topics": [{"name": "news", "subscriptions": [{"name": "all"}]}],
}


class Bus:
    def __init__(self, connection_string: str) -> None:
        self.connection_string = connection_string
        self._client = ServiceBusClient.from_connection_string(connection_string)
        self._senders: dict[str, ServiceBusSender] = {}
        self._receivers: dict[tuple[str, bool], ServiceBusReceiver] = {}

    def send(self, queue: str, *bodies: str, **properties: Any) -> None:
        self.sender(queue).send_messages([ServiceBusMessage(each, **properties) for each in bodies])

    def sender(self, queue: str) -> ServiceBusSender:
        """One a queue: opening takes the SDK half a second."""
        if queue not in self._senders:
            self._senders[queue] = self._client.get_queue_sender(queue).__enter__()
        return self._senders[queue]

    def publish(self, topic: str, body: str) -> None:
        with self._client.get_topic_sender(topic) as sender:
            sender.send_messages(ServiceBusMessage(body))

    def bodies(self, queue: str, dead: bool = False) -> list[str]:
        """What lies in the queue, taken or not."""
        return [str(message) for message in self._peek(queue, dead)]

    def count(self, queue: str) -> int:
        """Of messages whose bodies may be no text."""
        return len(self._peek(queue, dead=False))

    def _peek(self, queue: str, dead: bool) -> Sequence[ServiceBusReceivedMessage]:
        if (queue, dead) not in self._receivers:
            part = ServiceBusSubQueue.DEAD_LETTER if dead else None
            opened = self._client.get_queue_receiver(queue, sub_queue=part).__enter__()
            self._receivers[queue, dead] = opened
        # Without a number the SDK looks on from where it ended the last time.
        receiver = self._receivers[queue, dead]
        return receiver.peek_messages(max_message_count=250, sequence_number=1)


@contextmanager
def running_bus(folder: Path) -> Iterator[Bus]:
    entities = folder / "entities.json"
    entities.write_text(json.dumps(ENTITIES), "utf-8")
    options = ["--port", "0", "--control-port", "0", "--entities", str(entities)]
    command = [sys.executable, "-m", "sandbox.servicebus", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        address = running.stdout.readline().split("amqp://")[1].split()[0]
        yield Bus(
            f"Endpoint=sb://{address};SharedAccessKeyName=sandbox;SharedAccessKey=sandbox;"
            "UseDevelopmentEmulator=true"
        )
        running.kill()
