"""The stand-in as a web server on loopback: Graph under /v1.0 and /beta, a panel under /sandbox."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import Any, Self
from urllib.parse import unquote
from uuid import uuid4

from aiohttp import web

from sandbox.directory.batch import batched
from sandbox.directory.callers import caller_of
from sandbox.directory.door import Ask, answered, refused, written_body
from sandbox.directory.faults import Fault
from sandbox.directory.mailboxes import MIME
from sandbox.directory.panel import panel
from sandbox.directory.refusals import Refused, bad
from sandbox.directory.seed import plant
from sandbox.directory.tenant import Tenant
from sandbox.directory.world import Answer, World
from sandbox.identity.tokens import mint

LONGEST_BODY = 8 * 1024 * 1024


class LostAnswer(Exception):
    """The connection is to be closed without an answer."""


class Directory:
    """A running stand-in: `async with Directory.running(secret=...) as directory`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        *,
        secret: str = "sandbox",
        port: int = 0,
        scale: float = 1.0,
        seed: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> AsyncIterator[Self]:
        """Settings are those of Tenant, by their Python or their JSON names."""
        world = World(secret, Tenant.model_validate(settings), scale)
        plant(world, seed or {})
        directory = cls(world)
        runner = web.AppRunner(directory.application(), access_log=None, shutdown_timeout=2)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", port)
            await site.start()
            directory.port = runner.addresses[0][1]
            yield directory
        finally:
            await runner.cleanup()

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/v1.0"

    @property
    def tenant(self) -> Tenant:
        return self.world.tenant

    def token(self, *roles: str, **claims: Any) -> str:
        claims = {"tenant": self.tenant.id} | claims
        return mint(self.world.secret, roles=roles, **claims)

    def application(self) -> web.Application:
        app = web.Application(client_max_size=LONGEST_BODY)
        app.add_routes(panel(self.world))
        app.router.add_route("*", "/{version:v1\\.0|beta}{rest:/.*}", self._serve)
        return app

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.world.counters.add("requests")
        if self.world.tenant.latency_ms > 0:
            await asyncio.sleep(self.world.tenant.latency_ms / 1000)
        client = request.headers.get("client-request-id")
        try:
            answer = self._answer(await self._asked(request))
        except Refused as refusal:
            answer = refused(self.world, refusal, _lower(request.headers))
        except LostAnswer:
            return await _hang_up(request)
        answer.headers.setdefault("Date", formatdate(self.world.clock.now(), usegmt=True))
        return _response(answer, client)

    async def _asked(self, request: web.Request) -> Ask:
        raw = request.raw_path
        version, _, rest = raw.lstrip("/").partition("/")
        origin = f"{request.scheme}://{request.host}"
        return Ask(
            request.method,
            version,
            f"/{rest}",
            _lower(request.headers),
            await _content(request),
            origin,
        )

    def _answer(self, ask: Ask) -> Answer:
        if ask.method == "POST" and ask.target in ("/$batch", "/%24batch"):
            caller_of(ask.headers, self.world.tenant, self.world.secret)
            return self._with_faults(ask, lambda ask: batched(self.world, ask, self._inner))
        return self._with_faults(ask, lambda ask: answered(self.world, ask))

    def _inner(self, ask: Ask) -> Answer:
        """Inside a batch there is no connection of its own to lose: the answer is a 504."""
        try:
            return self._with_faults(ask, lambda ask: answered(self.world, ask))
        except LostAnswer:
            lost = Refused(504, "UnknownError", "The answer was lost.")
            return refused(self.world, lost, ask.headers)

    def _with_faults(self, ask: Ask, work: Any) -> Answer:
        body = json.dumps(ask.body) if ask.body is not None else ""
        fault = self.world.faults.struck(ask.method, unquote(ask.target), body)
        if fault is None:
            done: Answer = work(ask)
            return done
        self.world.counters.add("faults")
        if fault.after_effect:
            work(ask)
        if fault.drop or fault.status is None:
            raise LostAnswer
        return _faulty(self.world, fault, ask)


def _faulty(world: World, fault: Fault, ask: Ask) -> Answer:
    refusal = Refused(fault.status or 500, fault.code, fault.message, fault.headers)
    answer = refused(world, refusal, ask.headers)
    if fault.body is not None:
        answer.body, answer.text = None, fault.body
    return answer


async def _content(request: web.Request) -> Any:
    """JSON, or the text of a mail in MIME: only its own operation takes that."""
    raw = await request.read()
    if request.content_type == "text/plain" and raw.strip():
        return {MIME: raw.decode("utf-8", "replace").strip()}
    return _parsed(raw)


def _parsed(raw: bytes) -> Any:
    if not raw.strip():
        return None
    try:
        return json.loads(raw)
    except ValueError as wrong:
        raise bad("Unable to read JSON request payload.", "BadRequest") from wrong


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _response(answer: Answer, client: str | None) -> web.Response:
    request = answer.headers.setdefault("request-id", str(uuid4()))
    headers = answer.headers | {"client-request-id": client or request}
    written = written_body(answer)
    if written is None:
        return web.Response(status=answer.status, headers=headers)
    body, kind = written
    kind = headers.pop("Content-Type", kind)
    return web.Response(status=answer.status, body=body, headers=headers | {"Content-Type": kind})


async def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
