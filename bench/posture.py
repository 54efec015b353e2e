"""`python -m bench.posture`: the audit of a tenant with 50,000 guests, in a process of its own.

The stand-in's limits are switched off: requests are counted, and the seconds that the budgets
would take are told. Sign-ins are read line by line as the export keeps them.
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

from sandbox.directory.newcomers import identity_of
from sandbox.directory.seed import PARTNERS
from sandbox.identity.tokens import mint
from sandbox.processes import Process

SECRET = "bench"
GROUPS, SIGN_INS = 3_000, 150_000
FILLER = {f"property{n}": "x" * 40 for n in range(40)}  # a sign-in has some 2 KB
AIM_CPU, AIM_MEMORY = 15.0, 300.0
ROLES = (
    *("User.Read.All", "GroupMember.Read.All", "GroupSettings.Read.All", "Application.Read.All"),
    *("Policy.Read.All", "Policy.Read.B2BManagementPolicy", "RoleManagement.Read.Directory"),
    *("AccessReview.Read.All", "EntitlementManagement.Read.All", "LicenseAssignment.Read.All"),
    *("LifecyclePolicies-Guests.Read.All", "IdentityRiskyUser.Read.All"),
    "IdentityRiskEvent.Read.All",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.posture", description=__doc__)
    parser.add_argument("--guests", type=int, default=50_000)
    parser.add_argument("--audit", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.audit:
        print(json.dumps(asyncio.run(_audit())))
    else:
        show(asyncio.run(measure(wanted.guests)), Console())


async def measure(guests: int) -> dict[str, Any]:
    """Figures of one audit, taken in a child process."""
    folder = Path(tempfile.mkdtemp(prefix="bench-posture-"))
    seed = folder / "seed.json"
    seed.write_text(json.dumps(_seed(guests)))
    directory = await Process.start(
        "sandbox.directory",
        ["--secret-env", "SECRET", "--no-quotas", "--seed", str(seed)],
        environment={"SECRET": SECRET},
        log=folder / "directory.log",
        within=300,
    )
    try:
        return await _child({"GRAPH": directory.ready.split()[-1], "GUESTS": str(guests)})
    finally:
        await directory.stop()


def _seed(guests: int) -> dict[str, Any]:
    """Every tenth group has a guest, every twentieth is owned by one."""
    groups = [
        {
            "displayName": f"Group {number:05d}",
            "members": [_mail(number % guests + 1)] if number % 10 == 0 else [],
            "owners": [_mail(number % guests + 1)] if number % 20 == 0 else [],
        }
        for number in range(GROUPS)
    ]
    risky = [{"id": identity_of(_mail(number))} for number in range(1, min(guests, 700))]
    return {"tenant": {"riskyUsers": risky}, "madeUp": guests, "groups": groups}


def _mail(number: int) -> str:
    return f"guest-{number:06d}@{PARTNERS[number % len(PARTNERS)]}"


async def _child(environment: dict[str, str]) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.posture", "--audit"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    out, _ = await child.communicate()
    if child.returncode:
        raise SystemExit("the audit failed")
    found: dict[str, Any] = json.loads(out)
    return found


async def _audit() -> dict[str, Any]:
    """Reading, folding the sign-ins, judging and writing: all but the waiting."""
    from b2b.adapters.graph.tenant.inspector import GraphInspector
    from b2b.domain.activity import Coverage, Cursors, Kind
    from b2b.domain.policy import Policy
    from b2b.flows.posture import PostureAudit
    from b2b.flows.posture_report import PostureReport, as_json

    now, guests = datetime.now(UTC), int(os.environ["GUESTS"])
    policy = Policy(version="v1", own_domains=("home.example",))
    cursors = Cursors(began=now - timedelta(days=90), reached=now, reread=now)

    async def current() -> Policy:
        return policy

    async def reach() -> Coverage:
        return Coverage(cursors={Kind.SIGN_INS: cursors})

    audit = PostureAudit(
        inspector=GraphInspector(_adapter(os.environ["GRAPH"]), _fast()),
        sign_ins=_SignIns(now, guests),
        reach=reach,
        policy=current,
        report=PostureReport(None),  # type: ignore[arg-type]  # checking writes nothing
        clock=lambda: now,
    )
    before, began = time.process_time(), time.monotonic()
    judged = await audit.check()
    told = json.dumps(as_json(judged.day, "v1", judged.results, judged.requests))
    return {
        "guests": guests,
        "groups": GROUPS,
        "sign_ins": SIGN_INS,
        "bytes": len(told),
        "checks": {one.finding.id: str(one.status) for one in judged.results},
        "requests": dict(judged.requests),
        "cpu": round(time.process_time() - before, 2),
        "seconds": round(time.monotonic() - began, 1),
        "memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


class _SignIns:
    """As the export keeps them: one JSON object a line, of the size that Graph gives.

    Written before the clock starts; reading them is part of the audit.
    """

    def __init__(self, now: datetime, guests: int) -> None:
        self._file = Path(tempfile.mkdtemp(prefix="bench-signins-")) / "lines.jsonl"
        with self._file.open("w", encoding="utf-8") as lines:
            lines.writelines(f"{_line(now, guests, number)}\n" for number in range(SIGN_INS))

    async def __call__(self, since: datetime, until: datetime) -> AsyncIterator[Any]:
        from b2b.domain.activity import sign_in_of

        with self._file.open(encoding="utf-8") as lines:
            for line in lines:
                one = sign_in_of(line)
                if since <= one.at < until:
                    yield one


def _line(now: datetime, guests: int, number: int) -> str:
    at = now - timedelta(seconds=1 + number * 16)
    return json.dumps(
        {
            "id": f"{number:032x}",
            "createdDateTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "userId": identity_of(_mail(number % guests + 1)),
            "status": {"errorCode": 50126 if number % 50 == 0 else 0},
            "location": {"countryOrRegion": "DE" if number % 7 else "FR"},
            **FILLER,
        }
    )


def _adapter(url: str) -> Any:
    from azure.core.credentials import AccessToken

    from b2b.adapters.graph.connection import connect

    class Token:
        async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
            return AccessToken(mint(SECRET, roles=ROLES), int(time.time()) + 3600)

        async def close(self) -> None: ...

        async def __aenter__(self) -> "Token":
            return self

        async def __aexit__(self, *_: object) -> None: ...

    return connect(Token(), url, "https://graph.microsoft.com/.default")


def _fast() -> Any:
    from b2b.adapters.graph.pacing import Budget, Pacing
    from b2b.domain.pace import Pace

    return Pacing(paces={budget: Pace(rate=10_000, fastest=10_000) for budget in Budget})


def show(found: dict[str, Any], console: Console) -> None:
    table = Table("what", "posture", "aim", title="The audit of a tenant", title_justify="left")
    table.add_row("guests", f"{found['guests']:,}", "")
    table.add_row("groups", f"{found['groups']:,}", "")
    table.add_row("sign-ins read", f"{found['sign_ins']:,}", "")
    table.add_row("CPU seconds", str(found["cpu"]), f"{AIM_CPU:g} or less, with the census")
    table.add_row("seconds", str(found["seconds"]), "")
    table.add_row("peak memory, MB", str(found["memory"]), f"{AIM_MEMORY:g} or less")
    for budget, count in found["requests"].items():
        table.add_row(f"requests: {budget}", f"{count:,}", "")
    console.print(table)
    missed = found["cpu"] > AIM_CPU or found["memory"] > AIM_MEMORY
    console.print("[bold red]An aim was missed.[/]" if missed else "Both aims are met.")


if __name__ == "__main__":
    main()
