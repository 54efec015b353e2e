"""`python -m b2b activity`: how far the export of the logs is, what is amiss, who was active."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from b2b.commands.house import in_house
from b2b.commands.terminal import Console, Table, escape, print_json
from b2b.domain.finding import Finding
from b2b.flows.activity import Status

if TYPE_CHECKING:
    from b2b.wiring import House

FREE = 50_000  # https://learn.microsoft.com/entra/external-id/external-identities-pricing
NAMES = {"signins": "sign-ins", "audits": "audit events"}
AMISS = 2


def activity(
    export: Annotated[bool, typer.Option("--export", help="Run one turn of it first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> int:
    """Tell how far the guests' sign-ins and audit events are exported, and the active guests.

    Exit code 2: there are findings.
    """

    async def act(house: "House") -> Status:
        if export:
            await house.activity.export()
        return await house.activity.status()

    status = in_house(act)
    if as_json:
        print_json(_as_json(status))
    else:
        _show(status, Console())
    return AMISS if status.findings else 0


def _as_json(status: Status) -> dict[str, Any]:
    return {
        "logs": {
            str(kind): {
                "since": one.began.isoformat(),
                "until": one.reached.isoformat(),
                "readAgainUntil": one.reread.isoformat(),
            }
            for kind, one in status.coverage.cursors.items()
        },
        "months": [
            {
                "month": str(one.month),
                "activeGuests": one.active_guests,
                "throughUntil": one.through_until.isoformat(),
                "partial": one.partial,
            }
            for one in status.months
        ],
        "findings": [
            {"id": one.id, "severity": one.severity.value, "found": one.found, "do": one.remedy}
            for one in status.findings
        ],
    }


def _show(status: Status, console: Console) -> None:
    if not status.coverage.cursors:
        console.print("Nothing was exported yet. `--export` runs one turn now.", highlight=False)
    else:
        console.print(_logs(status))
    if status.months:
        console.print(_months(status))
    for finding in status.findings:
        _tell(finding, console)


def _logs(status: Status) -> Table:
    table = Table("log", "since", "until", "behind", title="Exported", title_justify="left")
    now = datetime.now(UTC)
    for kind, one in status.coverage.cursors.items():
        minutes = max((now - one.reached).total_seconds() / 60, 0)
        behind = f"{minutes / 60:.0f} h" if minutes >= 120 else f"{minutes:.0f} min"
        table.add_row(NAMES[kind], f"{one.began:%Y-%m-%d}", f"{one.reached:%Y-%m-%d %H:%M}", behind)
    return table


def _months(status: Status) -> Table:
    title = f"Active guests ({FREE:,} a month are free)"
    table = Table("month", "active guests", "known until", "", title=title, title_justify="left")
    table.columns[1].justify = "right"
    for one in status.months:
        remark = "not read from its beginning, or with a gap" if one.partial else ""
        until = f"{one.through_until:%Y-%m-%d %H:%M}"
        table.add_row(str(one.month), f"{one.active_guests:,}", until, remark)
    return table


def _tell(finding: Finding, console: Console) -> None:
    told = f"{finding.title}. {finding.found}"
    console.print(f"[bold]{escape(finding.severity)}[/] {escape(told)}", highlight=False)
    console.print(f"  {escape(finding.remedy)}", highlight=False)
