"""Runs a blob's function: tried again at once, and put on the poison queue in the end."""

import logging
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from sandbox.host.blob_input import read_blob
from sandbox.host.blob_path import BlobPath
from sandbox.host.blob_queue import give_up, message, quoted
from sandbox.host.function import Function
from sandbox.host.invocation import Invoker

log = logging.getLogger(__name__)


class BlobRunner:
    def __init__(
        self, function: Function, path: BlobPath, connection: str, tries: int, invoker: Invoker
    ) -> None:
        self.function = function
        self.path = path
        self.connection = connection
        self.tries = tries
        self._invoker = invoker

    @property
    def id(self) -> str:
        return f"Host.Functions.{self.function.name}"

    async def run(self, service: BlobServiceClient, name: str, etag: str) -> None:
        """Returns when this version is done with: worked on, poisoned, or gone."""
        blob = service.get_blob_client(self.path.container, name)
        kind = ""
        for _ in range(self.tries):
            found = await _look(blob)
            if found is None or quoted(str(found.etag)) != quoted(etag):
                return  # gone, or a newer version will have its own run
            if await self.once(blob, found) is None:
                return
            kind = str(getattr(found.blob_type, "value", found.blob_type))
        await give_up(self.connection, message(self.id, kind, self.path.container, name, etag))
        log.error("blob given up", extra={"blob": name, "tries": self.tries, "etag": etag})

    async def once(self, blob: BlobClient, found: BlobProperties) -> Exception | None:
        tokens = self.path.match(blob.blob_name) or {}

        async def decode() -> Any:
            return await read_blob(self.function, blob, found, tokens)

        return await self._invoker.run(self.function, decode)

    async def by_hand(self, text: str) -> Exception | None:
        """Runs for the blob that an operator has named, as `container/name`."""
        _, _, name = text.strip("/").partition("/")
        async with BlobServiceClient.from_connection_string(self.connection) as service:
            blob = service.get_blob_client(self.path.container, name)
            found = await _look(blob)
            if found is None:
                return ResourceNotFoundError(f"there is no blob {name}")
            return await self.once(blob, found)


async def _look(blob: BlobClient) -> BlobProperties | None:
    try:
        return await blob.get_blob_properties()
    except ResourceNotFoundError:
        return None
