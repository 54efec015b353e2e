"""A wish to leave that was not granted, or was undone, leaves no trace in the ledger."""

from dataclasses import replace
from datetime import date

from b2b.domain.lifecycle import Action
from b2b.ports import Ledger


async def put_back_end(ledger: Ledger, left: Action) -> None:
    """The stay ends when it would have ended without `left`, unless it was changed since."""
    record = await ledger.guest(left.address)
    if record is not None and record.expires_on == left.evidence.day:
        end = date.fromisoformat(left.detail) if left.detail else None
        await ledger.keep_guest(replace(record, expires_on=end))
