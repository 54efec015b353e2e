"""`python -m b2b ledger snapshot, restore, list`: copies of the ledger."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from b2b.commands.house import in_house
from b2b.commands.terminal import Console, Table, print_plain

if TYPE_CHECKING:
    from b2b.wiring import House

Name = Annotated[str, typer.Argument(help="The folder in the container snapshots.")]


def snapshot() -> int:
    """Copy the ledger now, beside the nightly copies."""

    async def act(house: "House") -> tuple[str, Mapping[str, int]]:
        name = f"{house.clock():%Y-%m-%dT%H%M%S}"
        taken = await house.snapshots.take(name)
        return name, {table: one.entities for table, one in taken.items()}

    name, counted = in_house(act)
    _show(f"snapshots/{name}", "entities", counted)
    return 0


def restore(
    name: Name,
    merge: Annotated[
        bool, typer.Option("--merge", help="Add only what is missing; keep what is there.")
    ] = False,
) -> int:
    """Put a snapshot back into an empty ledger, or what is missing into the present one."""
    added = in_house(lambda house: house.snapshots.restore(name, merge=merge))
    _show(f"restored from snapshots/{name}", "added", added)
    return 0


def listing() -> int:
    """Show which snapshots are whole."""
    for name in in_house(lambda house: house.snapshots.whole()):
        print_plain(name)
    return 0


def _show(title: str, column: str, counted: Mapping[str, int]) -> None:
    console = Console(soft_wrap=True)
    console.print(title, markup=False, highlight=False)
    table = Table("table", column)
    for name, number in counted.items():
        table.add_row(name, f"{number:,}")
    console.print(table)
