"""What the blob extension answers to Event Grid: it queues whatever a notification names.

Sources, read on 2026-11-29: azure-sdk-for-net, `HttpRequestProcessor` of the Event Grid extension
and `BlobsExtensionConfigProvider.ProcessEventsAsync`. Neither looks at an event's type or
container, or whether the function or the blob exists: only the filters of the event subscription
do.
"""

import ipaddress
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from aiohttp import web

from sandbox.host.blob_queue import BlobQueue, message

log = logging.getLogger(__name__)


async def answer(request: web.Request, queue: BlobQueue) -> web.Response:
    """The caller has shown the key."""
    kind = request.headers.get("aeg-event-type", "").lower()
    try:
        if kind == "subscriptionvalidation":
            return web.json_response({"validationResponse": _code(await request.json())})
        if kind == "notification":
            for event in _listed(await request.json()):
                await queue.put(_message(event, request.query.get("functionName")))
            return web.Response(status=202)
    except (ValueError, LookupError, TypeError) as problem:  # in .NET an exception nobody catches
        log.error("event not understood: %s", problem)
        return web.Response(status=500)
    return web.Response(status=202 if kind == "unsubscribe" else 400)


def _code(events: Any) -> str:
    if isinstance(events, list):
        return str(events[0]["data"]["validationCode"])
    return str(json.loads(str(events["data"]))["validationCode"])


def _listed(events: Any) -> list[Any]:
    if not isinstance(events, list | dict):
        raise TypeError("neither an object nor an array")
    return events if isinstance(events, list) else [events]


def _message(event: Any, function_id: str | None) -> dict[str, Any]:
    if "specversion" in event:
        raise ValueError("a CloudEvent")
    data: Mapping[str, Any] = event["data"]
    container, blob = _place(str(data["url"]))
    kind = str(data["blobType"]).removesuffix("Blob")
    if kind not in ("Block", "Page", "Append"):
        raise ValueError(f"no blob type: {kind}")
    return message(function_id, f"{kind}Blob", container, blob, str(data.get("eTag") or ""))


def _place(url: str) -> tuple[str, str]:
    """Container and blob. Below an IP address the account's name comes first."""
    parts = urlsplit(url)
    path = parts.path.lstrip("/")
    if _is_address(parts.hostname or "") or parts.port:
        path = path.partition("/")[2]
    container, _, blob = path.partition("/")
    return container, unquote(blob)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
