"""The Event Grid blob trigger: runs for every message of the queue that names it.

No receipts, and no look at the version: an event delivered twice runs twice, as on the real host
(azure-sdk-for-net, `BlobQueueTriggerExecutor`, read on 2026-11-29).
"""

import asyncio
import json
import logging
from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue import QueueMessage

from sandbox.host.blob_queue import BlobQueue, give_up
from sandbox.host.blob_run import BlobRunner
from sandbox.host.function import Function
from sandbox.host.listener import Phase

log = logging.getLogger(__name__)

Registry = dict[str, BlobRunner]
"""By function id. Whichever listener takes a message, it finds the function here."""


class BlobEvents:
    def __init__(
        self,
        runner: BlobRunner,
        queue: BlobQueue,
        registry: Registry,
        parallelism: int,
        interval: float,
    ) -> None:
        self.phase = Phase()
        self._runner = runner
        self._queue = queue
        self._registry = registry
        self._places = asyncio.Semaphore(parallelism)
        self._interval = interval
        registry[runner.id] = runner

    @property
    def function(self) -> Function:
        return self._runner.function

    async def listen(self) -> None:
        async with asyncio.TaskGroup() as crew:
            self.phase.up.set()
            while not self.phase.stopping.is_set():
                await self._places.acquire()
                taken = await self._next()
                if taken is None:
                    self._places.release()
                else:
                    crew.create_task(self._handle(taken))

    async def invoke(self, text: str) -> Exception | None:
        return await self._runner.by_hand(text)

    async def _next(self) -> QueueMessage | None:
        """A message, or None after a while."""
        self._queue.filled.clear()
        try:
            if taken := await self._queue.take():
                return taken
        except AzureError as problem:
            log.warning("queue not read: %s", problem, extra={"for": self.function.name})
        await self.phase.unless_stopping(self._filled())
        return None

    async def _filled(self) -> None:
        try:
            await asyncio.wait_for(self._queue.filled.wait(), self._interval)
        except TimeoutError:
            return

    async def _handle(self, taken: QueueMessage) -> None:
        try:
            failure = await self._run(taken)
            if failure and (taken.dequeue_count or 0) < self._runner.tries:
                await self._queue.give_back(taken)
                self._queue.filled.set()
                return
            if failure:
                await self._give_up(taken)
            await self._queue.remove(taken)
        except AzureError as problem:
            log.warning("event left for later: %s", problem, extra={"for": self.function.name})
        finally:
            self._places.release()

    async def _run(self, taken: QueueMessage) -> Exception | None:
        """What it failed of. A function or a blob that is not there is passed over."""
        try:
            named = json.loads(taken.content)
            runner = self._registry.get(named["FunctionId"])
            if runner is None:
                log.warning("event for no function of ours", extra={"id": named["FunctionId"]})
                return None
            return await _run(runner, named)
        except (ValueError, LookupError, TypeError) as problem:
            log.error("no blob trigger message: %s", problem)
            return problem

    async def _give_up(self, taken: QueueMessage) -> None:
        named = json.loads(taken.content)
        runner = self._registry.get(named["FunctionId"], self._runner)
        await give_up(runner.connection, named)
        log.error("blob given up", extra={"blob": named["BlobName"], "tries": taken.dequeue_count})


async def _run(runner: BlobRunner, named: Any) -> Exception | None:
    async with BlobServiceClient.from_connection_string(runner.connection) as service:
        blob = service.get_blob_client(named["ContainerName"], named["BlobName"])
        try:
            found = await blob.get_blob_properties()
        except ResourceNotFoundError:
            return None
        return await runner.once(blob, found)
