"""What we did to a guest is taken back: exactly that, and only while nobody else has touched it."""

from dataclasses import dataclass, replace

from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Action, Custody, Gone, Hold, InBin, Resident
from b2b.domain.reason import Reason
from b2b.flows import departure_reasons as reasons
from b2b.ports import Accounts, Clock, Journal


class Skip(Exception):
    """What the action was for is no longer so; nothing is done, and that is right."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """Every method raises Refused, TryLater or Skip."""

    accounts: Accounts
    journal: Journal
    clock: Clock

    async def enable(self, action: Action) -> None:
        """Undoes the block that `action.detail` names."""
        sighting = await self.accounts.look(action.guest)
        custody = await self.journal.custody(action.guest)
        block = custody.block
        if not isinstance(sighting, Resident):
            raise Skip(reasons.DELETED if isinstance(sighting, InBin) else reasons.GONE)
        if sighting.enabled:
            raise Skip(reasons.ENABLED_ALREADY)
        if block is None or not _untouched(block, action, sighting):
            raise Skip(reasons.CHANGED_SINCE)
        await self.accounts.enable(action.guest)
        await self._note_back(replace(custody, block=None))

    async def restore(self, action: Action) -> None:
        """Undoes the removal that `action.detail` names: the guest is back as it was, blocked."""
        sighting = await self.accounts.look(action.guest)
        custody = await self.journal.custody(action.guest)
        removal = custody.removal
        if isinstance(sighting, Gone):
            raise Skip(reasons.GONE)
        if isinstance(sighting, Resident):
            raise Skip(reasons.BACK_ALREADY)
        if removal is None or not _untouched(removal, action, sighting.resident):
            raise Skip(reasons.CHANGED_SINCE)
        await self.accounts.restore(action.guest)
        await self._note_back(replace(custody, removal=None))

    async def reinstate(self, guest: GuestId) -> None:
        """Back in the directory and enabled, if it was us who blocked or removed. May run twice."""
        custody = await self.journal.custody(guest)
        sighting = await self.accounts.look(guest)
        if isinstance(sighting, Gone):
            raise Refused(reasons.GONE)
        if isinstance(sighting, InBin):
            if custody.removal is None or sighting.resident.user_type != "Guest":
                raise Refused(reasons.NOT_OURS)
            await self.accounts.restore(guest)
            sighting = sighting.resident
        if sighting.user_type != "Guest":
            raise Refused(reasons.NOT_OURS)
        if not sighting.enabled:
            if custody.block is None or not custody.block.sure:
                raise Refused(reasons.NOT_OURS)
            await self.accounts.enable(guest)
        await self._note_back(replace(custody, block=None, removal=None))

    async def _note_back(self, custody: Custody) -> None:
        """Whoever came back is left alone for a while."""
        today = self.clock().date()
        await self.journal.keep_custody(replace(custody, reenabled_on=today))


def _untouched(hold: Hold, action: Action, resident: Resident) -> bool:
    return (
        hold.action == action.detail
        and hold.mark == resident.mark
        and resident.user_type == "Guest"
    )
