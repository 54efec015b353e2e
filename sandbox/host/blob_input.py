"""A blob as the worker would hand it to the function: a stream, or a client of the SDK."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import azurefunctions.extensions.base as sdk
from azure.functions import meta
from azure.functions.blob import BlobConverter
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobClient

from sandbox.host.function import Function
from sandbox.host.signature import is_sdk_type


async def read_blob(
    function: Function, blob: BlobClient, found: BlobProperties, tokens: Mapping[str, str]
) -> Any:
    """The parameter's value. Raises ResourceNotFoundError when the blob is gone."""
    if is_sdk_type(function.annotation):
        # The extension's clients are synchronous; the stream one fetches as it is made.
        return await asyncio.to_thread(_deferred, function, blob)
    download = await blob.download_blob()
    content = meta.Datum(await download.readall(), "bytes")
    return BlobConverter.decode(content, trigger_metadata=_metadata(blob, found, tokens))


@dataclass(frozen=True)
class ModelBindingData:
    """A reference in the place of content, with the names of the host's message of that name."""

    content: str
    version: str = "1.0"
    source: str = "AzureStorageBlobs"
    content_type: str = "application/json"


def _deferred(function: Function, blob: BlobClient) -> Any:
    reference = {
        "Connection": connection_name(function),
        "ContainerName": blob.container_name,
        "BlobName": blob.blob_name,
    }
    given = sdk.Datum(ModelBindingData(json.dumps(reference)), "model_binding_data")
    registry: Any = sdk.get_binding_registry
    converter = registry().get("blobTrigger")
    return converter.decode(given, trigger_metadata={}, pytype=function.annotation)


def connection_name(function: Function) -> str:
    return str(function.trigger.get("connection") or "AzureWebJobsStorage")


def _metadata(
    blob: BlobClient, found: BlobProperties, tokens: Mapping[str, str]
) -> dict[str, meta.Datum]:
    properties = {
        "ContentLength": found.size,
        "ContentType": found.content_settings.content_type,
        "ETag": found.etag,
        "LastModified": found.last_modified.isoformat(),
    }
    return {
        **{name: meta.Datum(value, "string") for name, value in tokens.items()},
        "BlobTrigger": meta.Datum(f"{blob.container_name}/{blob.blob_name}", "string"),
        "Uri": meta.Datum(blob.url, "string"),
        "Properties": meta.Datum(json.dumps(properties), "json"),
        "Metadata": meta.Datum(json.dumps(dict(found.metadata or {})), "json"),
    }
