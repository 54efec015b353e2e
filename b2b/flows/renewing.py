"""A stay ends later because a service of the partner's asks for it."""

from dataclasses import dataclass, replace
from datetime import date

from b2b.domain.batch import LedgerRow
from b2b.domain.command import Renewal
from b2b.domain.errors import Refused
from b2b.domain.guest import DeletedGuest, Guest, GuestId, GuestRecord
from b2b.domain.outcome import Outcome, Renewed
from b2b.domain.policy import Partner, serves
from b2b.domain.reason import Reason
from b2b.domain.stay import later
from b2b.flows import departure_reasons, refusals
from b2b.flows.guest_ways import BringBack
from b2b.flows.packages import Packaging
from b2b.flows.promises import renewed
from b2b.ports import Clock, Directory, Ledger, PolicyNow


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewing:
    """Invites nobody. What we blocked or removed comes back, as with a newer request."""

    directory: Directory
    ledger: Ledger
    policy: PolicyNow
    clock: Clock
    bring_back: BringBack
    packaging: Packaging

    async def renew(self, command: Renewal, row: LedgerRow) -> Outcome:
        """An end that is as late already counts as renewed. Raises Refused and TryLater."""
        partner = serves(await self.policy(), command.asked.email, row.sender)
        if isinstance(partner, Reason):
            raise Refused(partner)
        check_end(command.until, partner, self.clock().date())
        record = await self.ledger.guest(command.asked.email)
        if record is None or record.guest is None:
            raise Refused(departure_reasons.NOT_MANAGED)
        away = await self._away(record, record.guest)
        stay = renewed(row.stay, record, command.until, self.clock(), away=away is not None)
        # Noted first: a guest who is back does not show any more that we had taken them away.
        await self.ledger.keep_stay(row.ref, stay)
        if away is not None:
            await self._fetch(away, record, row, command.until)
        # Before the ledger says so, so that a renewal that died here is asked for again.
        until = max(command.until, record.expires_on or command.until)
        await self.packaging.renew(record.guest, until)
        end = later(record.expires_on, stay.until)  # never shorter than it was
        kept = replace(record, expires_on=end, sender=row.sender, correlation=row.correlation)
        await self.ledger.keep_guest(kept)
        return Renewed(record.guest)

    async def _away(self, record: GuestRecord, guest: GuestId) -> Guest | DeletedGuest | None:
        """The account, when it is blocked or removed. Raises Refused unless it is ours."""
        known = await self.directory.find(record.address)
        if known is None:
            raise Refused(departure_reasons.GONE)
        if known.id != guest:  # what was agreed for the account that held the address before
            raise Refused(departure_reasons.NOT_MANAGED)
        if not isinstance(known, Guest | DeletedGuest):
            raise Refused(refusals.MEMBER_OF_TENANT)
        return None if isinstance(known, Guest) and known.enabled else known

    async def _fetch(
        self, away: Guest | DeletedGuest, record: GuestRecord, row: LedgerRow, until: date
    ) -> None:
        try:
            if not await self.bring_back(away, record, until):
                raise Refused(departure_reasons.NOT_OURS)
        except Refused:
            await self.ledger.keep_stay(row.ref, row.stay)
            raise


def check_end(until: date, partner: Partner, today: date) -> None:
    """Raises Refused unless a stay may end on that day."""
    if until < today:
        raise Refused(Reason("expiry_in_the_past", f"{until} is over; give a day from {today} on."))
    if (until - today).days > partner.longest_stay_days:
        words = (
            f"The policy lets guests of {partner.name} stay for {partner.longest_stay_days} days "
            "at most, counted from today."
        )
        raise Refused(Reason("stay_too_long", words))
