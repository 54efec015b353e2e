"""`python -m b2b resend ADDRESS`: mails that were dropped are tried once more."""

from collections.abc import Sequence
from typing import Annotated

import typer

from b2b.commands.house import REFUSED, in_house
from b2b.commands.terminal import Column, Console, Table
from b2b.domain.request import Address
from b2b.flows.resending import Resent


def resend(
    readers: Annotated[
        list[str] | None, typer.Argument(metavar="ADDRESS", help="To whom, as `mails` shows it.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Everything that was not sent, whoever it is to.")
    ] = False,
) -> int:
    """Try mails of ours once more that were not sent. Nobody is mailed twice by it.

    Each is looked at again right before it goes out: whoever has accepted, been renewed or come
    back meanwhile is not told what is no longer so.
    """
    if bool(readers) is everything:
        raise typer.BadParameter("Name the readers, or say --all.")
    wanted = [Address(one) for one in readers or ()]
    asked = in_house(lambda house: house.mail.resending.resend(wanted))
    console = Console()
    if not asked:
        console.print("No mail to them waits or was dropped." if wanted else "Nothing to send.")
        return REFUSED if wanted else 0
    _show(asked, console)
    return 0


def _show(asked: Sequence[Resent], console: Console) -> None:
    table = Table("since", "mail", Column("to", overflow="fold"), "what becomes of it")
    for one in sorted(asked, key=lambda one: one.letter.at, reverse=True):
        letter = one.letter
        ending = f"not sent again: {one.refusal.sentence}" if one.refusal else "on its way"
        cells = (f"{letter.at:%Y-%m-%d %H:%M}", letter.kind.value, letter.to, ending)
        table.add_row(*cells)
    console.print(table)
