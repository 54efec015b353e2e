"""`python -m b2b census`: all guests counted as of now, as a table and, if asked, as files."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from b2b.commands.house import in_house
from b2b.commands.terminal import Console, Table, escape, styled
from b2b.domain.census import Picture, Quota, State
from b2b.domain.errors import Refused
from b2b.domain.finding import Finding, Severity
from b2b.domain.reason import Reason
from b2b.flows.asking_again import GivenUp, OutOfTime
from b2b.flows.census import Papers
from b2b.flows.census_reading import Spoilt
from b2b.flows.notebook import Memory
from b2b.ports.census import Quick

if TYPE_CHECKING:
    from b2b.wiring import House

WITHIN = timedelta(hours=2)
COLOURS = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}


def census(
    counts: Annotated[
        bool, typer.Option("--counts", help="Only what the directory counts by itself: seconds.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Write report.html, guests.csv and census.json here."),
    ] = None,
) -> int:
    """Count all guests and show the figures. Touches nothing in the tenant.

    Sign-in dates come 500 a page and ten pages a minute: 50,000 guests take about 11 minutes.
    """
    console = Console()
    if counts:
        _show_quick(*in_house(lambda house: house.census.quick()), console)
        return 0
    with Console(stderr=True).status("Reading every guest …"):
        papers = in_house(_take)
    _show(papers.picture, console)
    if out is not None:
        _write(papers, out)
        page = out / "report.html"
        console.print(f"Written: {escape(page)}, guests.csv, census.json.", highlight=False)
    return 0


async def _take(house: "House") -> Papers:
    try:
        return await house.census.take(Memory(), WITHIN)
    except (Spoilt, GivenUp) as end:
        raise Refused(end.reason) from None
    except OutOfTime:
        words = "The directory's budget did not suffice for two hours of asking."
        raise Refused(Reason("too_slow", words)) from None


def _write(papers: Papers, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, content in papers.all():
        with (out / name).open("wb") as file:
            file.writelines(content)


def _show(picture: Picture, console: Console) -> None:
    figures, changes = picture.figures, picture.changes[0].differences
    table = _table(f"{figures.guests:,} guests on {picture.day}", "", "guests", "since last run")
    for state in State:
        change = changes.get(state)
        table.add_row(
            state.replace("_", " "),
            f"{figures.states[state]:,}",
            "" if change is None else f"{change:+,}",
        )
    for words, number in (
        ("managed", figures.managed),
        ("in directory roles", figures.in_roles),
        ("at domains of no partner", figures.at_unknown_domains),
        ("stay over, still enabled", figures.overdue),
    ):
        table.add_row(words, f"{number:,}", "")
    console.print(table)
    console.print(_limits(picture))
    console.print(_findings(picture.findings))


def _limits(picture: Picture) -> Table:
    table = _table("Limits", "", "used", "of", "reached")
    for limit in picture.limits:
        used = "not known" if limit.used is None else f"{limit.used:,}"
        most = "" if limit.most is None else f"{limit.most:,}"
        table.add_row(limit.title, used, most, str(limit.reached or ""))
    return table


def _findings(found: Iterable[Finding]) -> Table:
    table = Table("severity", "found", "what to do", title="Findings", title_justify="left")
    for one in found:
        table.add_row(styled(one.severity, COLOURS[one.severity]), one.found, one.remedy)
    return table


def _show_quick(quick: Quick, quota: Quota | str, console: Console) -> None:
    table = _table("As the directory counts", "", "accounts")
    for words, number in (
        ("guests", quick.guests),
        ("invitation pending", quick.pending),
        ("disabled", quick.disabled),
        ("created within 30 days", quick.new),
        ("in the recycle bin", quick.deleted),
    ):
        table.add_row(words, f"{number:,}")
    full = quota if isinstance(quota, str) else f"{quota.used:,} of {quota.total:,}"
    table.add_row("objects in the directory", full)
    console.print(table)


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table
