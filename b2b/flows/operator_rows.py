"""What an operator says about a stay, kept as a row beside the requests of files and services."""

from datetime import date, datetime
from hashlib import sha256

from b2b.domain.batch import LedgerRow
from b2b.domain.guest import GuestRecord
from b2b.domain.outcome import AlreadyGuest, Left, Outcome, Renewed
from b2b.domain.request import BatchId, RowRef
from b2b.domain.stay import StayChange, StayEffect
from b2b.ports import Ledger

OPERATOR = "operator"


def operator_change(
    record: GuestRecord, effect: StayEffect, until: date, now: datetime
) -> StayChange:
    """`record` is that of before. Relies on it naming an account."""
    assert record.guest is not None
    return StayChange(
        effect=effect,
        guest=record.guest,
        at=now,
        before=record.expires_on,
        until=until,
        asked=until,
        sponsor=record.sponsor,
        sponsor_before=record.sponsor,
        partner=record.partner,
    )


async def keep_operator_row(ledger: Ledger, record: GuestRecord, change: StayChange) -> None:
    """Kept before the record of the guest, closed from the start; it tells no listener."""
    now = change.at
    row = LedgerRow(
        ref=RowRef(BatchId(f"{OPERATOR}-{now.date()}"), _key(record, change, now)),
        email=record.address,
        sender=OPERATOR,
        outcome=_outcome(change),
        guest=change.guest,
        stay=change,
    )
    await ledger.open_rows([row])


def _key(record: GuestRecord, change: StayChange, now: datetime) -> str:
    words = (record.address, change.effect, str(change.until), now.isoformat())
    return sha256("\n".join(words).encode()).hexdigest()[:32]


def _outcome(change: StayChange) -> Outcome:
    if change.effect is StayEffect.ENDED:
        return Left(change.guest)
    if change.effect is StayEffect.ADOPTED:
        return AlreadyGuest(change.guest, 0)
    return Renewed(change.guest)
