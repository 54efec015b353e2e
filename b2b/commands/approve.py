"""`python -m b2b approve`: an operator's approval of what a night proposed."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from b2b.commands.house import address_of, in_house
from b2b.commands.terminal import Console, Table, escape, print_plain
from b2b.domain.errors import Refused
from b2b.domain.lifecycle import Proposal, RunId
from b2b.domain.request import address_key
from b2b.flows import approving_reasons as reasons

if TYPE_CHECKING:
    from b2b.flows.approving import Approved
    from b2b.wiring import House

Addresses = Annotated[list[str] | None, typer.Option(help="An address; may be given again.")]


def approve(
    run: Annotated[str, typer.Argument(help="The name of the folder below reports/sweeps.")],
    only: Addresses = None,
    except_: Annotated[
        list[str] | None,
        typer.Option("--except", help="An address to leave out; may be given again."),
    ] = None,
    yes: Annotated[
        int | None, typer.Option("--yes", help="The number of guests, in place of typing it.")
    ] = None,
) -> int:
    """Show what RUN would block and remove, ask for the number of guests, and let it be done.

    An approval lasts three nights. Exit code 2: nothing was approved; the sentence says why.
    """

    async def act(house: "House") -> None:
        from b2b.adapters.sign_in import operator_of  # brings the SDKs along

        operator = await operator_of(house.shared.credential)
        approving, name = house.stays.approving, RunId(run)
        waiting = await approving.waiting(name, operator)
        chosen = choose(waiting, only or (), except_ or (), name)
        if chosen:
            _show(chosen)
            # The question stands between reading and writing: the event loop has nothing else.
            check_number(len(chosen), yes)
        ids = [proposal.action.id for proposal in chosen]
        done = await approving.approve(name, ids, operator)
        if not chosen and not done.queued:
            raise Refused(reasons.nothing_waits(name))
        _tell(name, len(chosen), done, operator)

    in_house(act)
    return 0


def choose(
    waiting: Sequence[Proposal], only: Sequence[str], without: Sequence[str], run: RunId
) -> Sequence[Proposal]:
    """Raises Refused for an address that the run does not propose: nobody is left in by a typo."""
    proposed = {address_key(one.action.address) for one in waiting}
    named = {text: address_key(address_of(text)) for text in [*only, *without]}
    for text, key in named.items():
        if key not in proposed:
            raise Refused(reasons.not_proposed(text, run))
    kept = {named[text] for text in only} or proposed
    left_out = {named[text] for text in without}
    return [one for one in waiting if address_key(one.action.address) in kept - left_out]


def check_number(meant: int, given: int | None) -> None:
    """Raises Refused unless the number of guests was given, or is typed now."""
    typed = given
    if typed is None:
        typed = typer.prompt("Type the number of guests to approve", type=int)
    if typed != meant:
        raise Refused(reasons.wrong_number(typed, meant))


def _show(chosen: Sequence[Proposal]) -> None:
    table = Table("guest", "would be", "because", "since", "limit", "due")
    for proposal in chosen:
        action, evidence = proposal.action, proposal.action.evidence
        cells = (str(evidence.rule), str(evidence.day), f"{evidence.limit} days", str(evidence.due))
        table.add_row(action.address, _PAST[action.kind], *cells)
    console = Console()
    console.print(table)
    counts = Counter(_PAST[proposal.action.kind] for proposal in chosen)
    words = ", ".join(f"{count} {past}" for past, count in sorted(counts.items()))
    console.print(f"{len(chosen)} guests: {escape(words)}.", highlight=False)


_PAST = {"block": "blocked", "remove": "removed"}


def _tell(run: RunId, approved: int, done: "Approved", operator: str) -> None:
    if approved:
        print_plain(f"{approved} guests of run {run} approved by {operator}, for three nights.")
    else:
        print_plain(f"What was approved earlier of run {run} goes on.")
    print_plain(
        f"{done.queued} are being worked on, {done.waiting} wait for the caps of the coming "
        f"nights: see reports/sweeps/{run}/outcome.csv."
    )
