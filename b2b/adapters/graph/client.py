"""One request to Microsoft Graph, and its raw answer: status, headers, body.

The SDK gives URL templates, tokens and transport. Its generated models stay out of the way:
their first use stalls a cold worker by more than a second. Its retries are off: waiting is
ours to decide.
"""

import json
import logging
import re
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
from pydantic import BaseModel, ConfigDict

from b2b import events
from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.errors import NO_TOKEN, no_answer
from b2b.adapters.graph.pacing import PATIENCE, Budget, Pacing
from b2b.domain.errors import TryLater

log = logging.getLogger(__name__)
LARGEST_BATCH = 20
# https://learn.microsoft.com/graph/api/group-delete-members, user-delete-sponsors (read 2026-11-23)
_DELETES_A_PERSON = re.compile(r"/(?:members|owners|sponsors)/\{[^}]*\}(?:\{\?[^}]*\})?$")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to be sent alone or within a batch. Query names begin with `$` as in OData."""

    method: Method
    builder: BaseRequestBuilder
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    budget: Budget | None = None  # None: by the method; some reads are POSTs
    text: bytes | None = None  # in place of `body`: a mail as MIME in base64

    def __post_init__(self) -> None:
        """DELETE .../members/{id} without /$ref would delete the person: no code of ours may."""
        template = getattr(self.builder, "url_template", "")
        if self.method is Method.DELETE and _DELETES_A_PERSON.search(template):
            raise AssertionError(f"DELETE without /$ref: {template}")

    @property
    def spends(self) -> Budget:
        by_method = Budget.READS if self.method is Method.GET else Budget.WRITES
        return self.budget or by_method

    @property
    def changes(self) -> bool:
        """Whether doing it twice would differ from doing it once, by all that the method tells."""
        return self.spends is Budget.WRITES or (
            self.spends is Budget.MAILBOX and self.method is not Method.GET
        )

    def as_request(self) -> RequestInformation:
        request = RequestInformation(
            self.method, self.builder.url_template, dict(self.builder.path_parameters)
        )
        request.query_parameters = {
            name.replace("$", "%24"): value for name, value in self.query.items()
        }
        for name, value in self.headers.items():
            request.headers.add(name, value)
        if self.text is not None:
            request.set_stream_content(self.text, "text/plain")
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
    model_config = ConfigDict(hide_input_in_errors=True)

    id: str
    status: int
    headers: dict[str, str] = {}
    body: Any = None


class _Parts(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    responses: list[_Part]


class Graph:
    """Sends, at the pace that Graph allows; safe for many requests at once.

    Pauses up to `PATIENCE` seconds are made in place, longer ones are a TryLater.
    """

    def __init__(self, adapter: RequestAdapter, pacing: Pacing | None = None) -> None:
        self._adapter = adapter
        self._pacing = pacing or Pacing()

    @property
    def base_url(self) -> str:
        return str(self._adapter.base_url)

    async def send(self, ask: Ask) -> Answer:
        """Raises TryLater when no answer came or the limit is used up for longer."""
        patience = PATIENCE
        while True:
            patience -= await self._pacing.turn(ask.spends, patience)
            answer = await self._send(ask.as_request(), writes=ask.changes)
            self._pacing.heard(ask.spends, answer)
            if answer.status != 429:
                return answer

    async def send_all(self, asks: Sequence[Ask]) -> list[Answer]:
        """At most 20 reads, in one round trip; answers in the order of the asks.

        Those that Graph throttled are asked again, alone. Raises as `send` does.
        """
        answers: dict[int, Answer] = {}
        due, patience = dict(enumerate(asks)), PATIENCE
        while due:
            patience -= await self._pacing.turn(Budget.READS, patience)
            found = await self._send_batch(due)
            for answer in found.values():
                self._pacing.heard(Budget.READS, answer)
            answers |= found
            due = {number: due[number] for number, one in found.items() if one.status == 429}
        return [answers[number] for number in range(len(asks))]

    async def _send_batch(self, asks: Mapping[int, Ask]) -> dict[int, Answer]:
        parts = [ask.as_part(number, self.base_url) for number, ask in asks.items()]
        batch = RequestInformation(Method.POST, "{+baseurl}/$batch", {})
        batch.set_stream_content(json.dumps({"requests": parts}).encode(), "application/json")
        answer = await self._send(batch, writes=False)
        if not answer.ok:
            return dict.fromkeys(asks, answer)
        return {int(part.id): _as_answer(part) for part in answer.read(_Parts).responses}

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
