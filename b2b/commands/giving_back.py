"""`python -m b2b undo BATCH`: what the rows of a file or the messages of a day took away."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from b2b.commands.house import REFUSED, in_house
from b2b.commands.terminal import Console, Table, escape
from b2b.domain.access_removal import undo_of_batch
from b2b.domain.errors import Refused
from b2b.domain.request import BatchId
from b2b.flows.giving_back import Return, Returned

if TYPE_CHECKING:
    from b2b.wiring import House

PATIENCE, LOOK_EVERY = 120, 1.0  # seconds
UNFINISHED = 75
_BATCH = re.compile(r"[0-9a-f]{32}|messages-\d{4}-\d{2}-\d{2}")


def is_batch(name: str) -> bool:
    return _BATCH.fullmatch(name) is not None


def undo_batch(batch: BatchId, *, wait: bool) -> int:
    """Exit code 2 when something was refused, 75 while something is on its way."""

    async def act(house: "House") -> tuple[Sequence[Returned], Mapping[str, str]]:
        answers = await house.stays.giving_back.undo(batch)
        return await _until_done(house, batch, answers, wait), await _names(house)

    answers, names = in_house(act)
    fresh = [answer for answer in answers if not answer.before and answer.state is not Return.LEFT]
    if not fresh:
        Console().print(f"There is nothing left to undo in batch {escape(batch)}.")
    if any(not answer.before for answer in answers):
        _show(batch, [answer for answer in answers if not answer.before], names)
    states = {answer.state for answer in fresh}
    if Return.REFUSED in states:
        return REFUSED
    return UNFINISHED if Return.ASKED in states else 0


async def _until_done(
    house: "House", batch: BatchId, answers: Sequence[Returned], wait: bool
) -> Sequence[Returned]:
    for _ in range(int(PATIENCE / LOOK_EVERY) if wait else 0):
        answers = await house.stays.giving_back.state(batch, answers)
        if all(answer.state is not Return.ASKED for answer in answers):
            break
        await asyncio.sleep(LOOK_EVERY)
    return answers


async def _names(house: "House") -> Mapping[str, str]:
    """By id, as the present policy calls them; none when no policy is in force."""
    try:
        policy = await house.shared.policy()
    except Refused:
        return {}
    names: dict[str, str] = {}
    for partner in policy.partners:
        names |= {group: name for name, group in partner.groups.items()}
        names |= {held.package: name for name, held in partner.access_packages.items()}
    return names


def _show(batch: BatchId, answers: Sequence[Returned], names: Mapping[str, str]) -> None:
    console = Console(soft_wrap=True)
    table = Table("guest", "access", "outcome", "why")
    for answer in answers:
        removal = answer.removal
        access = f"{removal.kind} {names.get(removal.target, removal.target)}"
        why = answer.reason.sentence if answer.reason else ""
        table.add_row(removal.email, access, answer.state, why)
    console.print(table)
    console.print(f"{len(answers)} in all; see results/{escape(undo_of_batch(batch))}/results.csv.")
