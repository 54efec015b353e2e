"""Service Bus, one message at a time: as many receivers as there is work for, each in sequence.

A receiver of the SDK that receives and settles at once waits for itself: reading and writing share
one lock. So every receiver holds one message, and more receivers are opened when all are busy.
"""

import asyncio
import logging
import time

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusReceiver

from sandbox.host.function import Function
from sandbox.host.hostjson import ServiceBusOptions
from sandbox.host.invocation import Invoker
from sandbox.host.listener import Phase
from sandbox.host.lock import Lock
from sandbox.host.servicebus_entity import Entity
from sandbox.host.servicebus_input import input_of
from sandbox.host.settlement import settle

log = logging.getLogger(__name__)

PATIENCE = 0.2
TURN = 5.0
BUSY = 0.02
"""When a function takes longer than this and nobody listens, more receivers are opened."""
IDLE = 30.0
"""A receiver beyond the first closes after so long without a message."""
AGAIN_AFTER = 1.0


class OneByOne:
    def __init__(
        self, function: Function, source: Entity, options: ServiceBusOptions, invoker: Invoker
    ) -> None:
        self.function = function
        self.phase = Phase()
        self._source = source
        self._options = options
        self._invoker = invoker
        self._input = input_of(function, many=False)
        self._receivers = 0
        self._waiting = 0

    async def listen(self) -> None:
        async with asyncio.TaskGroup() as crew:
            self._crew = crew
            self._enlist(1)

    async def invoke(self, text: str) -> Exception | None:
        async def decode() -> object:
            return self._input.by_hand(text)

        return await self._invoker.run(self.function, decode)

    def _enlist(self, number: int) -> None:
        for _ in range(min(number, self._options.max_calls - self._receivers)):
            self._receivers += 1
            self._crew.create_task(self._serve(first=self._receivers == 1))

    async def _serve(self, first: bool) -> None:
        try:
            while not self.phase.stopping.is_set():
                try:
                    await self._receive(first)
                except Exception as problem:  # no message whatever ends a listener
                    log.warning("receiver lost: %s", problem, extra={"for": self.function.name})
                    await self.phase.pause(AGAIN_AFTER)
                else:
                    return
        finally:
            self._receivers -= 1

    async def _receive(self, first: bool) -> None:
        source = self._source.receiver(self._options.prefetch, PATIENCE)
        async with source as receiver:
            self.phase.up.set()
            last_seen = time.monotonic()
            while not self.phase.stopping.is_set():
                message = await self._next(receiver)
                if message:
                    await self._take(message, receiver)
                    last_seen = time.monotonic()
                elif not first and time.monotonic() - last_seen > IDLE:
                    return

    async def _next(self, receiver: ServiceBusReceiver) -> ServiceBusReceivedMessage | None:
        self._waiting += 1
        try:
            receiving = receiver.receive_messages(1, max_wait_time=TURN)
            received = await self.phase.unless_stopping(receiving)
        finally:
            self._waiting -= 1
        return received[0] if received else None

    async def _take(self, message: ServiceBusReceivedMessage, receiver: ServiceBusReceiver) -> None:
        growing = asyncio.get_running_loop().call_later(BUSY, self._grow)
        async with Lock(message, receiver, self._options.renew_for):
            failure = await self._run(message)
        growing.cancel()
        await settle([message], receiver, failure, self._options.auto_complete)

    def _grow(self) -> None:
        if not self._waiting and not self.phase.stopping.is_set():
            self._enlist(self._options.max_calls)

    async def _run(self, message: ServiceBusReceivedMessage) -> Exception | None:
        async def decode() -> object:
            return self._input.of([message])

        return await self._invoker.run(self.function, decode)
