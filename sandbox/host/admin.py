"""The host's own web addresses, with the paths of the real one; loopback only."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from json import JSONDecodeError

from aiohttp import web

from sandbox.host.blob_events import BlobEvents
from sandbox.host.errors import CannotStart
from sandbox.host.invocation import Invoker
from sandbox.host.listener import Listener

log = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
_VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"


Underway = asyncio.Task[Exception | None]


@asynccontextmanager
async def serve_admin(
    listeners: Mapping[str, Listener], invoker: Invoker, port: int, underway: set[Underway]
) -> AsyncIterator[int]:
    """The port that is served; 0 takes a free one. What runs on request stands in `underway`."""
    desk = _Desk(listeners, invoker, underway)
    app = web.Application()
    app.router.add_get("/admin/host/status", desk.status)
    app.router.add_post("/admin/functions/{name}", desk.invoke)
    app.router.add_post("/runtime/webhooks/blobs", desk.take_events)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await _open(runner, port)
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _open(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, ADDRESS, port).start()
    except OSError as taken:
        raise CannotStart(f"the admin port {port} cannot be had: {taken}") from taken


class _Desk:
    def __init__(
        self, listeners: Mapping[str, Listener], invoker: Invoker, underway: set[Underway]
    ) -> None:
        self._listeners = listeners
        self._invoker = invoker
        self._underway = underway

    async def status(self, request: web.Request) -> web.Response:
        del request
        up = all(listener.phase.up.is_set() for listener in self._listeners.values())
        stopping = any(listener.phase.stopping.is_set() for listener in self._listeners.values())
        state = "Stopping" if stopping else "Running" if up else "Initialized"
        functions = {name: asdict(self._invoker.tallies[name]) for name in self._listeners}
        return web.json_response({"state": state, "functions": functions})

    async def invoke(self, request: web.Request) -> web.Response:
        listener = self._listeners.get(request.match_info["name"])
        if listener is None:
            return web.json_response({"error": "no such function"}, status=404)
        try:
            given = await request.json() if request.can_read_body else {}
        except JSONDecodeError:
            return web.json_response({"error": "the body is not JSON"}, status=400)
        run = asyncio.create_task(listener.invoke(str(given.get("input") or "")))
        self._underway.add(run)
        run.add_done_callback(self._underway.discard)
        if "wait" not in request.query:
            return web.Response(status=202)
        failure = await asyncio.shield(run)
        error = type(failure).__name__ if failure else None
        return web.json_response({"error": error}, status=500 if failure else 200)

    async def take_events(self, request: web.Request) -> web.Response:
        name = request.query.get("functionName", "").removeprefix("Host.Functions.")
        listener = self._listeners.get(name)
        if not isinstance(listener, BlobEvents):
            return web.json_response({"error": "no such Event Grid function"}, status=404)
        try:
            events = await request.json()
        except JSONDecodeError:
            return web.json_response({"error": "the body is not JSON"}, status=400)
        if code := _validation_code(events):
            return web.json_response({"validationResponse": code})
        listener.take(events)
        return web.Response(status=202)


def _validation_code(events: object) -> str | None:
    # learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
    first = events[0] if isinstance(events, list) and events else None
    if isinstance(first, Mapping) and first.get("eventType") == _VALIDATION:
        return str(first["data"]["validationCode"])
    return None
