"""`python -m b2b sweep run`: today's run again, when it only reported or was stopped."""

from typing import TYPE_CHECKING, Annotated

import typer

from b2b.commands.house import REFUSED, in_house
from b2b.commands.terminal import print_plain
from b2b.domain.lifecycle import Run, State

if TYPE_CHECKING:
    from b2b.wiring import House


def run(
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Read and plan here, or leave it to the app.")
    ] = True,
) -> int:
    """Begin today's run again when it only reported or was stopped by a gate.

    It reads the tenant with your own sign-in; the app does what it plans. Exit code 2: it was
    stopped again, or has acted already.
    """

    async def act(house: "House") -> Run:
        sweep = house.stays.sweep
        current = await sweep.begin_again()
        while wait and current.state is State.READING:
            current = await sweep.go_on()
        return current

    begun = in_house(act)
    if begun.state is State.STOPPED:
        print_plain(f"Run {begun.id} was stopped: see reports/sweeps/{begun.id}/findings.csv.")
        return REFUSED
    if begun.state is State.READING:
        print_plain(f"Run {begun.id} is begun; the app reads the tenant at the sweep's next turn.")
        return 0
    print_plain(f"Run {begun.id} (mode {begun.mode}): see reports/sweeps/{begun.id}/plan.csv.")
    return 0
