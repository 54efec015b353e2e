"""`python -m b2b tenant check`: what the tenant allows against what the policy wants."""

import traceback
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from b2b.commands.house import in_house
from b2b.commands.terminal import Console, Table, escape, print_json, print_plain, styled
from b2b.domain.posture import Cause, Result, Status
from b2b.flows.posture import Judgement
from b2b.flows.posture_report import as_json

if TYPE_CHECKING:
    from b2b.wiring import House

FINE, FAULTS, NOT_RUN = 0, 1, 2
COLOURS = {
    Status.PASSED: "green",
    Status.FAILED: "bold red",
    Status.UNCLEAR: "yellow",
    Status.NOT_CHECKED: "dim",
}


def check(
    machine: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> int:
    """Say what the tenant allows against what the policy wants. Reads only, and keeps nothing.

    Exit code 0: nothing failed. 1: some check failed. 2: it could not run.
    """
    try:
        judgement = in_house(_check)
    except typer.Exit:  # the reason is told already
        return NOT_RUN
    except (
        Exception
    ):  # a bug; left alone it would end with 1, which says that the tenant has faults
        print_plain(traceback.format_exc(), errors=True)
        return NOT_RUN
    if machine:
        content = as_json(
            judgement.day, judgement.policy_version, judgement.results, judgement.requests
        )
        print_json(content)
    else:
        _show(judgement, Console())
    failed = any(one.status is Status.FAILED for one in judgement.results)
    return FAULTS if failed else FINE


async def _check(house: "House") -> Judgement:
    return await house.posture.check()


def _show(judgement: Judgement, console: Console) -> None:
    table = Table(title="The tenant", title_justify="left")
    for name in ("check", "status", "found"):
        table.add_column(name, overflow="fold")
    for one in sorted(judgement.results, key=_worst_first):
        colour = COLOURS[one.status]
        table.add_row(
            one.finding.title,
            styled(_status(one), colour),
            one.finding.found,
        )
    console.print(table)
    for one in sorted(judgement.results, key=_worst_first):
        if one.status is Status.FAILED:
            finding = one.finding
            console.print(f"[bold]{escape(finding.title)}[/]: {escape(finding.remedy)}")
            console.print(f"  {escape(finding.link)}", highlight=False, soft_wrap=True)
    counts = Counter(one.status for one in judgement.results)
    words = ", ".join(f"{counts[status]} {status.replace('_', ' ')}" for status in Status)
    asked = ", ".join(f"{count} {budget}" for budget, count in judgement.requests.items())
    console.print(f"{escape(words)}. Asked: {escape(asked)}.", highlight=False)


def _status(result: Result) -> str:
    """`error` needs nothing that anybody could give."""
    match result.status:
        case Status.FAILED:
            return f"failed, {result.finding.severity}"
        case Status.NOT_CHECKED:
            needs = "" if result.missing == Cause.ERROR else "needs "
            return f"not checked: {needs}{result.missing}"
        case _:
            return str(result.status)


def _worst_first(result: Result) -> tuple[int, int]:
    order = (Status.FAILED, Status.UNCLEAR, Status.NOT_CHECKED, Status.PASSED)
    return order.index(result.status), -result.finding.severity.rank
