"""`python -m bench.audit`: a census of 50,000 guests over the wire, beside the SDK's own models.

CPU and memory are those of the process that reads, joins, counts and draws; the directory stand-in
is another one, without quotas: what the budgets would make of it is told beside the requests.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.memory import peak_mb
from bench.sweep import SECRET, _adapter, _counters, _fast, _Shelf
from sandbox.processes import Process

AIM_CPU, AIM_MEMORY = 15.0, 300.0
OUT = Path(__file__).resolve().parent.parent / "build" / "bench" / "audit.json"
OUR_PACE = 9  # requests a minute for sign-in activity, of the 10 that are allowed
TITLES = {
    "census": "census",
    "models": "SDK models, listing only",
    "counts": "counts alone",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.audit", description=__doc__)
    parser.add_argument("--guests", type=int, default=50_000)
    parser.add_argument("--members", type=int, default=0, help="made-up members beside them")
    parser.add_argument("--as", dest="way", choices=tuple(TITLES), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.way:
        ways = {"census": _census, "models": _models, "counts": _counts}
        print(json.dumps(asyncio.run(ways[wanted.way]())))
    else:
        asyncio.run(_bench(wanted.guests, wanted.members))


async def _bench(guests: int, members: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-audit-"))
    directory = await Process.start(
        "sandbox.directory",
        [
            *("--secret-env", "SECRET", "--no-quotas"),
            *("--made-up", str(guests), "--members", str(members)),
        ],
        environment={"SECRET": SECRET},
        log=folder / "directory.log",
        within=300,
    )
    try:
        environment = {"GRAPH": directory.ready.split()[-1], "GUESTS": str(guests)}
        found = {way: await _child(way, environment) for way in TITLES}
    finally:
        await directory.stop()
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2) + "\n")
    _show(found, Console())


async def _child(way: str, environment: dict[str, str]) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.audit", "--as", way),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    out, _ = await child.communicate()
    if child.returncode:
        raise SystemExit(f"{way} failed")
    found: dict[str, Any] = json.loads(out)
    return found


async def _census() -> dict[str, Any]:
    """All of it: reading, joining, counting, comparing, the page, the table and the JSON."""
    from b2b.flows.notebook import Memory

    before, began, asked = time.process_time(), time.monotonic(), await _counters()
    papers = await _built().take(Memory(), timedelta(hours=1))
    sizes = {name: sum(map(len, content)) for name, content in papers.all()}
    return {
        "guests": papers.picture.figures.guests,
        **_spent(before, began),
        "sizes": sizes,
        "requests": _since(asked, await _counters()),
    }


async def _counts() -> dict[str, Any]:
    before, began, asked = time.process_time(), time.monotonic(), await _counters()
    quick, _ = await _built().quick()
    return {
        "guests": quick.guests,
        **_spent(before, began),
        "requests": _since(asked, await _counters()),
    }


async def _models() -> dict[str, Any]:
    """The same listing of guests, as the SDK's fluent calls and models decode it: no dates."""
    from msgraph import GraphServiceClient
    from msgraph.generated.users.users_request_builder import UsersRequestBuilder

    from b2b.adapters.graph.census import FIELDS
    from b2b.adapters.graph.listing import GUESTS

    client = GraphServiceClient(request_adapter=_adapter(os.environ["GRAPH"]))
    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
        filter=GUESTS, select=FIELDS.split(","), top=999
    )
    options = UsersRequestBuilder.UsersRequestBuilderGetRequestConfiguration(query_parameters=query)
    before, began, asked = time.process_time(), time.monotonic(), await _counters()
    users: list[object] = []
    page = await client.users.get(request_configuration=options)
    while page is not None:
        users += page.value or []
        if not page.odata_next_link:
            break
        page = await client.users.with_url(page.odata_next_link).get()
    return {
        "guests": len(users),
        **_spent(before, began),
        "requests": _since(asked, await _counters()),
    }


def _built() -> Any:
    from b2b.adapters.graph.census import GraphRegister
    from b2b.adapters.graph.listing import GraphRoll
    from b2b.adapters.report.page import draw
    from b2b.domain.finding import Finding
    from b2b.domain.policy import Partner, PartnerDomain, Policy
    from b2b.flows.census import Census

    async def policy() -> Policy:
        domains = (PartnerDomain("contoso.example"), PartnerDomain("fabrikam.example"))
        partners = (Partner(name="Partner", domains=domains),)
        return Policy(version="v1", own_domains=("home.example",), partners=partners)

    async def no_export(_: date) -> None:
        return None

    async def no_findings() -> list[Finding]:
        return []

    adapter, pacing = _adapter(os.environ["GRAPH"]), _fast()
    return Census(
        register=GraphRegister(adapter, pacing),
        roll=GraphRoll(adapter, pacing),
        journal=_Shelf(int(os.environ["GUESTS"])),  # type: ignore[arg-type]
        files=_Nothing(),  # type: ignore[arg-type]
        policy=policy,
        active=no_export,
        export=no_findings,
        draw=draw,
        clock=lambda: datetime.now(UTC),
        pause=asyncio.sleep,
        turn=timedelta(hours=1),
    )


class _Nothing:
    """Storage without earlier censuses."""

    async def names(self, _container: str) -> list[tuple[str, str]]:
        return []


def _spent(before: float, began: float) -> dict[str, float]:
    return {
        "cpu": round(time.process_time() - before, 2),
        "seconds": round(time.monotonic() - began, 1),
        "memory": round(peak_mb()),
    }


def _since(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: count - before.get(name, 0) for name, count in after.items()}


def _show(found: dict[str, dict[str, Any]], console: Console) -> None:
    table = Table("what", *TITLES.values(), "aim", title="Guests audited")
    for title, name, aim in (
        ("guests", "guests", ""),
        ("CPU seconds", "cpu", f"{AIM_CPU:g} or less"),
        ("seconds", "seconds", ""),
        ("peak memory, MB", "memory", f"{AIM_MEMORY:g} or less"),
    ):
        table.add_row(title, *(f"{found[way][name]:,}" for way in TITLES), aim)
    console.print(table)
    census = found["census"]
    console.print(_requests(census["guests"], census["requests"], found["counts"]["requests"]))
    console.print(f"Sizes in bytes: {census['sizes']}. All figures: {OUT}")
    missed = census["cpu"] > AIM_CPU or census["memory"] > AIM_MEMORY
    console.print("[bold red]An aim was missed.[/]" if missed else "Both aims are met.")


def _requests(guests: int, census: dict[str, int], counts: dict[str, int]) -> Table:
    """By Graph's budgets; the stand-in counts sign-in activity among the lists of users."""
    activity = -(-guests // 500)
    asked = {name: count for name, count in census.items() if count}
    table = Table("budget", "requests", "at our pace", title="Requests of the census")
    minutes = activity / OUR_PACE
    table.add_row("sign-in activity, 10 a minute", str(activity), f"{minutes:.1f} minutes")
    table.add_row("directory", str(sum(asked.values()) - activity), "seconds")
    table.add_row("counts alone (directory)", str(sum(counts.values())), "a second")
    return table


if __name__ == "__main__":
    main()
