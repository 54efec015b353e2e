"""A storage account as a person with Storage Explorer uses it."""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient


@dataclass(frozen=True, slots=True)
class Storage:
    """By its connection string."""

    connection: str

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens. Raises ValueError for what is no connection string."""
        place = urlsplit(self._open().url)
        return place.hostname or "", place.port or 80

    async def make(self, container: str) -> None:
        async with self._open() as blobs:
            with suppress(ResourceExistsError):
                await blobs.create_container(container)

    async def put(self, container: str, name: str, content: bytes) -> None:
        await self.make(container)
        async with self._open() as blobs:
            await blobs.get_blob_client(container, name).upload_blob(content, overwrite=True)

    async def read(self, container: str, name: str) -> bytes:
        async with self._open() as blobs:
            stream = await blobs.get_blob_client(container, name).download_blob()
            return await stream.readall()

    async def version(self, container: str, name: str) -> str:
        """Another one after each write; nothing when there is no such file."""
        async with self._open() as blobs:
            with suppress(ResourceNotFoundError):
                found = await blobs.get_blob_client(container, name).get_blob_properties()
                return str(found.etag)
        return ""

    async def names(self, container: str) -> list[str]:
        """Sorted; none when there is no such container."""
        async with self._open() as blobs:
            with suppress(ResourceNotFoundError):
                found = blobs.get_container_client(container).list_blob_names()
                return sorted([name async for name in found])
        return []

    async def summaries(self) -> dict[str, dict[str, Any]]:
        """Every results/<batch>/summary.json there is, by batch."""
        return {
            name.partition("/")[0]: json.loads(await self.read("results", name))
            for name in await self.names("results")
            if name.endswith("/summary.json")
        }

    def _open(self) -> BlobServiceClient:
        return BlobServiceClient.from_connection_string(self.connection)
