"""The polling blob trigger: looks through the container and runs every version once."""

import asyncio
import logging

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobServiceClient

from sandbox.host.blob_receipts import Receipts
from sandbox.host.blob_run import BlobRunner
from sandbox.host.function import Function
from sandbox.host.listener import Phase

log = logging.getLogger(__name__)


class BlobScan:
    def __init__(
        self, runner: BlobRunner, receipts: Receipts, parallelism: int, interval: float
    ) -> None:
        self.phase = Phase()
        self._runner = runner
        self._receipts = receipts
        self._places = asyncio.Semaphore(parallelism)
        self._interval = interval
        self._taken: set[tuple[str, str]] = set()

    @property
    def function(self) -> Function:
        return self._runner.function

    async def listen(self) -> None:
        await self._receipts.read()
        async with self._service() as service, asyncio.TaskGroup() as crew:
            self.phase.up.set()
            while not self.phase.stopping.is_set():
                await self._scan(service, crew)
                await self.phase.pause(self._interval)

    async def invoke(self, text: str) -> Exception | None:
        return await self._runner.by_hand(text)

    async def _scan(self, service: BlobServiceClient, crew: asyncio.TaskGroup) -> None:
        path = self._runner.path
        container = service.get_container_client(path.container)
        try:
            async for found in container.list_blobs(name_starts_with=path.prefix or None):
                if self._is_new(found):
                    self._taken.add((found.name, found.etag))
                    crew.create_task(self._run(service, found.name, found.etag))
        except ResourceNotFoundError:
            return  # the container may be made later
        except AzureError as problem:
            log.warning("scan failed: %s", problem, extra={"for": self.function.name})

    def _is_new(self, found: BlobProperties) -> bool:
        path = self._runner.path
        return (
            path.match(found.name) is not None
            and (found.name, found.etag) not in self._taken
            and not self._receipts.has(path.container, found.name, found.etag)
        )

    async def _run(self, service: BlobServiceClient, name: str, etag: str) -> None:
        try:
            async with self._places:
                if not self.phase.stopping.is_set():
                    await self._runner.run(service, name, etag)
                    await self._receipts.write(self._runner.path.container, name, etag)
        except AzureError as problem:
            log.warning("blob left for later: %s", problem, extra={"for": self.function.name})
        finally:
            self._taken.discard((name, etag))

    def _service(self) -> BlobServiceClient:
        return BlobServiceClient.from_connection_string(self._runner.connection)
