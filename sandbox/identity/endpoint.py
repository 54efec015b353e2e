"""The token endpoint App Service gives to code with a managed identity.

https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
"""

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Self

from aiohttp import web
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from sandbox.identity.people import NOBODY, Person, token_of
from sandbox.identity.tokens import GRAPH, SANDBOX_APP, SANDBOX_TENANT, mint

PATH: Final = "/msi/token"
GRAPH_RESOURCES: Final = (GRAPH, f"{GRAPH}/", "00000003-0000-0000-c000-000000000000")
UNKNOWN: Final = (
    "No User Assigned or Delegated Managed Identity found for specified "
    "ClientId/ResourceId/PrincipalId."
)


class Identity(BaseModel):
    """One managed identity: its app id, its Graph roles, its directory roles."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    client_id: str = SANDBOX_APP
    roles: list[str] = []
    wids: list[str] = []


class IdentityEndpoint:
    """A running endpoint: `async with IdentityEndpoint.running(secret=...) as identity`.

    The first identity answers when no client_id is asked for, any other by its client_id.
    """

    def __init__(
        self,
        secret: str,
        header: str,
        identities: list[Identity],
        tenant: str = SANDBOX_TENANT,
        lifetime: float = 3600.0,
    ) -> None:
        self.secret, self.header, self.tenant = secret, header, tenant
        self.identities, self.lifetime = identities, lifetime
        self.person: Person | None = None  # nobody ran `az login` yet
        self.handed_out = 0
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        *,
        secret: str = "sandbox",
        header: str = "sandbox-header",
        port: int = 0,
        roles: list[str] | None = None,
        identities: list[Identity] | None = None,
        tenant: str = SANDBOX_TENANT,
        lifetime: float = 3600.0,
    ) -> AsyncIterator[Self]:
        known = identities or [Identity(roles=roles or [])]
        endpoint = cls(secret, header, known, tenant, lifetime)
        runner = web.AppRunner(endpoint.application(), access_log=None, shutdown_timeout=2)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            endpoint.port = runner.addresses[0][1]
            yield endpoint
        finally:
            await runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}{PATH}"

    @property
    def az(self) -> Mapping[str, str]:
        """What a program needs beside sandbox/identity/bin on its PATH."""
        return {"SANDBOX_AZ": f"http://localhost:{self.port}/sandbox/az"}

    @property
    def environment(self) -> Mapping[str, str]:
        """What azure-identity reads."""
        return {"IDENTITY_ENDPOINT": self.url, "IDENTITY_HEADER": self.header}

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get(PATH, self._token)
        app.router.add_get("/sandbox/roles", self._show)
        app.router.add_post("/sandbox/roles", self._change)
        app.router.add_put("/sandbox/person", self._sign_in)
        app.router.add_get("/sandbox/az", self._az)
        return app

    async def _token(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("X-IDENTITY-HEADER") != self.header:
            return _refused(401, "The X-IDENTITY-HEADER does not match.")
        if request.query.get("api-version") != "2019-08-01":
            return _refused(400, "The api-version is not supported.")
        resource = request.query.get("resource")
        if not resource:
            return _refused(400, "The parameter resource is required.")
        identity = self._known(request.query.get("client_id"))
        if identity is None:
            return _refused(400, UNKNOWN)
        return web.json_response(self._handed(identity, resource))

    def _known(self, client: str | None) -> Identity | None:
        if client is None:
            return self.identities[0]
        return next((one for one in self.identities if one.client_id == client), None)

    def _handed(self, identity: Identity, resource: str) -> dict[str, Any]:
        self.handed_out += 1
        graph = resource in GRAPH_RESOURCES
        token = mint(
            self.secret,
            roles=identity.roles if graph else (),
            wids=identity.wids if graph else (),
            audience=resource,
            tenant=self.tenant,
            app=identity.client_id,
            lifetime=self.lifetime,
        )
        return {
            "access_token": token,
            "client_id": identity.client_id,
            "expires_on": str(int(time.time() + self.lifetime)),
            "resource": resource,
            "token_type": "Bearer",
        }

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        """az login: {"scopes": [...], "wids": [...]}; az logout: null."""
        given = json.loads(await request.read())
        self.person = None if given is None else Person.model_validate(given)
        return web.json_response({})

    async def _az(self, request: web.Request) -> web.StreamResponse:
        """What sandbox/identity/bin/az asks for its caller."""
        resource = request.query["resource"]
        if self.person is None or request.query.get("tenant", self.tenant) != self.tenant:
            return web.Response(status=401, text=NOBODY)
        token = token_of(
            self.person,
            resource,
            secret=self.secret,
            tenant=self.tenant,
            lifetime=self.lifetime,
            graph=resource in GRAPH_RESOURCES,
        )
        return web.json_response(token)

    async def _show(self, _: web.Request) -> web.StreamResponse:
        shown = [identity.model_dump(by_alias=True) for identity in self.identities]
        return web.json_response({"identities": shown, "handedOut": self.handed_out})

    async def _change(self, request: web.Request) -> web.StreamResponse:
        """{"roles": [...]} for the first identity, or {"identities": [...]} for all of them."""
        try:
            self.identities = read_identities(json.loads(await request.read()), self.identities)
        except ValueError as wrong:
            return _refused(400, str(wrong))
        return await self._show(request)


def read_identities(given: Any, before: list[Identity]) -> list[Identity]:
    """Raises ValueError."""
    if isinstance(given, list):
        given = {"roles": given}
    if "identities" in given:
        return [Identity.model_validate(one) for one in given["identities"]] or before
    first = Identity.model_validate(before[0].model_dump() | given)
    return [first, *before[1:]]


def _refused(status: int, message: str) -> web.StreamResponse:
    return web.json_response({"statusCode": status, "message": message}, status=status)
