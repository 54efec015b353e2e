"""`python -m b2b plan`: tonight's decisions as of now, with reasons. Nothing is touched."""

import sys
from collections import Counter
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from b2b.commands.house import in_house
from b2b.commands.terminal import Console, Table, escape, print_json
from b2b.domain.errors import Refused
from b2b.domain.lifecycle import Fate, Plan, Run
from b2b.domain.reason import Reason
from b2b.domain.upload import safe_line
from b2b.flows.notebook import Memory
from b2b.flows.reading_tenant import Paused, Stopped
from b2b.flows.sweep_report import PLAN, plan_cells, plan_summary

if TYPE_CHECKING:
    from b2b.wiring import House

SHOWN = 40
Foreseen = tuple[Run, Plan, int]


class Form(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def plan(
    form: Annotated[Form, typer.Option("--format", help="How to show it.")] = Form.TABLE,
    everybody: Annotated[bool, typer.Option("--all", help="Also those who are left.")] = False,
) -> int:
    """Show what the sweep would decide if it ran now, and why. Touches nothing and keeps nothing.

    Exit code 2: a gate would stop the run; the finding says which.
    """
    foreseen = in_house(_foresee)
    if form is Form.TABLE:
        _show(foreseen, Console(), everybody)
    elif form is Form.CSV:
        sys.stdout.write(safe_line(PLAN))
        for cells in _rows(foreseen[1], everybody):
            sys.stdout.write(safe_line(cells))
    else:
        print_json(_as_json(foreseen, everybody))
    return 0


async def _foresee(house: "House") -> Foreseen:
    try:
        return await house.stays.sweep.foresee(Memory(), timedelta(hours=2))
    except Stopped as stop:
        raise Refused(Reason(stop.finding.code, stop.finding.sentence)) from None
    except Paused:
        raise Refused(Reason("too_slow", "The directory's budget did not suffice.")) from None


def _rows(plan: Plan, everybody: bool) -> list[list[str | int]]:
    return [plan_cells(line) for line in plan.lines if everybody or line.fate is not Fate.LEFT]


def _as_json(foreseen: Foreseen, everybody: bool) -> dict[str, object]:
    run, plan, unmanaged = foreseen
    found = [{"code": one.code, "sentence": one.sentence} for one in plan.findings]
    rows = [dict(zip(PLAN, map(str, cells), strict=True)) for cells in _rows(plan, everybody)]
    return {**plan_summary(run, plan, unmanaged), "found": found, "plan": rows}


def _show(foreseen: Foreseen, console: Console, everybody: bool) -> None:
    run, plan, unmanaged = foreseen
    rows = _rows(plan, everybody)
    table = Table("guest", "decision", "tonight", "because", "since", "limit", "due")
    for row in rows if everybody else rows[:SHOWN]:
        table.add_row(*map(str, (row[1], *row[3:])))
    console.print(table)
    if len(rows) > SHOWN and not everybody:
        console.print(f"and {len(rows) - SHOWN:d} more: --all shows them")
    for code, count in Counter(one.code for one in plan.findings).items():
        first = next(one.sentence for one in plan.findings if one.code == code)
        console.print(f"[yellow]{escape(code)}[/] ({count:d}): {escape(first)}", highlight=False)
    due = Counter(str(line.kind) for line in plan.due())
    words = ", ".join(f"{count} {kind}" for kind, count in sorted(due.items())) or "nothing"
    console.print(
        f"{run.guests:d} guests, {len(plan.lines)} managed, {unmanaged:d} only counted. "
        f"Due: {escape(words)}. Mode: {escape(run.mode)}.",
        highlight=False,
    )
