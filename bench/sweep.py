"""`make bench-sweep`: tonight's plan for 50,000 guests, beside the SDK's generated models.

Each way runs in a process of its own against the same stand-in, whose limits are switched off:
requests are counted, and the time that the budget of sign-in activity would take is told.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Custody, Promise, Run
from b2b.domain.request import Address
from sandbox.directory.newcomers import identity_of
from sandbox.directory.seed import PARTNERS
from sandbox.identity.tokens import mint
from sandbox.processes import Process

SECRET = "bench"
ENTITLEMENTS = "EntitlementManagement.Read.All"
ROLES = ("User.Read.All", "GroupMember.Read.All", "AuditLog.Read.All", ENTITLEMENTS)
ROLE_READER = "RoleManagement.Read.Directory"
ACTIVITY_PER_MINUTE = 10
AIM_CPU, AIM_MEMORY = 10.0, 250.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sweep", description=__doc__)
    parser.add_argument("--guests", type=int, default=50_000)
    parser.add_argument("--members", type=int, default=0, help="made-up members beside them")
    parser.add_argument("--as", dest="way", choices=("plan", "models"), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.way:
        print(json.dumps(asyncio.run({"plan": _plan, "models": _models}[wanted.way]())))
    else:
        asyncio.run(_bench(wanted.guests, wanted.members))


async def _bench(guests: int, members: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-sweep-"))
    arguments = ["--secret-env", "SECRET", "--no-quotas", "--made-up", str(guests)]
    directory = await Process.start(
        "sandbox.directory",
        [*arguments, "--members", str(members)],
        environment={"SECRET": SECRET},
        log=folder / "directory.log",
        within=300,
    )
    try:
        environment = {"GRAPH": directory.ready.split()[-1], "GUESTS": str(guests)}
        found = {way: await _child(way, environment) for way in ("plan", "models")}
    finally:
        await directory.stop()
    _show(found, Console())


class _Shelf:
    """The journal's part of a plan, from memory: reading the ledger's table is not measured."""

    def __init__(self, guests: int) -> None:
        self._guests = guests

    async def runs(self) -> list[Run]:
        return []

    async def all_custody(self) -> AsyncIterator[Custody]:
        nobody: list[Custody] = []
        for custody in nobody:
            yield custody

    async def promises(self) -> AsyncIterator[Promise]:
        """A tenth of the stays is over, a part of the others ends soon."""
        today = datetime.now(UTC).date()
        for number in range(1, self._guests + 1):
            mail = f"guest-{number:06d}@{PARTNERS[number % len(PARTNERS)]}"
            yield Promise(
                guest=GuestId(identity_of(mail)),
                address=Address(mail),
                since=today - timedelta(days=400),
                partner="Partner",
                sponsor=f"sponsor-{number % 2000}@home.example",
                expires_on=today + timedelta(days=number % 200 - 20),
            )


async def _child(way: str, environment: dict[str, str]) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.sweep", "--as", way),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    out, _ = await child.communicate()
    if child.returncode:
        raise SystemExit(f"{way} failed")
    found: dict[str, Any] = json.loads(out)
    return found


async def _plan() -> dict[str, Any]:
    """Reading, joining, deciding, and the report: all but the waiting."""
    from b2b.adapters.graph.listing import GraphRoll
    from b2b.adapters.graph.packages import GraphPackages
    from b2b.domain.policy import Partner, PartnerDomain, Policy
    from b2b.flows.notebook import Memory
    from b2b.flows.sweep import Sweep
    from b2b.flows.sweep_report import plan_cells

    partner = Partner(name="Partner", domains=(PartnerDomain("partner.example"),))
    policy = Policy(version="v1", own_domains=("home.example",), partners=(partner,))

    async def current() -> Policy:
        return policy

    pacing = _fast()
    sweep = Sweep(
        roll=GraphRoll(_adapter(os.environ["GRAPH"]), pacing),
        packages=GraphPackages(_adapter(os.environ["GRAPH"]), pacing),
        journal=_Shelf(int(os.environ["GUESTS"])),  # type: ignore[arg-type]
        files=None,  # type: ignore[arg-type]  # foreseeing keeps nothing
        dispatch=None,  # type: ignore[arg-type]
        policy=current,
        clock=lambda: datetime.now(UTC),
        pause=asyncio.sleep,
        every=timedelta(days=1),
        turn=timedelta(hours=1),
    )
    before, began = time.process_time(), time.monotonic()
    run, plan, _ = await sweep.foresee(Memory(), timedelta(hours=1))
    cells = sum(len(plan_cells(line)) for line in plan.lines)
    counters = await _counters()
    return {
        "guests": run.guests,
        "decided": len(plan.lines),
        "cells": cells,
        **_spent(before, began),
        "requests": counters,
    }


async def _models() -> dict[str, Any]:
    """The same listing of guests, as the SDK's fluent calls and models decode it."""
    from msgraph import GraphServiceClient
    from msgraph.generated.users.users_request_builder import UsersRequestBuilder

    from b2b.adapters.graph.listing import GUESTS
    from b2b.adapters.graph.resident_models import RESIDENT_FIELDS

    client = GraphServiceClient(request_adapter=_adapter(os.environ["GRAPH"]))
    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
        filter=GUESTS, select=RESIDENT_FIELDS.split(","), top=999
    )
    options = UsersRequestBuilder.UsersRequestBuilderGetRequestConfiguration(query_parameters=query)
    before, began = time.process_time(), time.monotonic()
    users: list[object] = []
    page = await client.users.get(request_configuration=options)
    while page is not None:
        users += page.value or []
        if not page.odata_next_link:
            break
        page = await client.users.with_url(page.odata_next_link).get()
    return {"guests": len(users), **_spent(before, began)}


