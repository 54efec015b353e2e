"""Files in blob containers: uploads streamed to disk, results streamed back."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import IO, Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from b2b.adapters.azure_errors import in_our_words
from b2b.domain.errors import Refused, TryLater
from b2b.domain.reason import Reason
from b2b.ports import FileProperties, OpenUpload

IN_MEMORY = 1024 * 1024
PIECE = 256 * 1024
NOT_MODIFIED = 304
_GONE = Reason("upload_gone", "The file was deleted before it was read.")


class BlobFiles:
    """Names are `container`, `name`; containers are made when first written to."""

    def __init__(self, service: BlobServiceClient) -> None:
        self._service = service

    async def properties(self, container: str, name: str) -> FileProperties:
        with in_our_words("storage"):
            try:
                found = await self._service.get_blob_client(container, name).get_blob_properties()
            except ResourceNotFoundError:
                raise Refused(_GONE) from None
        return FileProperties(str(found.etag).strip('"'), found.size)

    @asynccontextmanager
    async def open(self, container: str, name: str) -> AsyncIterator[OpenUpload]:
        """One version of the blob, held by its ETag, on local disk beyond the first MiB."""
        blob = self._service.get_blob_client(container, name)
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as disk:
            version = await _download(blob, disk)
            size = disk.tell()
            yield OpenUpload(version, size, lambda: _pieces(disk))

    async def write(self, container: str, name: str, chunks: AsyncIterator[bytes]) -> None:
        await self._put(container, name, chunks, {})

    async def replace(
        self, container: str, name: str, known: str, chunks: AsyncIterator[bytes]
    ) -> None:
        try:
            await self._put(container, name, chunks, _only_over(known))
        except ResourceExistsError:
            reason = Reason("changed_meanwhile", "Another writer was first (storage).")
            raise TryLater(reason, timedelta(seconds=1)) from None

    async def remove(self, container: str, name: str) -> None:
        with in_our_words("storage"), suppress(ResourceNotFoundError):
            await self._service.get_blob_client(container, name).delete_blob()

    async def _put(
        self, container: str, name: str, chunks: AsyncIterator[bytes], terms: dict[str, Any]
    ) -> None:
        blob = self._service.get_blob_client(container, name)
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as disk:
            async for chunk in chunks:
                disk.write(chunk)
            with in_our_words("storage"):
                try:
                    await _upload(blob, disk, terms)
                except ResourceNotFoundError:
                    with suppress(ResourceExistsError):  # somebody else was first
                        await self._service.create_container(container)
                    await _upload(blob, disk, terms)

    async def read(self, container: str, name: str, known: str = "") -> tuple[bytes | None, str]:
        """A small blob and its ETag; no bytes when `known` is still its ETag. Raises Refused."""
        blob = self._service.get_blob_client(container, name)
        with in_our_words("storage"):
            try:
                if known:
                    stream = await blob.download_blob(
                        etag=known, match_condition=MatchConditions.IfModified
                    )
                else:
                    stream = await blob.download_blob()
                return await stream.readall(), str(stream.properties.etag)
            except ResourceNotFoundError:
                raise Refused(Reason("blob_missing", f"There is no {container}/{name}.")) from None
            except HttpResponseError as answer:
                # The storage SDK raises ResourceModifiedError for what says "not modified".
                if answer.status_code != NOT_MODIFIED:
                    raise
                return None, known

    async def names(self, container: str) -> list[tuple[str, str]]:
        """Every blob and its ETag; none when there is no such container."""
        found = []
        with in_our_words("storage"):
            try:
                async for blob in self._service.get_container_client(container).list_blobs():
                    found.append((str(blob.name), str(blob.etag).strip('"')))
            except ResourceNotFoundError:
                return []
        return found


async def _download(blob: BlobClient, disk: IO[bytes]) -> str:
    with in_our_words("storage"):
        try:
            stream = await blob.download_blob()
        except ResourceNotFoundError:
            raise Refused(_GONE) from None
        async for chunk in stream.chunks():
            disk.write(chunk)
    return str(stream.properties.etag).strip('"')


def _pieces(disk: IO[bytes]) -> Iterator[bytes]:
    disk.seek(0)
    while piece := disk.read(PIECE):
        yield piece


async def _upload(blob: BlobClient, disk: IO[bytes], terms: dict[str, Any]) -> None:
    disk.seek(0)
    await blob.upload_blob(disk, **({"overwrite": True} | terms))


def _only_over(known: str) -> dict[str, Any]:
    if not known:
        return {"overwrite": False}  # sent as If-None-Match: *
    etag = '"' + known.strip('"') + '"'
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}
