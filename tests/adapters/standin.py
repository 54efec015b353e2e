"""A directory of the stand-in with faults on order, and a token without a login."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from azure.core.credentials import AccessToken

from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.directory import GraphDirectory
from sandbox.directory import Directory
from sandbox.directory.faults import Fault
from sandbox.directory.seed import plant

SCOPE = "https://graph.microsoft.com/.default"
ROLES = ("User.Invite.All", "User.Read.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All")
GROUP = "00000000-0000-4000-8000-0000000000a1"


class Token:
    """A credential that has its token already."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(self._token, int(time.time()) + 3600)

    async def close(self) -> None: ...

    async def __aenter__(self) -> "Token":
        return self

    async def __aexit__(self, *_: object) -> None: ...


@dataclass(slots=True)
class Scene:
    """`directory` is ours, `graph` is what it speaks to."""

    graph: Directory
    directory: GraphDirectory

    def fails(self, method: str, path: str, **how: Any) -> None:
        self.graph.world.faults.rules.append(Fault(method=method, path=path, **how))

    def asked(self) -> int:
        """HTTP requests that came in; a batch is one."""
        return int(self.graph.world.counters.shown()["requests"])

    def guest(self, number: int, **traits: Any) -> str:
        identity = self.guest_id(number)
        user = {"id": identity, "mail": f"guest-{number}@fabrikam.com", **traits}
        plant(self.graph.world, {"users": [user]})
        return identity

    def guest_id(self, number: int) -> str:
        return f"00000000-0000-4000-9000-{number:012d}"

    def group(self, **traits: Any) -> None:
        plant(self.graph.world, {"groups": [{"id": GROUP, "displayName": "Partners", **traits}]})

    def members(self) -> set[str]:
        return set(self.graph.world.store.groups[GROUP].members)


@asynccontextmanager
async def scene(**settings: Any) -> AsyncIterator[Scene]:
    async with Directory.running(quotas=False, **settings) as graph:
        adapter = connect(Token(graph.token(*ROLES)), graph.url, SCOPE)
        yield Scene(graph, GraphDirectory(adapter, graph.tenant.initial_domain))
