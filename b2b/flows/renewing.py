"""A stay ends later because a service of the partner's asks for it."""

from dataclasses import dataclass, replace
from datetime import date

from b2b.domain.batch import LedgerRow
from b2b.domain.command import Renewal
from b2b.domain.errors import Refused
from b2b.domain.guest import DeletedGuest, Guest, GuestId, GuestRecord, as_ours
from b2b.domain.outcome import Outcome, Renewed
from b2b.domain.policy import Partner, serves
from b2b.domain.reason import Reason
from b2b.flows import departure_reasons, refusals
from b2b.flows.guest_ways import BringBack
from b2b.flows.packages import Packaging
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
        await self._fetch(record, record.guest, command.until)
        # Before the ledger says so, so that a renewal that died here is asked for again.
        until = max(command.until, record.expires_on or command.until)  # never shorter than it was
        await self.packaging.renew(record.guest, until)
        end = until if record.expires_on else None
        later = replace(record, expires_on=end, sender=row.sender, correlation=row.correlation)
        await self.ledger.keep_guest(later)
        return Renewed(record.guest)

    async def _fetch(self, record: GuestRecord, guest: GuestId, until: date) -> None:
        found = await self.directory.find(record.address)
        if found is None or found.id != guest:
            raise Refused(departure_reasons.GONE)
        known = as_ours(found, record)
        if isinstance(known, Guest) and known.enabled:
            return
        if not isinstance(known, Guest | DeletedGuest):
            raise Refused(refusals.foreign(known))
        if not await self.bring_back(known, record, until):
            raise Refused(departure_reasons.NOT_OURS)


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
