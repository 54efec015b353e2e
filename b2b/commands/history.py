"""`python -m b2b history ADDRESS`: one guest's whole story, from the ledger."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from b2b.commands.house import address_of, in_house
from b2b.commands.terminal import Console, Table
from b2b.domain.access_removal import AccessRemoval, RemovalStage
from b2b.domain.batch import LedgerRow
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestRecord, Standing
from b2b.domain.lifecycle import Action, Custody
from b2b.domain.mail import Letter
from b2b.domain.outcome import status_of
from b2b.domain.reason import Reason
from b2b.domain.request import Address, Delivery
from b2b.domain.stay import sentences
from b2b.flows.day_book import is_day_book

if TYPE_CHECKING:
    from b2b.wiring import House

NOTHING_KNOWN = Reason("not_managed", "Not managed, and never asked for: the ledger knows nothing.")
Event = tuple[str, str, str]  # when, what, and why or how


def history(address: Annotated[str, typer.Argument(help="The guest's mail address.")]) -> int:
    """Tell what was asked, promised, decided and done for one guest, in order."""
    events = in_house(lambda house: story(house, address_of(address)))
    table = Table("when", "what", "why", title=address, title_justify="left")
    for event in events:
        table.add_row(*event)
    Console().print(table)
    return 0


async def story(house: "House", address: Address) -> list[Event]:
    """Raises Refused when the ledger has never heard of the address."""
    record = await house.ledger.guest(address)
    spelt = {address, record.address} if record else {address}
    every = [row for one in spelt for row in await house.stays.journal.requests_of(one)]
    rows = [row for row in every if not is_day_book(row.ref.batch)]  # those say it again
    if record is None and not rows:
        raise Refused(NOTHING_KNOWN)
    events = [_asked(row) for row in rows]
    if record is not None:
        events.append(_managed(record))
    outbox = house.mail.posting.outbox
    events += [_mailed(letter) for one in spelt for letter in await outbox.letters_to(one)]
    named = [*(row.guest for row in rows), record.guest if record else None]
    for guest in {guest for guest in named if guest is not None}:
        removals = await house.stays.giving_back.removals.of_guest(guest)
        events += [_taken_away(removal) for removal in removals]
    if record is not None and record.guest:
        for action in await house.stays.journal.actions_on(record.guest):
            events.append(_acted(action))
        events += _remembered(await house.stays.journal.custody(record.guest))
    return sorted(events)


def _managed(record: GuestRecord) -> Event:
    """How the guest stands by the ledger."""
    when = _moment(record.since)
    if record.guest is None:
        return when, "not managed", "asked for; neither invited nor adopted"
    end = f"until {record.expires_on}" if record.expires_on else "without an end"
    words = f"{end}, partner {record.partner}, sponsor {record.sponsor or 'nobody'}"
    how = "invited" if record.standing is Standing.INVITED else "adopted"
    return when, f"managed: {how}", words


def _asked(row: LedgerRow) -> Event:
    """Rows of older versions have no time, and stand first."""
    where = f"batch {row.ref.batch}, line {row.ref.line or '-'}"
    reason = getattr(row.outcome, "reason", None)
    told = [reason.sentence] if reason else []
    if row.stay is not None:
        told.append(sentences(row.stay))
    why = ": ".join([where, " ".join(told)]) if told else where
    when = _moment(row.stay.at) if row.stay else ""
    return when, f"asked for by {row.sender or 'a message'}: {status_of(row.outcome)}", why


def _taken_away(removal: AccessRemoval) -> Event:
    """What was given back is a row of a batch undo-..., like any other row."""
    sure = removal.stage is RemovalStage.TAKEN
    what = f"{removal.kind} {'taken away' if sure else 'taken away, or about to be'}"
    where = f"batch {removal.row.batch}, line {removal.row.line or '-'}"
    return _moment(removal.at), what, f"{removal.target}; {where}, by {removal.sender}"


def _mailed(letter: Letter) -> Event:
    by = "Microsoft" if letter.carrier is Delivery.GRAPH else "us"
    why = letter.reason.sentence if letter.reason else f"in {letter.language or 'no language'}"
    return _moment(letter.ended or letter.at), f"mail {letter.kind} by {by} {letter.stage}", why


def _acted(action: Action) -> Event:
    outcome = action.outcome
    when = _moment(outcome.at) if outcome else "pending"
    reason = f"; {outcome.reason.sentence}" if outcome and outcome.reason else ""
    what = f"{action.kind} {outcome.ending if outcome else 'decided'}"
    why = f"{action.evidence}; run {action.run}, policy {action.policy_version}{reason}"
    return when, what, why


def _remembered(custody: Custody) -> list[Event]:
    told: list[Event] = []
    if custody.sponsorless_since:
        told.append((str(custody.sponsorless_since), "nobody answers for the guest", ""))
    if custody.reenabled_on:
        told.append((str(custody.reenabled_on), "back, and left alone for a while", ""))
    return told


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