def _spent(before: float, began: float) -> dict[str, Any]:
    return {
        "cpu": round(time.process_time() - before, 2),
        "seconds": round(time.monotonic() - began, 1),
        "memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _adapter(url: str) -> Any:
    from azure.core.credentials import AccessToken

    from b2b.adapters.graph.connection import connect

    class Token:
        async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
            return AccessToken(mint(SECRET, roles=(*ROLES, ROLE_READER)), int(time.time()) + 3600)

        async def close(self) -> None: ...

        async def __aenter__(self) -> "Token":
            return self

        async def __aexit__(self, *_: object) -> None: ...

    return connect(Token(), url, "https://graph.microsoft.com/.default")


def _fast() -> Any:
    from b2b.adapters.graph.pacing import Budget, Pacing
    from b2b.domain.pace import Pace

    return Pacing(paces={budget: Pace(rate=10_000, fastest=10_000) for budget in Budget})


async def _counters() -> dict[str, int]:
    from aiohttp import ClientSession

    url = os.environ["GRAPH"].removesuffix("/v1.0") + "/sandbox/counters"
    async with ClientSession() as session, session.get(url) as answer:
        found = await answer.json()
    return {name: int(count) for name, count in found["byOperation"].items()}


def _show(found: dict[str, dict[str, Any]], console: Console) -> None:
    plan, models = found["plan"], found["models"]
    table = Table("what", "plan", "SDK models, listing only", "aim", title="A night's plan")
    table.add_row("guests read", str(plan["guests"]), str(models["guests"]), "")
    table.add_row("guests decided", str(plan["decided"]), "", "")
    table.add_row("CPU seconds", str(plan["cpu"]), str(models["cpu"]), f"{AIM_CPU:g} or less")
    table.add_row("seconds", str(plan["seconds"]), str(models["seconds"]), "")
    memory = f"{AIM_MEMORY:g} or less"
    table.add_row("peak memory, MB", str(plan["memory"]), str(models["memory"]), memory)
    console.print(table)
    console.print(f"Requests: {plan['requests']}")
    missed = plan["cpu"] > AIM_CPU or plan["memory"] > AIM_MEMORY
    console.print("[bold red]An aim was missed.[/]" if missed else "Both aims are met.")


if __name__ == "__main__":
    main()
