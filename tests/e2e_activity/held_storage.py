"""A proxy in front of storage that holds one write back for good: the moment to be killed at."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import ClientSession, web

ONE_HOP: Final = frozenset({"transfer-encoding", "content-encoding", "connection"})


@dataclass(slots=True)
class HeldStorage:
    """`holds` is the end of a blob's name; `reached` is set when a write to it is held."""

    upstream: str
    holds: str = ""
    url: str = ""
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if self.holds and request.method == "PUT" and request.path.endswith(self.holds):
            self.reached.set()
            await asyncio.Event().wait()  # until the connection is gone
        async with (
            ClientSession(auto_decompress=False) as session,
            session.request(
                request.method,
                self.upstream + request.raw_path,
                headers=request.headers,
                data=body,
                skip_auto_headers=("Content-Type", "User-Agent", "Accept", "Accept-Encoding"),
            ) as answer,
        ):
            kept = [(k, v) for k, v in answer.headers.items() if k.lower() not in ONE_HOP]
            content = await answer.read()
            response = web.Response(status=answer.status, body=content)
            for name, value in kept:
                response.headers[name] = value
            return response


@asynccontextmanager
async def held_storage(connection: str) -> AsyncIterator[tuple[HeldStorage, str]]:
    """The proxy, and the connection string whose blobs go through it."""
    endpoint = dict(part.split("=", 1) for part in connection.split(";") if part)["BlobEndpoint"]
    origin = "/".join(endpoint.split("/")[:3])
    held = HeldStorage(origin)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{rest:.*}", held.pass_on)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        held.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield held, connection.replace(endpoint, endpoint.replace(origin, held.url))
    finally:
        await runner.cleanup()
