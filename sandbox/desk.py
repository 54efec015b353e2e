"""A tenant to plan and apply on, with an administrator signed in, until it is told to stop."""

import os
import secrets
import shlex
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.arm import Arm
from sandbox.directory import Directory
from sandbox.directory.callers import GLOBAL_ADMINISTRATOR
from sandbox.identity.endpoint import IdentityEndpoint
from sandbox.identity.people import Person

AZ: Final = Path(__file__).resolve().parent / "identity" / "bin"
# What an administrator's sign-in is granted who may read and change all that a policy can ask for.
SCOPES: Final = (
    "Policy.Read.All",
    "Policy.Read.B2BManagementPolicy",
    "Policy.ReadWrite.Authorization",
    "Policy.ReadWrite.B2BManagementPolicy",
    "Policy.ReadWrite.ConditionalAccess",
    "Policy.ReadWrite.CrossTenantAccess",
    "AccessReview.ReadWrite.All",
    "CrossTenantInformation.ReadBasic.All",
    "User.ReadBasic.All",
)


@dataclass(frozen=True, slots=True)
class Desk:
    directory: Directory
    arm: Arm
    identity: IdentityEndpoint

    @property
    def environment(self) -> dict[str, str]:
        """What leads a command here instead of to Microsoft."""
        return {
            **self.identity.az,
            "PATH": f"{AZ}{os.pathsep}{os.environ['PATH']}",
            "TENANT_ID": self.directory.tenant.id,
            "GRAPH_URL": self.directory.url,
            "ARM_URL": self.arm.url,
        }

    def exports(self) -> str:
        """The environment as lines for a shell."""
        values = self.environment | {"PATH": f"{AZ}:$PATH"}
        quoted = {name: shlex.quote(text) for name, text in values.items() if name != "PATH"}
        return "\n".join(
            f"export {name}={text}" for name, text in {**quoted, "PATH": values["PATH"]}.items()
        )


@asynccontextmanager
async def running(seed: Mapping[str, Any], **arm: Any) -> AsyncIterator[Desk]:
    """A Global Administrator is signed in. `arm`: settings of the stand-in for Azure."""
    secret = secrets.token_urlsafe(32)
    async with (
        Directory.running(secret=secret, seed=seed) as directory,
        Arm.running(secret=secret, tenant=directory.tenant.id, **arm) as azure,
        IdentityEndpoint.running(secret=secret, tenant=directory.tenant.id) as identity,
    ):
        identity.person = Person(scopes=list(SCOPES), wids=[GLOBAL_ADMINISTRATOR])
        yield Desk(directory, azure, identity)
