"""One request to Microsoft Graph, and its raw answer: status, headers, body.

The SDK gives URL templates, tokens and transport. Its generated models stay out of the way:
their first use stalls a cold worker by more than a second. Its retries are off: waiting is
ours to decide.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from azure.core.exceptions import AzureError
from kiota_abstractions.base_request_builder import BaseRequestBuilder
from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware.options import ResponseHandlerOption
from pydantic import BaseModel

from b2b import events
from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.errors import NO_TOKEN, no_answer
from b2b.domain.errors import TryLater

log = logging.getLogger(__name__)
LARGEST_BATCH = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to be sent alone or within a batch. Query names begin with `$` as in OData."""

    method: Method
    builder: BaseRequestBuilder
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    writes: bool | None = None  # None: by the method; some reads are POSTs

    @property
    def is_write(self) -> bool:
        return self.method is not Method.GET if self.writes is None else self.writes

    def as_request(self) -> RequestInformation:
        request = RequestInformation(
            self.method, self.builder.url_template, dict(self.builder.path_parameters)
        )
        request.query_parameters = {
            name.replace("$", "%24"): value for name, value in self.query.items()
        }
        for name, value in self.headers.items():
            request.headers.add(name, value)
        if self.body is not None:
            request.set_stream_content(json.dumps(self.body).encode(), "application/json")
        return request

    def as_part(self, number: int, base: str) -> dict[str, Any]:
        """One of the requests of a JSON batch, with a URL relative to `base`."""
        request = self.as_request()
        request.path_parameters["baseurl"] = base
        part: dict[str, Any] = {
            "id": str(number),
            "method": self.method.value,
            "url": str(request.url).removeprefix(base).replace("%24", "$"),
        }
        headers = dict(self.headers)
        if self.body is not None:
            headers["Content-Type"] = "application/json"
            part["body"] = self.body
        return part | ({"headers": headers} if headers else {})


class _Part(BaseModel):
    id: str
    status: int
    headers: dict[str, str] = {}
    body: Any = None


class _Parts(BaseModel):
    responses: list[_Part]


class Graph:
    """Sends; translates a lost connection, and nothing else. Safe for many requests at once."""

    def __init__(self, adapter: RequestAdapter) -> None:
        self._adapter = adapter

    @property
    def base_url(self) -> str:
        return str(self._adapter.base_url)

    async def send(self, ask: Ask) -> Answer:
        """Raises TryLater when no answer came."""
        return await self._send(ask.as_request(), writes=ask.is_write)

    async def send_all(self, asks: Sequence[Ask]) -> list[Answer]:
        """At most 20, in one round trip; answers in the order of the asks."""
        base = self.base_url
        parts = [ask.as_part(number, base) for number, ask in enumerate(asks)]
        batch = RequestInformation(Method.POST, "{+baseurl}/$batch", {})
        batch.set_stream_content(json.dumps({"requests": parts}).encode(), "application/json")
        writes = any(ask.is_write for ask in asks)
        answer = await self._send(batch, writes=writes)
        if not answer.ok:
            return [answer] * len(asks)
        by_id = {part.id: part for part in answer.read(_Parts).responses}
        return [_as_answer(by_id[str(number)]) for number in range(len(asks))]

    async def _send(self, request: RequestInformation, *, writes: bool) -> Answer:
        correlation = str(uuid4())
        request.headers.try_add("client-request-id", correlation)
        request.add_request_options([_raw()])
        try:
            raw = await self._adapter.send_primitive_async(request, "bytes", None)
        except httpx.TransportError as failure:
            raise no_answer(failure, writes=writes) from failure
        except AzureError as failure:  # nothing was sent: there was no token to send it with
            raise TryLater(NO_TOKEN, timedelta(seconds=30)) from failure
        answer = Answer(raw.status_code, raw.headers, raw.content)
        if not answer.ok:
            facts = {
                "status": answer.status,
                "request_id": answer.headers.get("request-id", ""),
                "client_request_id": correlation,
            }
            log.info(events.GRAPH_ANSWERED_ERROR, extra=facts)
        return answer


def _as_answer(part: _Part) -> Answer:
    return Answer(part.status, httpx.Headers(part.headers), part.body)


class _Raw:
    """Hands the httpx response through, so that errors are ours to read."""

    async def handle_response_async(self, response: httpx.Response, _: object) -> httpx.Response:
        return response


def _raw() -> ResponseHandlerOption:
    return ResponseHandlerOption(_Raw())
