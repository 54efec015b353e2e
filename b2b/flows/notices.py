"""What a sweep did to a guest, told to the guest and to who answers for them; each once."""

from dataclasses import dataclass, replace

from b2b.domain.guest import GuestRecord
from b2b.domain.lifecycle import Action, Kind, Rule
from b2b.domain.mail import Facts, Letter, MailKind, clean_contact, letter_id
from b2b.domain.policy import Partner, Policy
from b2b.domain.request import Address, Delivery
from b2b.flows.invitation_letter import invitation_id
from b2b.flows.posting import Posting
from b2b.ports import Clock, Ledger, Roll

_OF_DEEDS = {Kind.BLOCK: MailKind.BLOCKED, Kind.REMOVE: MailKind.REMOVED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What telling may touch."""

    posting: Posting
    ledger: Ledger
    roll: Roll
    clock: Clock

    async def tell(self, action: Action, policy: Policy) -> None:
        """Told again, an action is told once. Raises TryLater; Refused when sponsors are hidden."""
        record = await self.ledger.guest(action.address)
        if record is None:
            return
        partner = policy.partner(record.partner)
        letters = await self._letters(action, record, partner, policy)
        if letters:
            await self.posting.post(*letters)

    async def _letters(
        self, action: Action, record: GuestRecord, partner: Partner | None, policy: Policy
    ) -> list[Letter]:
        invited = await self.posting.outbox.letter(invitation_id(record.address, record.request))
        letter = self._to_guest(action, record, partner, invited)
        if action.kind is Kind.REMIND and action.evidence.rule is Rule.UNREDEEMED:
            return self._reminder(letter, partner, invited)
        if not self.posting.mailbox:
            return []
        sponsor = await self._to_sponsor(action, record, letter, policy)
        return [letter] if sponsor is None else [letter, sponsor]

    def _reminder(
        self, letter: Letter, partner: Partner | None, invited: Letter | None
    ) -> list[Letter]:
        """By whom the invitation came. Whoever got a link by hand is in the sponsor's digest."""
        carrier = partner.delivery if partner else Delivery.LINK
        if invited is not None:
            carrier = Delivery.MAIL
        if carrier is Delivery.LINK or (carrier is Delivery.MAIL and not self.posting.mailbox):
            return []
        return [replace(letter, carrier=carrier)]

    def _to_guest(
        self, action: Action, record: GuestRecord, partner: Partner | None, invited: Letter | None
    ) -> Letter:
        kind = _OF_DEEDS.get(action.kind, MailKind.ENDS_SOON)
        if action.evidence.rule is Rule.UNREDEEMED and action.kind is Kind.REMIND:
            kind = MailKind.REDEEM
        occasion = action.detail if action.kind is Kind.REMIND else action.id
        redirect = partner.redirect_urls[0] if partner else ""
        language = partner.language if partner else ""
        return Letter(
            id=letter_id(kind, record.address, f"{action.guest} {occasion}"),
            kind=kind,
            to=record.address,
            language=invited.language if invited else language,
            at=self.clock(),
            guest=action.guest,
            facts=Facts(
                address=record.address,
                partner=record.partner,
                sponsor=clean_contact(record.sponsor),
                until=record.expires_on,
                rule=action.evidence.rule,
                redirect_url=invited.facts.redirect_url if invited else redirect,
            ),
        )

    async def _to_sponsor(
        self, action: Action, record: GuestRecord, letter: Letter, policy: Policy
    ) -> Letter | None:
        """Only somebody of our own tenant: a file may name whom it likes as a sponsor.

        The partner's own sponsor, who is about to take over, is told in place of one who is gone.
        """
        if letter.kind is not MailKind.ENDS_SOON:
            return None
        partner = policy.partner(record.partner)
        named = [one for one in (record.sponsor, partner.sponsor if partner else "") if one]
        there = await self.roll.at_work(named)
        sponsor = next((one for one in named if one.casefold() in there), None)
        if sponsor is None:
            return None
        kind = MailKind.GUEST_ENDS_SOON
        occasion = f"{action.guest} {action.detail}"
        return Letter(
            id=letter_id(kind, sponsor, occasion),
            kind=kind,
            to=Address(sponsor),
            language=policy.mail.language,
            at=letter.at,
            guest=action.guest,
            facts=letter.facts,
        )
