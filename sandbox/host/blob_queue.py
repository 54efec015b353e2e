"""The storage queues behind blob triggers: of events that wait, and of blobs given up.

Sources, read on 2026-11-29: azure-sdk-for-net, Microsoft.Azure.WebJobs.Extensions.Storage.Blobs,
`BlobTriggerMessage`, `SharedBlobQueueListenerFactory`, `BlobQueueTriggerExecutor`.
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueMessage, TextBase64DecodePolicy, TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

POISON_QUEUE = "webjobs-blobtrigger-poison"


def message(
    function_id: str | None, blob_type: str, container: str, blob: str, etag: str
) -> dict[str, Any]:
    """Of one version of one blob for one function."""
    return {
        "Type": "BlobTrigger",
        "FunctionId": function_id,
        "BlobType": blob_type,
        "ContainerName": container,
        "BlobName": blob,
        "ETag": quoted(etag),
    }


def quoted(etag: str) -> str:
    """A listing and an event give ETags without the quotes that a single answer has."""
    return '"' + etag.strip('"') + '"'


class BlobQueue:
    """Outlives the host; shared by all the functions of an app."""

    def __init__(self, connection: str, host_id: str, hidden_for: float) -> None:
        self._client = _queue(connection, f"azure-webjobs-blobtrigger-{host_id}")
        self._hidden_for = hidden_for
        self.filled = asyncio.Event()

    async def put(self, content: Mapping[str, Any]) -> None:
        await _send(self._client, content)
        self.filled.set()

    async def take(self) -> QueueMessage | None:
        """Hidden from others until it is removed or given back, or the host has died."""
        try:
            return await self._client.receive_message(visibility_timeout=int(self._hidden_for))
        except ResourceNotFoundError:
            return None  # nothing was ever put

    async def remove(self, taken: QueueMessage) -> None:
        await self._client.delete_message(taken)

    async def give_back(self, taken: QueueMessage) -> None:
        await self._client.update_message(taken, visibility_timeout=0)

    async def close(self) -> None:
        await self._client.close()


async def give_up(connection: str, content: Mapping[str, Any]) -> None:
    """Puts the message on the poison queue of the blob's account."""
    async with _queue(connection, POISON_QUEUE) as queue:
        await _send(queue, content)


def _queue(connection: str, name: str) -> QueueClient:
    return QueueClient.from_connection_string(
        connection,
        name,
        message_encode_policy=TextBase64EncodePolicy(),
        message_decode_policy=TextBase64DecodePolicy(),
    )


async def _send(queue: QueueClient, content: Mapping[str, Any]) -> None:
    try:
        await queue.send_message(json.dumps(content))
    except ResourceNotFoundError:
        with contextlib.suppress(ResourceExistsError):  # made by another
            await queue.create_queue()
        await queue.send_message(json.dumps(content))
