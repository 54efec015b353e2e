"""Who accepted an invitation since the last look: one short list of the directory for everybody."""

import logging
from dataclasses import dataclass, replace

from b2b import events
from b2b.domain.guest import GuestId
from b2b.domain.happening import redeemed
from b2b.domain.lifecycle import Gone, Resident
from b2b.domain.request import Address
from b2b.flows.slices import in_slices
from b2b.flows.telling import Telling
from b2b.ports import Accounts, Clock, Ledger
from b2b.ports.events import Awaited, Invitees

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemptions:
    """What noticing may touch. Nobody awaited: the directory is not asked at all."""

    invitees: Invitees
    accounts: Accounts
    awaited: Awaited
    ledger: Ledger
    telling: Telling
    clock: Clock

    async def notice(self) -> int:
        """How many are new. Raises Refused and TryLater, and then nobody was taken for accepted."""
        awaited = await self.awaited.expected()
        if not awaited:
            return 0
        pending = await self.invitees.pending()
        candidates = [one for one in awaited if one[0] not in pending]
        noticed = sum(await in_slices(candidates, self._look))
        await self.telling.flush()
        log.info(events.REDEMPTIONS_NOTICED, extra={"waiting": len(awaited), "accepted": noticed})
        return noticed

    async def _look(self, candidate: tuple[GuestId, Address]) -> bool:
        """Not on the list may also mean too fresh, deleted, or made a member: looked at itself."""
        guest, address = candidate
        sighting = await self.accounts.look(guest)
        if isinstance(sighting, Resident) and not sighting.pending:
            return await self._accepted(guest, address)
        if isinstance(sighting, Gone) and not await self._fresh(address):
            await self.awaited.forget(guest)
        return False

    async def _accepted(self, guest: GuestId, address: Address) -> bool:
        """Noted, told, and only then forgotten: what is lost in between is noticed again."""
        record = await self.ledger.guest(address)
        new = record is not None and record.guest == guest and record.redeemed_on is None
        if record is not None and record.guest == guest:
            now = self.clock()
            if new:
                await self.ledger.keep_guest(replace(record, redeemed_on=now.date()))
            await self.telling.soon(redeemed(record, guest, now))
        await self.awaited.forget(guest)
        return new

    async def _fresh(self, address: Address) -> bool:
        record = await self.ledger.guest(address)
        return record is not None and (self.clock() - record.since).days < 1
