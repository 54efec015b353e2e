"""What other services hear of a guest, made of what the ledger and the journal say."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NewType, assert_never

from b2b.domain.batch import LedgerRow
from b2b.domain.guest import GuestId, GuestRecord
from b2b.domain.lifecycle import Action, ActionId, Ending, Kind, RunId
from b2b.domain.outcome import (
    AlreadyGuest,
    Assigned,
    Failed,
    HeldByBrake,
    Invited,
    Left,
    NotDone,
    Outcome,
    Renewed,
    Taken,
    WithReason,
    status_of,
)
from b2b.domain.reason import Reason
from b2b.domain.request import RowRef
from b2b.domain.sender_links import link_file

HappeningId = NewType("HappeningId", str)
NOT_REMINDED = "not_reminded"  # the code of an action that could remind nobody
LEAVES = "leaves-"  # runs whose blocks somebody asked for; the request itself is answered


class What(StrEnum):
    INVITED = "invited"
    REDEEMED = "redeemed"
    ASSIGNED = "assigned"
    REFUSED = "refused"
    FAILED = "failed"
    HELD = "held"
    REMINDED = "reminded"
    NOT_REMINDED = "not_reminded"
    BLOCKED = "blocked"
    REMOVED = "removed"
    RESTORED = "restored"
    RENEWED = "renewed"
    ACCESS_REMOVED = "access_removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Holds ids and no address: whoever asked knows by the correlation id whom they asked for.

    `subject`: the guest, or what was asked while there is no guest. `id` is the same each time.
    `folder` holds the results of the request, `link_file` the redemption link; never the link.
    """

    id: HappeningId
    what: What
    subject: str
    at: datetime
    guest: GuestId | None = None
    request: str = ""
    sender: str = ""
    correlation: str = ""
    status: str = ""
    reason: Reason | None = None
    folder: str = ""
    link_file: str = ""


@dataclass(frozen=True, slots=True)
class Numbered:
    """`number` is its place among all happenings of its subject, from 1 and without gaps."""

    happening: Happening
    number: int


@dataclass(frozen=True, slots=True)
class RowDue:
    """Look at this row: what came of it is to be told once it is closed."""

    row: RowRef


@dataclass(frozen=True, slots=True)
class ActionDue:
    """Look at this action: what came of it is to be told once it is closed."""

    run: RunId
    action: ActionId


Due = RowDue | ActionDue | Happening


def of_row(row: LedgerRow, at: datetime) -> Happening | None:
    """None while the row is open."""
    if row.outcome is None:
        return None
    guest = row.outcome.guest or row.guest
    name = row.request or f"{row.ref.batch}/{row.ref.key}"
    return Happening(
        id=happening_id("row", name, str(row.generation)),
        what=_what(row.outcome),
        subject=guest or (f"request-{row.request}" if row.request else f"message-{row.ref.key}"),
        at=at,
        guest=guest,
        request=row.request or "",
        sender=row.sender,
        correlation=row.correlation,
        status=status_of(row.outcome),
        reason=row.outcome.reason if isinstance(row.outcome, WithReason) else None,
        link_file="/".join(link_file(row) or ()),
    )


def invited(row: LedgerRow, guest: GuestId, at: datetime) -> Happening:
    """The mail is on its way; the groups come next, and with them the answer."""
    return Happening(
        id=happening_id("invited", row.request or ""),
        what=What.INVITED,
        subject=guest,
        at=at,
        guest=guest,
        request=row.request or "",
        sender=row.sender,
        correlation=row.correlation,
        status="pending",
    )


def redeemed(record: GuestRecord, guest: GuestId, at: datetime) -> Happening:
    return _of_guest(What.REDEEMED, happening_id("redeemed", guest, record.request), record, at)


def of_action(action: Action, record: GuestRecord | None, at: datetime) -> Happening | None:
    """None for what is nobody else's business, and for what was not done, but for a reminder."""
    what, reason = _what_was_done(action), None
    if what is None or action.run.startswith(LEAVES):
        return None
    if what is What.NOT_REMINDED and action.outcome is not None:
        reason = action.outcome.reason
    identity = happening_id("action", action.run, action.id)
    if record is None or record.guest != action.guest:
        return Happening(
            id=identity,
            what=what,
            subject=action.guest,
            at=at,
            guest=action.guest,
            reason=reason,
        )
    return replace(_of_guest(what, identity, record, at), reason=reason)


def _what_was_done(action: Action) -> What | None:
    outcome = action.outcome
    if outcome is None:
        return None
    if outcome.ending is Ending.DONE:
        return _DONE.get(action.kind)
    # Later nights say `still_not_reminded`: others have heard of it once.
    untold = outcome.reason is not None and outcome.reason.code == NOT_REMINDED
    return What.NOT_REMINDED if untold else None


def _of_guest(what: What, identity: HappeningId, record: GuestRecord, at: datetime) -> Happening:
    assert record.guest is not None
    return Happening(
        id=identity,
        what=what,
        subject=record.guest,
        at=at,
        guest=record.guest,
        request=record.request,
        sender=record.sender,
        correlation=record.correlation,
    )


def happening_id(*parts: str) -> HappeningId:
    return HappeningId(sha256("\n".join(parts).encode()).hexdigest()[:32])


def _what(outcome: Outcome) -> What:
    match outcome:
        case Assigned() | AlreadyGuest():
            return What.ASSIGNED
        case Invited():
            return What.INVITED
        case Taken():
            return What.ACCESS_REMOVED
        case HeldByBrake():
            return What.HELD
        case NotDone():
            return What.REFUSED
        case Failed():
            return What.FAILED
        case Renewed():
            return What.RENEWED
        case Left():
            return What.BLOCKED
        case _:
            assert_never(outcome)


_DONE = {
    Kind.BLOCK: What.BLOCKED,
    Kind.REMOVE: What.REMOVED,
    Kind.REMIND: What.REMINDED,
    Kind.ENABLE: What.RESTORED,
    Kind.RESTORE: What.RESTORED,
    Kind.REINSTATE: What.RESTORED,
}
