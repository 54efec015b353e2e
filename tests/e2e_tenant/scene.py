"""A tenant with an administrator at the keyboard: the real command against the stand-ins."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from b2b.commands import main
from sandbox import desk as desks
from sandbox.arm import Arm
from sandbox.desk import SCOPES
from sandbox.directory import Directory
from sandbox.directory.callers import GLOBAL_ADMINISTRATOR
from sandbox.identity.endpoint import IdentityEndpoint
from sandbox.identity.people import Person

ROOT = Path(__file__).resolve().parents[2]
SUBSCRIPTION = "00000000-0000-4000-8000-0000000000f1"
SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/finance"
GROUP = "00000000-0000-4000-8000-0000000000a1"
OTHER_GROUP = "00000000-0000-4000-8000-0000000000a2"
BREAK_GLASS = "00000000-0000-4000-8000-0000000000e1"
SPONSOR = "00000000-0000-4000-8000-0000000000e2"
HOME = "11111111-2222-4333-8444-555555555555"
RESTRICTED = "2af84b1e-32c8-42b7-82bc-daa82404023b"
LIMITED = "10dae51f-b6af-4016-8d66-8c2a99b929b3"
ALL_SCOPES = list(SCOPES)
SEED: dict[str, Any] = {
    "tenant": {
        "initialDomain": "home.onmicrosoft.com",
        "verifiedDomains": ["home.example"],
        "knownTenants": {"fabrikam.example": {"tenantId": HOME}},
        "budgets": {"protection": 1000},  # its own test has the true one
    },
    "users": [
        {"mail": "glass@home.example", "userType": "Member", "id": BREAK_GLASS},
        {"mail": "sam@home.example", "userType": "Member", "id": SPONSOR},
    ],
    "groups": [
        {"displayName": "Aurora", "id": GROUP},
        {"displayName": "Borealis", "id": OTHER_GROUP},
    ],
}
POLICY = f"""\
own_domains = ["home.example"]

[[partners]]
name = "Fabrikam"
domains = ["fabrikam.example"]
sponsor = "sam@home.example"
groups = {{ Aurora = "{GROUP}", Borealis = "{OTHER_GROUP}" }}
azure_roles = [{{ group = "Aurora", role = "Reader", scope = "{SCOPE}" }}]
access_review = {{ reviewers = "sponsor" }}

[[partners]]
name = "Litware"
domains = ["litware.example"]

[posture]
domain_list = "partners"
trust_mfa = "partners"
break_glass = ["{BREAK_GLASS}"]
"""


WITH_RULE = POLICY + "conditional_access = true\n"


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    errors: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass(frozen=True, slots=True)
class Desk:
    """`policy` is the file that the commands are given."""

    there: desks.Desk
    policy: Path
    http: httpx.AsyncClient

    @property
    def directory(self) -> Directory:
        return self.there.directory

    @property
    def arm(self) -> Arm:
        return self.there.arm

    @property
    def identity(self) -> IdentityEndpoint:
        return self.there.identity

    def sign_in(self, *scopes: str, wids: tuple[str, ...] = (GLOBAL_ADMINISTRATOR,)) -> None:
        """az login; without scopes, with all that may be needed."""
        self.identity.person = Person(scopes=list(scopes or ALL_SCOPES), wids=list(wids))

    def write(self, text: str) -> None:
        self.policy.write_text(text, encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        """Also what the nightly app would sign in with: it must never be asked."""
        return {**self.there.environment, **self.identity.environment}

    async def tenant(self, *arguments: str) -> Said:
        """The command in this process, for starting one takes a second; nobody is asked."""
        out, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(errors):
            code = await asyncio.to_thread(main, self._words(arguments))
        return Said(code, out.getvalue(), errors.getvalue())

    async def begun(self, *arguments: str) -> asyncio.subprocess.Process:
        """`python -m b2b tenant ...` in a process of its own, with a keyboard."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "b2b", *self._words(arguments)),
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def asked(self, answer: str) -> Said:
        """tenant apply, and what is typed when it asks."""
        child = await self.begun("apply")
        out, errors = await asyncio.wait_for(child.communicate(answer.encode()), 120)
        return Said(child.returncode or 0, out.decode(), errors.decode())

    def _words(self, arguments: tuple[str, ...]) -> list[str]:
        return ["tenant", *arguments, "--policy", str(self.policy), "--sign-in", "az"]

    async def applied(self) -> Said:
        said = await self.tenant("apply", "--yes")
        assert "Traceback" not in said.errors, said.errors
        return said

    async def state(self) -> dict[str, Any]:
        """All that the directory and ARM hold."""
        directory = await self.panel("GET", "state")
        arm = (await self.http.get(f"{self.arm.url}/sandbox/state")).json()
        return {"directory": directory, "assignments": arm["assignments"]}

    async def panel(self, method: str, path: str, json: Any = None) -> Any:
        url = f"{self.directory.origin}/sandbox/{path}"
        answer = await self.http.request(method, url, json=json)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def settings(self, **settings: Any) -> None:
        await self.panel("PUT", "tenant", settings)

    async def found(self, name: str) -> Any:
        """One setting of the tenant, as it is now."""
        return (await self.panel("GET", "tenant"))[name]

    async def writes(self) -> int:
        """How often the directory was written to."""
        operations = (await self.panel("GET", "counters"))["byOperation"]
        return sum(n for name, n in operations.items() if not name.startswith("GET "))


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    policy = folder / "policy.toml"
    policy.write_text(POLICY, encoding="utf-8")
    async with (
        desks.running(SEED, subscriptions=[SUBSCRIPTION]) as there,
        httpx.AsyncClient(timeout=30) as http,
    ):
        yield Desk(there, policy, http)
