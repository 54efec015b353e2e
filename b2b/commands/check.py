"""`python -m b2b check FILE`: what would happen to each row, without touching anything."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from b2b.commands.policy import has_mailbox, policy_or_exit
from b2b.commands.terminal import Console, Table, escape, print_json
from b2b.domain.batch import Totals
from b2b.domain.policy import Policy
from b2b.domain.reading import Reading, reading_rules
from b2b.domain.request import BatchId, TenantId
from b2b.domain.upload import Note, RefusedFile, survey
from b2b.domain.verdict import Court, Rejected

PIECE = 256 * 1024
SHOWN = 40  # refused rows in the table: a file with thousands of faults has one fault


@dataclass(slots=True)
class Report:
    """What `--json` prints, field by field."""

    verdict: str
    reason: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    accept: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    sentence: str = ""

    def as_json(self) -> dict[str, Any]:
        totals = self.totals
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "header_line": self.header_line,
            "accept": self.accept,
            "reject_rows": [[row.line, row.reason.code] for row in self.rejected],
            "warnings": self.warnings,
            "totals": {
                "rows": totals.rows,
                "queued": totals.queued,
                "rejected": totals.rejected,
                "skipped": totals.skipped,
            },
        }


def check(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV to be dropped."),
    ],
    policy: Annotated[
        Path | None,
        typer.Option(help="Else policy.toml here, else policy.example.toml.", dir_okay=False),
    ] = None,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Judge as of this day.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Every refused row.")] = False,
) -> int:
    """Say what would happen to each row of FILE if it were dropped, and why. Touches nothing.

    Exit code 0: the file is taken (perhaps with warnings). 2: the file as a whole is refused.
    """
    rules = policy_or_exit(policy)
    day = today.date() if today else datetime.now(UTC).date()
    report = judge(file, rules, day, None if as_json or everything else SHOWN)
    if as_json:
        print_json(report.as_json())
    else:
        _show(report, file, Console())
    return 2 if report.verdict == "reject_file" else 0


def judge(file: Path, policy: Policy, today: date, most: int | None = None) -> Report:
    """The same code path as the trigger, without ledger and queue.

    Of addresses and refused rows the report holds so many at `most`, or all: a long file fits.
    """

    def pieces() -> Iterator[bytes]:
        with file.open("rb") as opened:
            while piece := opened.read(PIECE):
                yield piece

    rules = reading_rules(policy, today)
    upload = survey(pieces, rules)
    report = Report("accept", None, upload.encoding, upload.delimiter, upload.header_line)
    if isinstance(upload, RefusedFile):
        report.verdict, report.reason = "reject_file", upload.reason.code
        report.sentence = upload.reason.sentence
        return report
    court = Court(policy, today, TenantId("check"), BatchId(upload.digest[:32]))
    reading = Reading(pieces, upload, rules, court)
    _read(reading, report, most)
    report.warnings, report.totals = reading.told(), reading.totals
    if report.warnings or report.rejected:
        report.verdict = "accept_with_warnings"
    return report


def _read(reading: Reading, report: Report, most: int | None) -> None:
    can_mail: bool | None = None  # the settings are looked at only when a row asks for it
    for verdict in reading.verdicts():
        if isinstance(verdict, Rejected):
            if not verdict.skipped and len(report.rejected) != most:
                report.rejected.append(verdict)
            continue
        if len(report.accept) != most:
            report.accept.append(verdict.request.wish.email)
        if verdict.mailed:
            can_mail = has_mailbox() if can_mail is None else can_mail
            reading.warnings.add(verdict.line, () if can_mail else (_NO_MAILBOX,))


def _show(report: Report, file: Path, console: Console) -> None:
    if report.verdict == "reject_file":
        console.print(
            f"[bold red]Refused:[/] {escape(report.sentence)} ({escape(report.reason)})",
            highlight=False,
        )
        return
    header = f"header on line {report.header_line}" if report.header_line else "no header"
    read = f"{report.encoding}, {_named(report.delimiter)}, {header}"
    console.print(f"{escape(file.name)}: {escape(read)}")
    if report.rejected:
        console.print(_refusals(report))
    for warning in report.warnings:
        console.print(f"[yellow]note[/] {escape(warning)}", highlight=False)
    totals = report.totals
    console.print(
        f"{totals.rows:d} rows: [green]{totals.queued:d} would be asked for[/], "
        f"[red]{totals.rejected:d} refused[/], {totals.skipped:d} skipped."
    )


def _refusals(report: Report) -> Table:
    table = Table("line", "e-mail", "reason", "what to do", title="Refused", title_justify="left")
    for row in report.rejected:
        cells = (str(row.line), row.email, row.reason.code, row.reason.sentence)
        table.add_row(*cells)
    if more := report.totals.rejected - len(report.rejected):
        table.caption = f"and {more} more: --all shows them"
    return table


def _named(delimiter: str | None) -> str:
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", None: "one column"}
    return names.get(delimiter, f"'{delimiter}'")


_NO_MAILBOX = Note(
    "no_mailbox",
    'delivery "mail" needs the setting MAIL_FROM, which is not set here: refused without it',
)
