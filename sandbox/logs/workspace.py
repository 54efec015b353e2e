"""The Logs Ingestion API as a web server on loopback, over TLS, with tables in memory.

POST /dataCollectionRules/{rule}/streams/{stream}?api-version=2023-01-01, a JSON array, answered by
204: https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview. At most 1 MB
a call, packed and unpacked: https://learn.microsoft.com/azure/azure-monitor/service-limits
(both read 2026-11-23). Codes and words of the refusals are not documented and are ours.
"""

import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Self

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from sandbox.identity.tokens import BadToken, read
from sandbox.logs.certificate import Certificate

AUDIENCES: Final = ("https://monitor.azure.com", "https://monitor.azure.com/")
VERSION: Final = "2023-01-01"
LARGEST: Final = 1024 * 1024
RULE: Final = "dcr-00000000000040008000000000000001"
COLUMNS: Final = frozenset({"TimeGenerated", "EventTime", "EventId", "Event"})
STREAMS: Final = {"Custom-GuestSignIns": COLUMNS, "Custom-GuestAudits": COLUMNS}


class Fault(BaseModel):
    """The next `count` calls are answered by `status`, or lost; kept first if `after_effect`."""

    model_config = ConfigDict(extra="forbid")

    status: int = 503
    count: int = 1
    drop: bool = False
    after_effect: bool = False
    headers: dict[str, str] = {}


class _No(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Workspace:
    """A running stand-in: `async with Workspace.running(secret=...) as workspace`."""

    def __init__(self, secret: str, certificate: Certificate) -> None:
        self.secret, self.authority = secret, certificate.authority
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in STREAMS}
        self.faults: list[Fault] = []
        self.calls: list[int] = []  # bytes of JSON in each that was kept
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def running(cls, *, secret: str = "sandbox", port: int = 0) -> AsyncIterator[Self]:
        with tempfile.TemporaryDirectory(prefix="sandbox-logs-") as folder:
            certificate = Certificate.made_in(Path(folder))
            workspace = cls(secret, certificate)
            runner = web.AppRunner(workspace.application(), access_log=None, shutdown_timeout=1)
            await runner.setup()
            try:
                site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=certificate.server)
                await site.start()
                workspace.port = runner.addresses[0][1]
                yield workspace
            finally:
                await runner.cleanup()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def application(self) -> web.Application:
        app = web.Application(client_max_size=16 * LARGEST)
        app.router.add_post("/dataCollectionRules/{rule}/streams/{stream}", self._take)
        app.router.add_get("/sandbox/rows", self._show)
        app.router.add_post("/sandbox/faults", self._order)
        return app

    async def _take(self, request: web.Request) -> web.StreamResponse:
        fault = next((one for one in self.faults if one.count > 0), None)
        if fault is not None:
            fault.count -= 1
        try:
            if fault is None or fault.after_effect:
                self._keep(request, await request.read())
        except _No as no:
            told = {"error": {"code": no.code, "message": str(no)}}
            return web.json_response(told, status=no.status)
        if fault is None:
            return web.Response(status=204)
        if fault.drop and request.transport is not None:
            request.transport.abort()
        return web.Response(status=fault.status, headers=fault.headers)

    def _keep(self, request: web.Request, body: bytes) -> None:
        self._admit(request)
        if len(body) > LARGEST or (request.content_length or 0) > LARGEST:
            raise _No(413, "ContentLengthLimitExceeded", "At most 1 MB in a call.")
        stream = request.match_info["stream"]
        rows = _rows_in(body)
        for row in rows:
            # The service leaves undeclared columns out without a word: here nobody loses them.
            if unknown := row.keys() - STREAMS[stream]:
                raise _No(400, "InvalidStream", f"Undeclared columns: {sorted(unknown)}.")
        self.rows[stream] += rows
        self.calls.append(len(body))

    def _admit(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            claims = read(self.secret, token) if scheme.lower() == "bearer" else {}
        except BadToken as bad:
            raise _No(401, "InvalidToken", str(bad)) from bad
        if claims.get("aud") not in AUDIENCES:
            raise _No(401, "InvalidToken", "A token for https://monitor.azure.com is needed.")
        if request.query.get("api-version") != VERSION:
            raise _No(400, "UnsupportedApiVersion", f"api-version {VERSION} is needed.")
        if request.match_info["rule"] != RULE:
            raise _No(404, "NotFound", "There is no such data collection rule.")
        if request.match_info["stream"] not in STREAMS:
            raise _No(400, "InvalidStream", "The rule declares no such stream.")
        if request.content_type != "application/json":
            raise _No(415, "UnsupportedMediaType", "application/json is needed.")
        if request.headers.get("Content-Encoding") not in (None, "gzip"):
            raise _No(415, "UnsupportedEncoding", "gzip or nothing.")

    async def _show(self, _: web.Request) -> web.Response:
        return web.json_response({"rows": self.rows, "calls": self.calls})

    async def _order(self, request: web.Request) -> web.Response:
        self.faults.append(Fault.model_validate(await request.json()))
        return web.json_response({})


def _rows_in(body: bytes) -> list[dict[str, Any]]:
    try:
        rows = json.loads(body)
    except ValueError as wrong:
        raise _No(400, "InvalidPayload", "The body is no JSON.") from wrong
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _No(400, "InvalidPayload", "An array of objects is needed.")
    return rows
