"""A reverse proxy in front of the directory that keeps every request and its answer."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import ClientSession, web

ONE_HOP: Final = frozenset(
    {"transfer-encoding", "content-encoding", "content-length", "connection"}
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was sent and what came back. `target` is path and query as they were sent."""

    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    status: int
    answer_headers: dict[str, str]
    answer: bytes


@dataclass(slots=True)
class Recorder:
    """`url` is that of the proxy, with the version of the directory's."""

    upstream: str
    url: str = ""
    exchanges: list[Exchange] = field(default_factory=list)

    async def pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        origin = self.upstream.rpartition("/")[0]
        headers = {name: v for name, v in request.headers.items() if name.lower() not in ONE_HOP}
        async with (
            ClientSession(auto_decompress=True) as session,
            session.request(
                request.method, origin + request.raw_path, headers=headers, data=body
            ) as answer,
        ):
            content = await answer.read()
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in ONE_HOP}
            came = Exchange(
                method=request.method,
                target=request.raw_path,
                headers=_lower(request.headers),
                body=body,
                status=answer.status,
                answer_headers=_lower(answer.headers),
                answer=content,
            )
            self.exchanges.append(came)
            return web.Response(status=answer.status, headers=kept, body=content)


@asynccontextmanager
async def recording(upstream: str) -> AsyncIterator[Recorder]:
    recorder = Recorder(upstream)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", recorder.pass_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        version = upstream.rpartition("/")[2]
        recorder.url = f"http://localhost:{runner.addresses[0][1]}/{version}"
        yield recorder
    finally:
        await runner.cleanup()


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
