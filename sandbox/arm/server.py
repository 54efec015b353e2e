"""Role assignments and role definitions at any scope, as a web server on loopback.

https://learn.microsoft.com/azure/role-based-access-control/role-assignments-rest (read 2026-11-23)
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Self
from uuid import UUID

from aiohttp import web

from sandbox.arm.world import ROLES, Refused, Settings, World
from sandbox.identity.tokens import SANDBOX_TENANT, BadToken, read

AUDIENCES: Final = frozenset(
    f"https://management.{name}{end}"
    for name in ("azure.com", "core.windows.net")
    for end in ("", "/")
)
VERSION: Final = "2022-04-01"
PATH: Final = re.compile(
    r"(?P<scope>/.+)/providers/Microsoft\.Authorization/"
    r"(?P<kind>roleAssignments|roleDefinitions)(?:/(?P<name>[^/]+))?\Z"
)
SUBSCRIPTION: Final = re.compile(r"/subscriptions/([^/]+)")
DEFINITION: Final = re.compile(
    r"(?P<scope>/.*)?/providers/Microsoft\.Authorization/roleDefinitions/(?P<id>[0-9a-fA-F-]{36})\Z"
)
FILTER: Final = re.compile(r"(principalId|roleName) eq '((?:[^']|'')+)'\Z")
PROPERTIES: Final = frozenset({"roleDefinitionId", "principalId", "principalType", "description"})
KINDS: Final = frozenset({"User", "Group", "ServicePrincipal"})
Row = dict[str, Any]


class Arm:
    """A running stand-in: `async with Arm.running(secret=...) as arm`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        *,
        secret: str = "sandbox",
        tenant: str = SANDBOX_TENANT,
        port: int = 0,
        **settings: Any,
    ) -> AsyncIterator[Self]:
        arm = cls(World(secret, tenant, Settings.model_validate(settings)))
        runner = web.AppRunner(arm.application(), access_log=None, shutdown_timeout=2)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            arm.port = runner.addresses[0][1]
            yield arm
        finally:
            await runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/sandbox/state", self._state)
        app.router.add_put("/sandbox/settings", self._settings)
        app.router.add_post("/sandbox/assignments", self._plant)
        app.router.add_route("*", "/{path:.*}", self._serve)
        return app

    async def _state(self, _: web.Request) -> web.StreamResponse:
        rows = list(self.world.assignments.values())
        return web.json_response({"assignments": rows, "requests": self.world.requests})

    async def _settings(self, request: web.Request) -> web.StreamResponse:
        before = self.world.settings.model_dump(by_alias=True)
        self.world.settings = Settings.model_validate(before | await request.json())
        return await self._state(request)

    async def _plant(self, request: web.Request) -> web.StreamResponse:
        """{"scope", "name", "properties"}: somebody else assigned a role."""
        body = await request.json()
        return web.json_response(self.world.add(body["scope"], body["name"], body["properties"]))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.world.requests += 1
        try:
            status, body = self._answer(request, await request.read())
        except Refused as no:
            error = {"code": no.code, "message": no.message}
            return web.json_response({"error": error}, status=no.status)
        return web.json_response(body, status=status)

    def _answer(self, request: web.Request, raw: bytes) -> tuple[int, Row]:
        caller = self._caller(request)
        if request.query.get("api-version") != VERSION:
            raise Refused(400, "InvalidApiVersionParameter", f"The api-version is not {VERSION}.")
        found = PATH.match(request.path)
        if found is None:
            raise Refused(404, "ResourceNotFound", f"No such resource: {request.path}")
        scope, kind, name = found["scope"], found["kind"], found["name"]
        self._exists(scope)
        match request.method, kind, name:
            case "GET", "roleDefinitions", None:
                return 200, {"value": _definitions(request, scope)}
            case "GET", "roleAssignments", None:
                return 200, self._assignments(request, scope)
            case "PUT", "roleAssignments", str(name):
                return 201, self._assign(caller, scope, name, raw)
        raise Refused(405, "MethodNotAllowed", "This stand-in does not know that.")

    def _caller(self, request: web.Request) -> str:
        """The object id of whoever asks. Raises Refused (401)."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            claims = read(self.world.secret, token) if scheme == "Bearer" else {}
        except BadToken as bad:
            raise Refused(401, "InvalidAuthenticationToken", str(bad)) from bad
        if claims.get("aud") not in AUDIENCES:
            words = "The access token has been obtained for wrong audience or resource."
            raise Refused(401, "InvalidAuthenticationTokenAudience", words)
        if claims.get("tid") != self.world.tenant:
            raise Refused(401, "InvalidAuthenticationTokenTenant", "The tenant is another one.")
        return str(claims.get("oid") or claims.get("appid"))

    def _exists(self, scope: str) -> None:
        known, found = self.world.settings.subscriptions, SUBSCRIPTION.match(scope)
        if known is not None and found is not None and found[1] not in known:
            words = f"The subscription '{found[1]}' could not be found."
            raise Refused(404, "SubscriptionNotFound", words)

    def _assignments(self, request: web.Request, scope: str) -> Row:
        wanted = _filtered(request, "principalId")
        start = int(request.query.get("$skipToken", "0"))
        rows = [
            row
            for (where, _), row in self.world.assignments.items()
            if _above_or_below(where, scope.lower())
            and wanted in (None, row["properties"]["principalId"])
        ]
        end = start + self.world.settings.page
        following = request.url.update_query({"$skipToken": str(end)})
        more = {"nextLink": str(following)} if len(rows) > end else {}
        return {"value": rows[start:end], **more}

    def _assign(self, caller: str, scope: str, name: str, raw: bytes) -> Row:
        administrators = self.world.settings.administrators
        if administrators is not None and caller not in administrators:
            words = (
                f"The client with object id '{caller}' does not have authorization to perform "
                f"action 'Microsoft.Authorization/roleAssignments/write' over scope '{scope}'."
            )
            raise Refused(403, "AuthorizationFailed", words)
        if not _is_guid(name):
            raise Refused(400, "InvalidRoleAssignmentId", "The name of an assignment is a GUID.")
        return self.world.add(scope, name, self._properties(raw))

    def _properties(self, raw: bytes) -> Row:
        try:
            properties = dict(json.loads(raw)["properties"])
        except (ValueError, KeyError, TypeError) as wrong:
            raise Refused(400, "InvalidRequestContent", "properties are expected.") from wrong
        unknown = properties.keys() - PROPERTIES
        if unknown or not {"roleDefinitionId", "principalId"} <= properties.keys():
            raise Refused(400, "InvalidRequestContent", f"Unknown or missing: {sorted(unknown)}")
        role = DEFINITION.match(properties["roleDefinitionId"])
        if role is None or role["id"].lower() not in ROLES:
            raise Refused(400, "RoleDefinitionDoesNotExist", "There is no such role definition.")
        if properties.get("principalType", "User") not in KINDS:
            raise Refused(400, "InvalidPrincipalType", "There is no such type of principal.")
        principals = self.world.settings.principals
        if principals is not None and properties["principalId"] not in principals:
            words = f"Principal {properties['principalId']} does not exist in the directory."
            raise Refused(400, "PrincipalNotFound", words)
        return properties


def _definitions(request: web.Request, scope: str) -> list[Row]:
    wanted = _filtered(request, "roleName")
    where = f"{scope}/providers/Microsoft.Authorization/roleDefinitions"
    return [
        {"id": f"{where}/{name}", "name": name, "properties": {"roleName": role}}
        for name, role in ROLES.items()
        if wanted in (None, role)
    ]


def _filtered(request: web.Request, name: str) -> str | None:
    text = request.query.get("$filter")
    if text is None:
        return None
    found = FILTER.match(text)
    if found is None or found[1] != name:
        raise Refused(400, "InvalidFilter", f"Not supported: {text}")
    return found[2].replace("''", "'")


def _above_or_below(where: str, scope: str) -> bool:
    return f"{where}/".startswith(f"{scope}/") or f"{scope}/".startswith(f"{where}/")


def _is_guid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
