"""`python -m b2b mails`: which mails wait, and which were not sent, and why."""

from collections.abc import Sequence

import typer

from b2b.commands.house import in_house
from b2b.commands.terminal import Column, Console, Table
from b2b.domain.mail import Letter

SHOWN = 200


def mails(
    everything: bool = typer.Option(False, "--all", help="More than the newest 200."),
) -> int:
    """List the mails of ours that were decided and have not been sent, the newest first."""
    letters = in_house(lambda house: house.mail.posting.outbox.unsent())
    newest = sorted(letters, key=lambda one: one.at, reverse=True)
    _show(newest if everything else newest[:SHOWN], len(newest), Console())
    return 0


def _show(letters: Sequence[Letter], total: int, console: Console) -> None:
    if not letters:
        console.print("[green]Every mail that was decided has been sent.[/]")
        return
    to = Column("to", overflow="fold")  # people copy it
    table = Table("since", "mail", to, "state", "why", title="Not sent", title_justify="left")
    for one in letters:
        why = one.reason.sentence if one.reason else ""
        cells = (f"{one.at:%Y-%m-%d %H:%M}", one.kind.value, one.to, one.stage.value, why)
        table.add_row(*cells)
    if total > len(letters):
        table.caption = f"and {total - len(letters)} more: --all shows them"
    console.print(table)
    console.print("Mend what stands in the way, then: python -m b2b resend ADDRESS, or --all")
