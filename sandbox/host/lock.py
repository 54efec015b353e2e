"""Keeps a message locked while a function works on it."""

import asyncio
import contextlib
import logging
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusReceiver
from azure.servicebus.exceptions import ServiceBusError

log = logging.getLogger(__name__)


class Lock:
    """Renews at half the remaining time, for `renew_for` seconds at most."""

    def __init__(
        self, message: ServiceBusReceivedMessage, receiver: ServiceBusReceiver, renew_for: float
    ) -> None:
        self._message = message
        self._receiver = receiver
        self._until = time.monotonic() + renew_for
        self._done = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._renewing = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A renewal under way is let finish: cancelling it could cut a frame on the wire.
        self._done.set()
        await self._renewing

    async def _renew(self) -> None:
        while not self._done.is_set():
            if not await self._is_time():
                return
            try:
                await self._receiver.renew_message_lock(self._message)
            except (ServiceBusError, ValueError) as problem:
                log.warning("lock not renewed: %s", problem)
                return

    async def _is_time(self) -> bool:
        locked_until = self._message.locked_until_utc
        if locked_until is None:
            return False
        pause = (locked_until - datetime.now(UTC)).total_seconds() / 2
        if time.monotonic() + pause > self._until:
            return False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._done.wait(), max(pause, 0.0))
        return not self._done.is_set()
