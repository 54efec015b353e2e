"""Runs a blob's function: tried again at once, and put on the poison queue in the end."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobClient, BlobServiceClient
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

from sandbox.host.blob_input import read_blob
from sandbox.host.blob_path import BlobPath
from sandbox.host.function import Function
from sandbox.host.invocation import Invoker

log = logging.getLogger(__name__)

POISON_QUEUE = "webjobs-blobtrigger-poison"


class BlobRunner:
    def __init__(
        self, function: Function, path: BlobPath, connection: str, tries: int, invoker: Invoker
    ) -> None:
        self.function = function
        self.path = path
        self.connection = connection
        self._tries = tries
        self._invoker = invoker

    async def run(self, service: BlobServiceClient, name: str, etag: str = "") -> None:
        """Returns when this version is done with: worked on, poisoned, or gone."""
        blob = service.get_blob_client(self.path.container, name)
        for _ in range(self._tries):
            found = await _look(blob)
            if found is None or (etag and bare(found.etag) != bare(etag)):
                return  # gone, or a newer version will have its own run
            if await self.once(blob, found) is None:
                return
        await self._poison(name, str(found.etag) if found else etag)

    async def once(self, blob: BlobClient, found: BlobProperties) -> Exception | None:
        tokens = self.path.match(blob.blob_name) or {}

        async def decode() -> Any:
            return await read_blob(self.function, blob, found, tokens)

        return await self._invoker.run(self.function, decode)

    async def _poison(self, name: str, etag: str) -> None:
        message = {
            "FunctionId": f"Host.Functions.{self.function.name}",
            "BlobType": "BlockBlob",
            "ContainerName": self.path.container,
            "BlobName": name,
            "ETag": bare(etag),
        }
        await _send(self.connection, message)
        log.error("blob given up", extra={"blob": name, "tries": self._tries, "etag": bare(etag)})


def bare(etag: str) -> str:
    """A listing gives ETags without the quotes that a single answer has."""
    return etag.strip('"')


async def _look(blob: BlobClient) -> BlobProperties | None:
    try:
        return await blob.get_blob_properties()
    except ResourceNotFoundError:
        return None


async def _send(connection: str, message: Mapping[str, str]) -> None:
    async with QueueClient.from_connection_string(
        connection, POISON_QUEUE, message_encode_policy=TextBase64EncodePolicy()
    ) as queue:
        try:
            await queue.send_message(json.dumps(message))
        except ResourceNotFoundError:
            try:
                await queue.create_queue()
            except ResourceExistsError:
                log.info("poison queue made by another")
            await queue.send_message(json.dumps(message))
