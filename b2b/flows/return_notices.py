"""People who were told of a block or a removal are told, once, that the access is back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Custody, Hold
from b2b.domain.mail import Facts, Letter, LetterId, Line, MailKind, Stage, clean_contact, letter_id
from b2b.domain.request import Address
from b2b.flows.digests import digest_id
from b2b.flows.posting import Posting
from b2b.flows.sponsor_mail import SponsorMail, line_key
from b2b.ports import Clock, Journal, Ledger

WEEK = timedelta(days=7)
OPENS = timedelta(seconds=30)  # the account is enabled meanwhile; sent no earlier than it is


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnNotices:
    """Called with the intention to bring a guest back and again when it is done: ids make it one
    mail. What was told, the outbox knows; whether the guest is back is looked at when it is sent.
    """

    posting: Posting
    sponsor_mail: SponsorMail
    ledger: Ledger
    journal: Journal
    clock: Clock

    async def tell(self, guest: GuestId, custody: Custody) -> None:
        """Raises TryLater."""
        holds = [hold for hold in (custody.block, custody.removal) if hold is not None]
        if not holds or not self.posting.mailbox:
            return
        losses = [loss async for loss in self._losses(guest, custody)]
        if losses:
            letter = self._to_guest(guest, holds, losses)
            # Dropped: an earlier attempt to bring the guest back came to nothing.
            await self.posting.post(letter, after=OPENS, dropped_before=self.clock())
        await self._tell_sponsor(guest, holds[0])

    async def _losses(self, guest: GuestId, custody: Custody) -> AsyncIterator[Letter]:
        """The letters that told of it, or are about to."""
        told = ((MailKind.BLOCKED, custody.block), (MailKind.REMOVED, custody.removal))
        for kind, hold in told:
            action = await self.journal.action(hold.run, hold.action) if hold else None
            if action is not None:
                identity = loss_id(kind, action.address, guest, action.id)
                letter = await self.posting.outbox.letter(identity)
                if letter is not None and letter.stage is not Stage.DROPPED:
                    yield letter

    def _to_guest(self, guest: GuestId, holds: list[Hold], losses: list[Letter]) -> Letter:
        last = losses[-1]
        return Letter(
            id=letter_id(MailKind.ACCESS_RESTORED, last.to, f"{guest} {holds[0].action}"),
            kind=MailKind.ACCESS_RESTORED,
            to=last.to,
            language=last.language,
            at=self.clock(),
            guest=guest,
            facts=Facts(
                address=last.to,
                partner=last.facts.partner,
                sponsor=last.facts.sponsor,
                losses=tuple(loss.id for loss in losses),
            ),
        )

    async def _tell_sponsor(self, guest: GuestId, hold: Hold) -> None:
        """Only digests tell a sponsor of a block: they keep whom they named."""
        action = await self.journal.action(hold.run, hold.action)
        record = await self.ledger.guest(action.address) if action else None
        if record is None or not record.sponsor:
            return
        sponsor = Address(record.sponsor)
        digest = await self._digest_about(guest, sponsor, hold.at.date())
        if digest is None:
            return
        line = Line(
            clean_contact(record.address),
            hold.at.date(),
            guest=guest,
            key=line_key(guest, hold.action),
        )
        await self.sponsor_mail.add(
            MailKind.GUESTS_RESTORED, sponsor, line, digest.language, hold.at.date()
        )

    async def _digest_about(self, guest: GuestId, sponsor: Address, day: date) -> Letter | None:
        today = self.clock().date()
        while day <= today + WEEK:
            digest = await self.posting.outbox.letter(digest_id(sponsor, min(day, today)))
            if digest and digest.stage is Stage.SENT and guest in digest.facts.about:
                return digest
            day += WEEK
        return None


def loss_id(kind: MailKind, address: Address, guest: GuestId, action: str) -> LetterId:
    """The mail about one block or removal."""
    return letter_id(kind, address, f"{guest} {action}")
