"""Service Bus in batches: one batch at a time, settled all or nothing, its locks not renewed."""

import logging
import time
from collections.abc import Sequence

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusReceiver

from sandbox.host.function import Function
from sandbox.host.hostjson import ServiceBusOptions
from sandbox.host.invocation import Invoker
from sandbox.host.listener import Phase
from sandbox.host.servicebus_entity import Entity
from sandbox.host.servicebus_input import input_of
from sandbox.host.servicebus_one import AGAIN_AFTER, TURN
from sandbox.host.settlement import settle

log = logging.getLogger(__name__)

PATIENCE = 0.05
"""Also how long a batch waits for one more message once the queue has run dry."""


class Batches:
    def __init__(
        self, function: Function, source: Entity, options: ServiceBusOptions, invoker: Invoker
    ) -> None:
        self.function = function
        self.phase = Phase()
        self._source = source
        self._options = options
        self._invoker = invoker
        self._input = input_of(function, many=True)

    async def listen(self) -> None:
        while not self.phase.stopping.is_set():
            try:
                await self._receive()
            except Exception as problem:  # no message whatever ends a listener
                log.warning("receiver lost: %s", problem, extra={"for": self.function.name})
                await self.phase.pause(AGAIN_AFTER)

    async def invoke(self, text: str) -> Exception | None:
        async def decode() -> object:
            return self._input.by_hand(text)

        return await self._invoker.run(self.function, decode)

    async def _receive(self) -> None:
        async with self._source.receiver(self._options.prefetch, PATIENCE) as receiver:
            self.phase.up.set()
            while not self.phase.stopping.is_set():
                batch = await self._batch(receiver)
                if batch:
                    failure = await self._run(batch)
                    await settle(batch, receiver, failure, self._options.auto_complete)

    async def _batch(self, receiver: ServiceBusReceiver) -> list[ServiceBusReceivedMessage]:
        # Asking for one at a time leaves no credit on the link: a message that comes later is
        # not locked for a batch that does not take it.
        receiving = receiver.receive_messages(1, max_wait_time=TURN)
        batch = await self.phase.unless_stopping(receiving) or []
        enough_by = time.monotonic() + self._options.batch_wait
        while batch and len(batch) < self._options.max_batch:
            more = await receiver.receive_messages(1, max_wait_time=PATIENCE)
            batch += more
            waited = len(batch) >= self._options.min_batch or time.monotonic() > enough_by
            if not more and (waited or self.phase.stopping.is_set()):
                break
        return batch

    async def _run(self, batch: Sequence[ServiceBusReceivedMessage]) -> Exception | None:
        async def decode() -> object:
            return self._input.of(batch)

        return await self._invoker.run(self.function, decode)
