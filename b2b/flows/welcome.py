"""What follows an invitation: its acceptance is waited for, and whoever asked hears of it."""

from dataclasses import dataclass

from b2b.domain.batch import LedgerRow
from b2b.domain.guest import GuestId, GuestRecord
from b2b.domain.happening import invited
from b2b.flows.telling import Telling
from b2b.ports import Clock
from b2b.ports.events import Awaited


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """May run twice. Without groups the row closes at once, and its answer tells the same."""

    awaited: Awaited
    telling: Telling
    clock: Clock

    async def __call__(
        self, row: LedgerRow, record: GuestRecord, guest: GuestId, *, more_comes: bool
    ) -> None:
        if record.redeemed_on is None:
            await self.awaited.expect(guest, record.address)
        if more_comes:
            await self.telling.soon(invited(row, guest, self.clock()))
            await self.telling.flush()
