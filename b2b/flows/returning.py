"""What we did to a guest is taken back: exactly that, and only while nobody else has touched it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Action, Custody, Gone, Hold, InBin, Resident, Sighting
from b2b.domain.reason import Reason
from b2b.flows import departure_reasons as reasons
from b2b.ports import Accounts, Clock, Journal

OURS_WITHIN = timedelta(minutes=10)
"""Found blocked so soon after we set out to block: it was us, and we died before we noted it."""
LOOK_AGAIN = timedelta(seconds=15)


class Skip(Exception):
    """What the action was for is no longer so; nothing is done, and that is right."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class TellReturn(Protocol):
    """Tells those who were told of a block or removal that a guest is back, once.

    Called before the account is changed and after it. Raises TryLater.
    """

    async def __call__(self, guest: GuestId, custody: Custody) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """Every method raises Refused, TryLater or Skip.

    The intention is kept first, so that a guest who is back already is known to be back by us.
    """

    accounts: Accounts
    journal: Journal
    clock: Clock
    tell: TellReturn

    async def enable(self, action: Action) -> None:
        """Undoes the block that `action.detail` names."""
        sighting, custody = await self._look(action.guest)
        block = custody.block
        if not isinstance(sighting, Resident):
            raise Skip(reasons.DELETED if isinstance(sighting, InBin) else reasons.GONE)
        if sighting.enabled:
            if not self._back_by_us(block, action, custody):
                raise Skip(reasons.ENABLED_ALREADY)
        elif block is None or not _untouched(block, action, sighting):
            raise Skip(reasons.CHANGED_SINCE)
        elif not block.sure and not self._lately(block.at):
            raise Skip(reasons.BLOCK_UNCLEAR)
        else:
            custody = await self._do(self.accounts.enable, custody, tells=True)
        await self.tell(action.guest, custody)
        await self._note_back(replace(custody, block=None))

    async def restore(self, action: Action) -> None:
        """Undoes the removal that `action.detail` names: the guest is back as it was, blocked."""
        sighting, custody = await self._look(action.guest)
        removal = custody.removal
        if isinstance(sighting, Gone):
            raise Skip(reasons.GONE)
        if isinstance(sighting, Resident):
            if not self._back_by_us(removal, action, custody):
                raise Skip(reasons.BACK_ALREADY)
        elif removal is None or not _untouched(removal, action, sighting.resident):
            raise Skip(reasons.CHANGED_SINCE)
        else:
            custody = await self._do(self.accounts.restore, custody, tells=False)
        await self._note_back(replace(custody, removal=None))

    async def reinstate(self, guest: GuestId) -> None:
        """Back in the directory and enabled, if it was us who blocked or removed. May run twice."""
        sighting, custody = await self._look(guest)
        if isinstance(sighting, Gone):
            raise Refused(reasons.GONE)
        if isinstance(sighting, InBin):
            if custody.removal is None or not same_kind(custody.removal, sighting.resident):
                raise Refused(reasons.NOT_OURS)
            custody = await self._do(self.accounts.restore, custody, tells=True)
            sighting = sighting.resident
        if not same_kind(custody.block or custody.removal, sighting):
            raise Refused(reasons.NOT_OURS)
        if not sighting.enabled:
            block = custody.block
            if block is None or not (block.sure or self._lately(block.at)):
                raise Refused(reasons.NOT_OURS)
            custody = await self._do(self.accounts.enable, custody, tells=True)
        await self.tell(guest, custody)
        await self._note_back(replace(custody, block=None, removal=None))

    async def _look(self, guest: GuestId) -> tuple[Sighting, Custody]:
        """A guest whom we restored a moment ago may be neither here nor in the bin for a while."""
        sighting = await self.accounts.look(guest)
        custody = await self.journal.custody(guest)
        lately = custody.returning is not None and self._lately(custody.returning)
        if isinstance(sighting, Gone) and lately:
            raise TryLater(reasons.NOT_SEEN_YET, LOOK_AGAIN)
        return sighting, custody

    def _back_by_us(self, hold: Hold | None, action: Action, custody: Custody) -> bool:
        """By this very action, which died before it said so. What it undoes may be on its way."""
        if hold is None or hold.action != action.detail:
            return False
        if custody.returning is None and not hold.sure and self._lately(hold.at):
            raise TryLater(reasons.ON_ITS_WAY, LOOK_AGAIN)
        return custody.returning is not None

    def _lately(self, at: datetime) -> bool:
        return self.clock() - at <= OURS_WITHIN

    async def _do(
        self, bring: Callable[[GuestId], Awaitable[None]], before: Custody, *, tells: bool
    ) -> Custody:
        """The mail is posted before the write: after a death right behind it, the guest looks like
        one who was never away. Back blocked, as before a removal, is nothing to tell."""
        now = self.clock()
        coming = replace(before, returning=now, reenabled_on=now.date())
        coming = await self.journal.keep_custody(coming)
        if tells:
            await self.tell(before.guest, coming)
        try:
            await bring(before.guest)
        except Refused as refusal:
            if refusal.reason.code == "not_found":  # it was there a moment ago
                raise TryLater(reasons.NOT_SEEN_YET, LOOK_AGAIN) from refusal
            await self.journal.keep_custody(replace(before, version=coming.version))
            raise
        return coming

    async def _note_back(self, custody: Custody) -> None:
        """Whoever came back is left alone for a while."""
        back = replace(custody, reenabled_on=self.clock().date(), returning=None)
        await self.journal.keep_custody(back)


def _untouched(hold: Hold, action: Action, resident: Resident) -> bool:
    return hold.action == action.detail and hold.mark == resident.mark and same_kind(hold, resident)


def same_kind(hold: Hold | None, resident: Resident) -> bool:
    """Whether the account is still of the kind that we may act on: a guest from outside, or a
    member from outside that looks as it did when we blocked it, so that nobody made it one since.
    """
    if not resident.external or resident.user_type == "Guest":
        return resident.external
    unchanged = hold is not None and hold.mark != "" and hold.mark == resident.mark
    return resident.user_type == "Member" and unchanged
