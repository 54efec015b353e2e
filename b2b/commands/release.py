"""`python -m b2b release BATCH`: what becomes of the rows that a brake of the policy holds."""

from typing import TYPE_CHECKING, Annotated

import typer

from b2b.commands.house import in_house
from b2b.commands.terminal import print_plain
from b2b.domain.errors import Refused
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId

if TYPE_CHECKING:
    from b2b.wiring import House


def release(
    batch: Annotated[str, typer.Argument(help="The name of the folder in the container results.")],
    refuse: Annotated[
        bool, typer.Option("--refuse", help="Close the rows as refused instead of sending them.")
    ] = False,
    yes: Annotated[
        int | None, typer.Option("--yes", help="The number of rows, in place of typing it.")
    ] = None,
) -> int:
    """Send the rows of BATCH that a brake holds, or refuse them with --refuse.

    Asks for the number of rows and records who decided. Exit code 2: nothing was done.
    """

    async def act(house: "House") -> str:
        from b2b.adapters.sign_in import operator_of  # brings the SDKs along

        operator = await operator_of(house.shared.credential)
        name, releasing = BatchId(batch), house.releasing
        rows = await releasing.held(name)
        # The question stands between reading and writing: the event loop has nothing else.
        check_number(rows, yes)
        if refuse:
            return f"{await releasing.refuse(name, rows, operator)} rows refused."
        file = await releasing.release(name, rows, operator)
        return f"{rows} rows sent, from {file}."

    told = in_house(act)
    print_plain(f"{told} Watch results/{batch}/summary.json.")
    return 0


def check_number(rows: int, given: int | None) -> None:
    """Raises Refused unless the number of held rows was given, or is typed now."""
    typed = given
    if typed is None:
        typed = typer.prompt(f"{rows} rows wait. Type their number to go on", type=int)
    if typed != rows:
        words = f"{rows} rows wait, not {typed}: nothing was done. Look at results.csv first."
        raise Refused(Reason("wrong_number", words))
