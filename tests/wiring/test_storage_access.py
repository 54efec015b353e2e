"""How storage is reached: with our own proof of who we are, and through a proxy if there is one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from b2b.domain.request import BatchId
from b2b.settings import Settings
from b2b.wiring.connections import Connections

KEY = "c2VjcmV0"


class EmptyStorage:
    """Tables can be made, nothing is found. `asked`: the host and kind of proof of each request."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.host, request.headers.get("Authorization", "").split(" ")[0]))
        if request.method == "POST":
            return web.json_response({"TableName": "any"}, status=201)
        return web.json_response({"odata.error": {"code": "ResourceNotFound"}}, status=404)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        async with TestServer(app) as server:
            yield f"http://{server.host}:{server.port}"


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> EmptyStorage:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return EmptyStorage()


async def look_for_something(url: str) -> None:
    """One request at least to the tables and one to the blobs of the account at `url`."""
    ends = f"TableEndpoint={url}/account;BlobEndpoint={url}/account"
    settings = Settings.read(
        {
            "AzureWebJobsStorage": f"AccountName=account;AccountKey={KEY};{ends}",
            "SERVICEBUS": "Endpoint=sb://localhost/;SharedAccessKeyName=a;SharedAccessKey=b",
            "TENANT_ID": "tenant",
            "TENANT_INITIAL_DOMAIN": "contoso.onmicrosoft.com",
        }
    )
    shared = Connections.of(settings, lambda: datetime.now(UTC))
    try:
        assert await shared.ledger.batch(BatchId("none")) is None
        assert await shared.files.names("none") == []
    finally:
        for close in shared.closers:
            await close()


async def test_a_password_in_the_home_folder_is_not_taken_for_ours(
    storage: EmptyStorage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with storage.running() as url:
        await look_for_something(url)

    assert {proof for _, proof in storage.asked} == {"SharedKey"}


async def test_a_proxy_of_the_environment_is_used(
    storage: EmptyStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with storage.running() as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        await look_for_something("http://storage.invalid")

    assert {host for host, _ in storage.asked} == {"storage.invalid"}
    assert len(storage.asked) >= 3
