"""`python -m b2b adopt, renew, end, restore, undo`: what an operator says about stays."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from b2b.commands.giving_back import is_batch, undo_batch
from b2b.commands.house import REFUSED, address_of, in_house
from b2b.commands.terminal import Console, escape, print_plain
from b2b.domain.errors import Refused
from b2b.domain.lifecycle import Action, Ending, Run, RunId
from b2b.domain.request import BatchId
from b2b.flows.taking_back import undo_of

if TYPE_CHECKING:
    from b2b.wiring import House

PATIENCE, LOOK_EVERY = 120, 1.0  # seconds
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Until the app has done it.")]
UNFINISHED = 75


def adopt(
    addresses: Annotated[list[str], typer.Argument(help="Guests that others invited.")],
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day; else the policy's default length."),
    ] = None,
    sponsor: Annotated[str, typer.Option(help="A member at work; else the partner's.")] = "",
) -> int:
    """Take guests that the directory has already under the sweep's care, as if invited today."""

    end = until.date() if until else None

    async def act(house: "House") -> int:
        told = [await _adopt(house, text, end, sponsor) for text in addresses]
        return 0 if all(told) else REFUSED

    return in_house(act)


async def _adopt(house: "House", text: str, end: date | None, sponsor: str) -> bool:
    """One who cannot be adopted is told and does not hold up the others."""
    try:
        record = await house.stays.taking_back.adopt(address_of(text), end, sponsor)
    except Refused as refusal:
        print_plain(f"{text}: {refusal.reason.sentence}", errors=True)
        return False
    words = f"until {record.expires_on}" if record.expires_on else "without an end"
    print_plain(f"{record.address}: managed now, {words}, sponsor {record.sponsor or 'nobody'}.")
    return True


def renew(
    address: Annotated[str, typer.Argument(help="A managed guest.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The new last day.")],
    wait: Wait = True,
) -> int:
    """Extend a stay. If we blocked or removed the guest, bring them back."""

    async def act(house: "House") -> Sequence[Action] | None:
        end: date = until.date()
        run = await house.stays.taking_back.renew(address_of(address), end)
        print_plain(f"{address}: stays until {end}.")
        return await _until_done(house, run, wait) if run else []

    return _tell(in_house(act))


def end(address: Annotated[str, typer.Argument(help="A managed guest.")]) -> int:
    """End a stay: the next night of the sweep blocks the guest, as after each stay that ended."""

    async def act(house: "House") -> int:
        record = await house.stays.taking_back.end(address_of(address))
        print_plain(f"{record.address}: the stay ended on {record.expires_on}.")
        return 0

    return in_house(act)


def restore(
    address: Annotated[str, typer.Argument(help="A managed guest.")], wait: Wait = True
) -> int:
    """Bring one guest back whom we blocked or removed, and leave them alone for a while."""

    async def act(house: "House") -> Sequence[Action] | None:
        run = await house.stays.taking_back.restore(address_of(address))
        return await _until_done(house, run, wait)

    return _tell(in_house(act))


def undo(
    run: Annotated[
        str,
        typer.Argument(
            help="A folder below reports/sweeps, or a batch: 32 hex digits or messages-<date>."
        ),
    ],
    wait: Wait = True,
) -> int:
    """Enable and restore exactly whom RUN blocked and removed, or give back what a batch took."""
    if is_batch(run):
        return undo_batch(BatchId(run), wait=wait)

    async def act(house: "House") -> Sequence[Action] | None:
        undoing = await house.stays.journal.actions(undo_of(RunId(run)))
        told = {action.id for action in undoing if action.outcome is not None}
        ordered = await house.stays.taking_back.undo(RunId(run))
        actions = await _until_done(house, ordered, wait)
        return None if actions is None else [one for one in actions if one.id not in told]

    actions = in_house(act)
    if actions is not None and not actions:
        print_plain(f"There is nothing left to undo in run {run}.")
        return 0
    return _tell(actions)


async def _until_done(house: "House", run: Run, wait: bool) -> Sequence[Action] | None:
    """None when there was no waiting, or not long enough."""
    for _ in range(int(PATIENCE / LOOK_EVERY) if wait else 0):
        actions = await house.stays.journal.actions(run.id)
        if all(one.outcome is not None for one in actions):
            await house.stays.sweep.look_after(run)
            return actions
        await asyncio.sleep(LOOK_EVERY)
    print_plain(f"Asked for as run {run.id}; see reports/sweeps/{run.id}/outcome.csv.")
    return None


def _tell(actions: Sequence[Action] | None) -> int:
    """Exit code 2 when something was asked for and could not be done."""
    if actions is None:
        return UNFINISHED
    console = Console(soft_wrap=True)
    refused = False
    for one in actions:
        outcome = one.outcome
        assert outcome is not None
        why = f": {outcome.reason.sentence}" if outcome.reason else ""
        line = f"{one.address}  {one.kind}  {outcome.ending}{why}"
        console.print(escape(line), highlight=False)
        refused = refused or outcome.ending in (Ending.REFUSED, Ending.FAILED)
    console.print(f"{len(actions)} actions.")
    return REFUSED if refused else 0
