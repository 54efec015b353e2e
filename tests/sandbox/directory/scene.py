"""A running directory with some people in it, and callers that come from outside over HTTP."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx

from sandbox.directory import Directory
from tests.sandbox.directory.description import hold_to_description

HOME = "home.example"
# Loopback speaks plain HTTP; reading the certificates of the world takes 20 ms a test.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
SEED: dict[str, Any] = {
    "tenant": {"initialDomain": "home.onmicrosoft.com", "verifiedDomains": [HOME]},
    "users": [
        {
            "mail": "ann@partner.example",
            "displayName": "Ann",
            "createdDateTime": "2024-05-01T08:00:00Z",
        },
        {"mail": "ben@partner.example", "displayName": "Ben", "accountEnabled": False},
        {
            "mail": "cid@other.example",
            "displayName": "Cid",
            "externalUserState": "PendingAcceptance",
        },
        {"mail": "mia@home.example", "displayName": "Mia", "userType": "Member"},
        {"mail": "boss@home.example", "displayName": "Boss", "userType": "Member"},
    ],
    "groups": [
        {"displayName": "Partners", "members": ["ann@partner.example"]},
        {"displayName": "Empty"},
    ],
}
EVERYTHING = (
    "User.Invite.All",
    "User.ReadWrite.All",
    "User.DeleteRestore.All",
    "User-LifeCycleInfo.ReadWrite.All",
    "User.Read.All",
    "AuditLog.Read.All",
    "Directory.Read.All",
    "Group.ReadWrite.All",
    "GroupMember.Read.All",
    "Policy.Read.All",
    "Policy.ReadWrite.Authorization",
    "Policy.ReadWrite.B2BManagementPolicy",
    "Policy.ReadWrite.ConditionalAccess",
    "Policy.ReadWrite.CrossTenantAccess",
    "Policy.ReadWrite.ExternalIdentities",
    "AccessReview.ReadWrite.All",
    "CrossTenantInformation.ReadBasic.All",
    "RoleManagement.Read.Directory",
    "Mail.Send",
)
EVENTUAL = {"ConsistencyLevel": "eventual"}
INVITATION = {"inviteRedirectUrl": "https://apps.home.example/"}


class Scene:
    def __init__(self, directory: Directory, http: httpx.AsyncClient, token: str) -> None:
        self.directory, self.http, self._token = directory, http, token

    def as_app(self, *roles: str, **claims: Any) -> "Scene":
        """The same directory, asked with other roles."""
        return Scene(self.directory, self.http, self.directory.token(*roles, **claims))

    def as_person(self, *scopes: str, wids: tuple[str, ...] = ()) -> "Scene":
        """The same directory, asked by somebody who signed in, with directory roles or without."""
        token = self.directory.token(person="mia", scopes=scopes, wids=wids)
        return Scene(self.directory, self.http, token)

    @property
    def beta(self) -> str:
        return f"{self.directory.origin}/beta"

    async def ask(
        self, method: str, path: str, json: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        url = path if path.startswith("http") else self.directory.url + path
        sent = {"Authorization": f"Bearer {self._token}"} | (headers or {})
        answer = await self.http.request(method, url, json=json, headers=sent)
        hold_to_description(answer)
        return answer

    async def get(
        self, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        """Options without their dollar: filter="...", select="id"."""
        text = "&".join(f"${k}={quote(str(v), safe='')}" for k, v in options.items())
        return await self.ask("GET", f"{path}?{text}" if text else path, headers=headers)

    async def advanced(self, path: str, **options: Any) -> httpx.Response:
        return await self.get(path, EVENTUAL, count="true", **options)

    async def panel(self, method: str, path: str, json: Any = None) -> Any:
        answer = await self.http.request(
            method, f"{self.directory.origin}/sandbox/{path}", json=json
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def settings(self, **settings: Any) -> None:
        await self.panel("PUT", "tenant", settings)

    async def advance(self, seconds: float) -> None:
        await self.panel("POST", "clock", {"advance": seconds})

    async def seed(self, **seed: Any) -> None:
        await self.panel("POST", "seed", seed)

    async def faults(self, *rules: dict[str, Any]) -> None:
        await self.panel("POST", "faults", list(rules))

    async def invite(self, address: str, **more: Any) -> httpx.Response:
        body = {"invitedUserEmailAddress": address} | INVITATION | more
        return await self.ask("POST", "/invitations", body)

    async def invited(self, address: str, **more: Any) -> str:
        """The id of a guest just invited."""
        answer = await self.invite(address, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["invitedUser"]["id"])

    async def id_of(self, mail: str) -> str:
        found = await self.get("/users", filter=f"mail eq '{mail}'", select="id")
        return str(found.json()["value"][0]["id"])

    async def group(self, name: str) -> str:
        found = await self.get("/groups", filter=f"displayName eq '{name}'", select="id")
        return str(found.json()["value"][0]["id"])

    async def add(self, group: str, member: str) -> httpx.Response:
        return await self.ask("POST", f"/groups/{group}/members/$ref", self.reference(member))

    def reference(self, identity: str) -> dict[str, str]:
        return {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{identity}"}

    async def members(self, group: str) -> list[str]:
        found = await self.get(f"/groups/{group}/members", select="id", top=999)
        return [member["id"] for member in found.json()["value"]]


@asynccontextmanager
async def scene(seed: dict[str, Any] | None = None, **running: Any) -> AsyncIterator[Scene]:
    async with (
        Directory.running(seed=SEED if seed is None else seed, **running) as directory,
        httpx.AsyncClient(timeout=10, verify=NO_TLS) as http,
    ):
        yield Scene(directory, http, directory.token(*EVERYTHING))


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["displayName"] for one in answer.json()["value"]]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def words(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["message"])
