"""The host's own web addresses, with the paths of the real one; loopback only."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from json import JSONDecodeError

from aiohttp import web

from sandbox.host import blob_webhook
from sandbox.host.blob_queue import BlobQueue
from sandbox.host.errors import CannotStart
from sandbox.host.invocation import Invoker
from sandbox.host.keys import Keys
from sandbox.host.listener import Listener
from sandbox.host.worker import Worker

log = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Underway = asyncio.Task[Exception | None]


@dataclass(frozen=True)
class Parts:
    """What a host is made of, once its app is loaded."""

    listeners: Mapping[str, Listener]
    invoker: Invoker
    worker: Worker
    keys: Keys
    blob_queue: BlobQueue | None
    """None when no blob trigger is there, and so no extension that has a webhook."""


@asynccontextmanager
async def serve_admin(parts: Parts, port: int, underway: set[Underway]) -> AsyncIterator[int]:
    """The port that is served; 0 takes a free one. What runs on request stands in `underway`."""
    desk = _Desk(parts, underway)
    app = web.Application(middlewares=[desk.ask_for_key])
    app.router.add_get("/admin/host/status", desk.status)
    app.router.add_post("/admin/functions/{name}", desk.invoke)
    app.router.add_post("/runtime/webhooks/blobs", desk.take_events)
    app.router.add_post("/sandbox/worker/crash", desk.crash)
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
    def __init__(self, parts: Parts, underway: set[Underway]) -> None:
        self._parts = parts
        self._listeners = parts.listeners
        self._underway = underway

    @web.middleware
    async def ask_for_key(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        keys = self._parts.keys
        is_webhook = request.path.startswith("/runtime/webhooks/")
        may = keys.is_blobs(request) if is_webhook else keys.is_master(request)
        return await handler(request) if may else web.Response(status=401)

    async def status(self, request: web.Request) -> web.Response:
        del request
        up = all(listener.phase.up.is_set() for listener in self._listeners.values())
        stopping = any(listener.phase.stopping.is_set() for listener in self._listeners.values())
        state = "Stopping" if stopping else "Running" if up else "Initialized"
        tallies = self._parts.invoker.tallies
        functions = {name: asdict(tallies[name]) for name in self._listeners}
        return web.json_response({"state": state, "functions": functions})

    async def invoke(self, request: web.Request) -> web.Response:
        """202 like the real host; with `wait` in the address, our own, how the run ended."""
        listener = self._listeners.get(request.match_info["name"])
        try:
            given = await request.json()
        except JSONDecodeError:
            given = None
        if not isinstance(given, dict):
            return web.json_response({"error": "the body is no JSON object"}, status=400)
        if listener is None:
            return web.json_response({"error": "no such function"}, status=404)
        run = asyncio.create_task(listener.invoke(str(given.get("input") or "")))
        self._underway.add(run)
        run.add_done_callback(self._underway.discard)
        if "wait" not in request.query:
            return web.Response(status=202)
        failure = await asyncio.shield(run)
        error = type(failure).__name__ if failure else None
        return web.json_response({"error": error}, status=500 if failure else 200)

    async def take_events(self, request: web.Request) -> web.Response:
        if self._parts.blob_queue is None:
            return web.Response(status=404)
        return await blob_webhook.answer(request, self._parts.blob_queue)

    async def crash(self, request: web.Request) -> web.Response:
        """Ours alone: the worker ends as if its process had died."""
        del request
        self._parts.worker.crash()
        return web.json_response({}, status=202)
