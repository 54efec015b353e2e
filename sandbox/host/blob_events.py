"""The Event Grid blob trigger: does not look by itself, runs for every BlobCreated it is told.

No receipts: an event delivered twice runs twice, as on the real host.
"""

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient

from sandbox.host.blob_run import BlobRunner
from sandbox.host.function import Function
from sandbox.host.listener import Phase

log = logging.getLogger(__name__)

_CREATED = "Microsoft.Storage.BlobCreated"
_SUBJECT = re.compile(r"/blobServices/default/containers/(?P<container>[^/]+)/blobs/(?P<blob>.+)")


class BlobEvents:
    def __init__(self, runner: BlobRunner, parallelism: int) -> None:
        self.phase = Phase()
        self._runner = runner
        self._places = asyncio.Semaphore(parallelism)

    @property
    def function(self) -> Function:
        return self._runner.function

    async def listen(self) -> None:
        async with self._open() as self._service, asyncio.TaskGroup() as self._crew:
            self.phase.up.set()
            await self.phase.stopping.wait()

    async def invoke(self, text: str) -> Exception | None:
        _, _, name = text.strip("/").partition("/")
        blob = self._service.get_blob_client(self._runner.path.container, name)
        try:
            found = await blob.get_blob_properties()
        except ResourceNotFoundError as gone:
            return gone
        return await self._runner.once(blob, found)

    def take(self, events: object) -> None:
        """CloudEvents or Event Grid's own, one or a list; what is not for us is passed over."""
        for container, name in _created(events):
            path = self._runner.path
            if container == path.container and path.match(name) is not None:
                self._crew.create_task(self._run(name))

    async def _run(self, name: str) -> None:
        try:
            async with self._places:
                await self._runner.run(self._service, name)
        except AzureError as problem:
            log.warning("event lost: %s", problem, extra={"for": self.function.name})

    def _open(self) -> BlobServiceClient:
        return BlobServiceClient.from_connection_string(self._runner.connection)


def _created(events: object) -> Iterator[tuple[str, str]]:
    for event in events if isinstance(events, list) else [events]:
        if not isinstance(event, Mapping) or _kind(event) != _CREATED:
            continue
        if found := _SUBJECT.fullmatch(str(event.get("subject", ""))):
            yield found["container"], unquote(found["blob"])


def _kind(event: Mapping[str, Any]) -> object:
    return event.get("type") or event.get("eventType")
