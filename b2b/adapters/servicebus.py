"""Messages to ourselves through Service Bus, with ids that make sending one twice harmless."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from azure.servicebus import ServiceBusMessage, ServiceBusMessageBatch
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender
from azure.servicebus.exceptions import MessageSizeExceededError, ServiceBusError

from b2b import wire
from b2b.domain.access import Assignment
from b2b.domain.errors import TryLater
from b2b.domain.lifecycle import Action
from b2b.domain.mail import Letter
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId, GuestRequest
from b2b.domain.retry import Copy

_BATCHES_REMEMBERED = 1000
_TIMEOUT = 30  # seconds; without one a lost disposition is waited for without end
LARGEST = 248 * 1024  # bytes in one batch: Standard takes 256 KiB, envelope and all


@dataclass(frozen=True, slots=True)
class QueueNames:
    invitations: str
    assignments: str
    results: str
    departures: str = "guest-departures"
    mails: str = "guest-mails"


MOST_CLOCKS_DIFFER = timedelta(seconds=5)


class BusQueues:
    """One sender per queue for the life of the process: opening one takes half a second."""

    def __init__(
        self,
        client: ServiceBusClient,
        names: QueueNames,
        slot: timedelta,
        assign_slot: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._names = names
        self._slot = slot
        self._assign_slot = assign_slot or timedelta(seconds=1)
        self._clock = clock
        self._senders: dict[str, ServiceBusSender] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._asked: dict[BatchId, int] = {}

    async def invite(self, requests: Sequence[tuple[GuestRequest, int]]) -> None:
        messages = [
            _message(wire.write_request(request), _versioned(request.id, generation))
            for request, generation in requests
        ]
        await self._send(self._names.invitations, messages)

    async def assign(self, assignment: Assignment, generation: int, after: timedelta) -> None:
        message = _message(
            wire.write_assignment(assignment), _versioned(assignment.request, generation)
        )
        if after:
            message.scheduled_enqueue_time_utc = self._aligned(self._clock() + after)
        await self._send(self._names.assignments, [message])

    def _aligned(self, at: datetime) -> datetime:
        """The next common moment: assignments that become visible together fill their twenties."""
        step = self._assign_slot.total_seconds()
        return datetime.fromtimestamp(ceil(at.timestamp() / step) * step, UTC)

    async def depart(self, actions: Sequence[Action]) -> None:
        messages = [_message(wire.write_departure(one), one.id) for one in actions]
        await self._send(self._names.departures, messages)

    async def deliver(self, letters: Sequence[Letter], after: timedelta) -> None:
        at = self._clock() + after if after else None
        messages = [_message(wire.write_mail(one.id), one.errand) for one in letters]
        for message in messages:
            message.scheduled_enqueue_time_utc = at
        await self._send(self._names.mails, messages)

    async def publish(self, batch: BatchId) -> None:
        slot = int(self._clock().timestamp() / self._slot.total_seconds()) + 1
        if self._asked.get(batch) == slot:
            return
        message = _message(wire.write_publish(batch), f"{batch}.{slot}")
        end = datetime.fromtimestamp(slot * self._slot.total_seconds(), UTC)
        # Clocks differ: delivered before the slot is over, it would miss whoever closes last.
        message.scheduled_enqueue_time_utc = end + min(self._slot / 6, MOST_CLOCKS_DIFFER)
        await self._send(self._names.results, [message])
        if len(self._asked) > _BATCHES_REMEMBERED:
            self._asked.clear()
        self._asked[batch] = slot

    async def send_again(self, queue: str, copy: Copy) -> None:
        message = _message(copy.body, copy.message_id)
        message.application_properties = dict(copy.properties.items())
        at = self._aligned(copy.at) if copy.together else copy.at
        message.scheduled_enqueue_time_utc = at
        await self._send(queue, [message])

    async def open(self) -> None:
        """Ahead of the first message what it will need; whoever sends meets what fails here."""
        await asyncio.gather(*map(self._open, (self._names.results, self._names.assignments)))

    async def _open(self, queue: str) -> None:
        async with self._turns.setdefault(queue, asyncio.Lock()):
            try:
                await self._sender(queue).create_message_batch()
            except (ServiceBusError, OSError):
                await self._forget(queue)

    async def _send(self, queue: str, messages: Sequence[ServiceBusMessage]) -> None:
        async with self._turns.setdefault(queue, asyncio.Lock()):
            sender = self._sender(queue)
            try:
                for batch in await batches_of(sender, messages):
                    await sender.send_messages(batch, timeout=_TIMEOUT)
            except MessageSizeExceededError:
                raise  # no waiting makes it smaller
            except (ServiceBusError, OSError) as failure:
                await self._forget(queue)
                reason = Reason("servicebus_unreachable", "Service Bus did not answer.")
                raise TryLater(reason, timedelta(seconds=5)) from failure

    def _sender(self, queue: str) -> ServiceBusSender:
        if queue not in self._senders:
            self._senders[queue] = self._client.get_queue_sender(queue)
        return self._senders[queue]

    async def _forget(self, queue: str) -> None:
        """A sender whose link broke stays shut down; the next message opens a new one."""
        sender = self._senders.pop(queue, None)
        if sender is not None:
            await sender.close()

    async def close(self) -> None:
        for queue in list(self._senders):
            await self._forget(queue)
        await self._client.close()


def _versioned(identity: str, generation: int) -> str:
    return f"{identity}.{generation}" if generation else identity


def _message(body: bytes, message_id: str) -> ServiceBusMessage:
    return ServiceBusMessage(body, message_id=message_id, content_type="application/json")


async def batches_of(
    sender: ServiceBusSender, messages: Sequence[ServiceBusMessage]
) -> Sequence[ServiceBusMessage | ServiceBusMessageBatch]:
    """As few sends as fit; a lone message travels without the envelope."""
    if len(messages) == 1:
        return messages
    batches: list[ServiceBusMessageBatch] = []
    for message in messages:
        if not batches or not _fits(batches[-1], message):
            batches.append(await sender.create_message_batch(LARGEST))
            batches[-1].add_message(message)
    return batches


def _fits(batch: ServiceBusMessageBatch, message: ServiceBusMessage) -> bool:
    try:
        batch.add_message(message)
    except ValueError:  # the SDK's word for a full batch
        return False
    return True
