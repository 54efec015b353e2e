"""What onboarding asks of other stories, and what it does where nobody takes part."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Protocol

from b2b.domain.batch import LedgerRow
from b2b.domain.guest import DeletedGuest, Guest, GuestId, GuestRecord
from b2b.domain.mail import Letter

PostLetter = Callable[[Letter, timedelta], Awaitable[None]]
"""Into the outbox; visible to its sender after a while."""

BringBack = Callable[[Guest | DeletedGuest, GuestRecord, date | None], Awaitable[bool]]
"""Enables or restores a guest whom we blocked or removed; false when nothing was done."""


async def nobody_comes_back(
    known: Guest | DeletedGuest, record: GuestRecord, until: date | None
) -> bool:
    del known, record, until
    return False


class OnInvited(Protocol):
    """Told of each invitation of ours, and again when it is delivered again."""

    async def __call__(
        self, row: LedgerRow, record: GuestRecord, guest: GuestId, *, more_comes: bool
    ) -> None: ...


async def nobody_waits(
    row: LedgerRow, record: GuestRecord, guest: GuestId, *, more_comes: bool
) -> None:
    del row, record, guest, more_comes
