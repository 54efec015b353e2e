"""The end of the demo as tables: rows by status, and what the directory holds now."""

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sandbox.demo.watch import ENDINGS, Watched
from sandbox.town import ROOT, Town

MEANING = {
    "assigned": "invited, and given every group and access package asked for",
    "invited": "invited; no groups were asked for",
    "already_guest": "was a guest before; not mailed again",
    "access_removed": "has none of the access to be taken away; the account stays",
    "refused": "nothing done, and the reason is in the results",
    "failed": "given up or crashed; may be sent again",
    "held_by_brake": "waits: the day's brake is reached; b2b release sends it",
    "pending": "on its way",
}


async def everything(town: Town, watched: Watched, console: Console, out: Path) -> None:
    """Prints the tables and leaves results.csv in `out`."""
    if not watched.batch:
        return
    results = await town.storage.read("results", f"{watched.batch}/results.csv")
    (out / "results.csv").write_bytes(results)
    rows = list(csv.DictReader(io.StringIO(results.decode())))
    console.print(_by_status(rows))
    console.print(_refusals(rows))
    state = await town.get(f"{town.control}/state")
    console.print(_guests(state, _partners(ROOT / "policy.example.toml")))
    console.print(_groups(state))
    console.print(f"Each row's outcome: {out / 'results.csv'}")


async def summary(town: Town, watched: Watched, seconds: float) -> dict[str, Any]:
    """What build/demo/summary.json says."""
    counters = await town.get(f"{town.control}/counters")
    return {
        "rows": watched.rows,
        **{status: watched.summary.get(status, 0) for status in ENDINGS},
        "pending": watched.pending,
        "invitations_posted": counters["invitations"],
        "directory_requests": counters["requests"],
        "directory_writes": counters["writes"],
        "throttled": counters["throttled"],
        "seconds": seconds,
    }


def _by_status(rows: list[dict[str, str]]) -> Table:
    counted = Counter(row["status"] for row in rows)
    table = Table("status", "rows", "what it means", title="Rows by status", title_justify="left")
    for status in (*ENDINGS, "pending"):
        if counted[status]:
            table.add_row(status, str(counted[status]), MEANING[status])
    return table


def _refusals(rows: list[dict[str, str]]) -> Table:
    table = Table("line", "reason", "sentence", title="Why rows were refused", title_justify="left")
    for row in rows:
        if row["status"] in ("refused", "failed"):
            table.add_row(*(escape(row[name]) for name in ("line", "reason", "sentence")))
    return table


def _guests(state: Mapping[str, Any], partners: Mapping[str, str]) -> Table:
    by_partner: dict[str, list[bool]] = {}
    for guest in state["guests"]:
        partner = _partner_of(guest["mail"].rpartition("@")[2], partners)
        pending = guest["externalUserState"] == "PendingAcceptance"
        by_partner.setdefault(partner, []).append(pending)
    title = "Guests in the directory"
    table = Table("partner", "guests", "not redeemed yet", title=title, title_justify="left")
    for partner, guests in sorted(by_partner.items()):
        table.add_row(partner, str(len(guests)), str(sum(guests)))
    return table


def _partners(policy: Path) -> dict[str, str]:
    """Domain to name, as the policy of the demo has it."""
    found = {}
    for partner in tomllib.loads(policy.read_text(encoding="utf-8"))["partners"]:
        for domain in partner["domains"]:
            found[domain if isinstance(domain, str) else domain["name"]] = partner["name"]
    return found


def _partner_of(domain: str, partners: Mapping[str, str]) -> str:
    while domain and domain not in partners:
        domain = domain.partition(".")[2]
    return partners.get(domain, "none")


def _groups(state: Mapping[str, Any]) -> Table:
    table = Table("group", "members", title="Groups", title_justify="left")
    for group in state["groups"]:
        table.add_row(group["displayName"], str(len(group["members"])))
    return table
