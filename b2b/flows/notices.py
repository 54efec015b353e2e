"""What a sweep did to a guest, told to the guest; reminders also to who answers for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestRecord
from b2b.domain.lifecycle import Action, Kind, Rule
from b2b.domain.mail import (
    Facts,
    Letter,
    LetterId,
    Line,
    MailKind,
    Stage,
    clean_contact,
    clean_line,
    letter_id,
)
from b2b.domain.policy import Partner, Policy
from b2b.domain.reason import Reason
from b2b.domain.request import Address, Delivery
from b2b.flows import departure_reasons, mail_reasons
from b2b.flows.invitation_letter import invitation_id
from b2b.flows.posting import Posting
from b2b.flows.return_notices import loss_id
from b2b.flows.sponsor_mail import SponsorMail, line_key
from b2b.ports import Clock, Journal, Ledger, Roll

LOOK_AGAIN = timedelta(seconds=15)  # whether a reminder went out; it grows from look to look
_LOSSES = {Kind.BLOCK: MailKind.BLOCKED, Kind.REMOVE: MailKind.REMOVED}


@dataclass(frozen=True, slots=True)
class _Case:
    """A reminder that is due. `invited`: our own invitation, if it came by us."""

    action: Action
    record: GuestRecord
    policy: Policy
    partner: Partner | None
    invited: Letter | None


@dataclass(frozen=True, slots=True)
class _Posted:
    """A letter with the reminder; `key`: of its line in a letter about many guests."""

    letter: Letter
    key: str = ""

    @property
    def sent(self) -> bool:
        return self.letter.stage is Stage.SENT and self.left_out is None

    @property
    def left_out(self) -> Reason | None:
        left = (one for one in self.letter.facts.left_out if one.key == self.key)
        return next((Reason(one.code, one.sentence) for one in left), None)

    @property
    def on_its_way(self) -> bool:
        return not self.letter.over


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What telling may touch."""

    posting: Posting
    sponsor_mail: SponsorMail
    ledger: Ledger
    journal: Journal
    roll: Roll
    clock: Clock

    async def tell(self, action: Action, policy: Policy) -> None:
        """Tells the guest of a block or a removal. Told again, an action is told once.

        Raises TryLater.
        """
        record = await self.ledger.guest(action.address)
        if record is None or not self.posting.mailbox:
            return
        case = await self._case(action, record, policy)
        kind = _LOSSES[action.kind]
        identity = loss_id(kind, record.address, action.guest, action.id)
        await self.posting.post(self._to_guest(case, kind, identity))

    async def remind(self, action: Action, policy: Policy) -> Reason | None:
        """Returns None once a reminder went out, or the reason why nobody was reminded.

        Raises TryLater while it is on its way, and Refused when sponsors cannot be looked up.
        """
        record = await self.ledger.guest(action.address)
        if record is None:
            return departure_reasons.NOT_MANAGED
        case = await self._case(action, record, policy)
        posted = await self._posted(case)
        if isinstance(posted, Reason):
            return posted
        if any(one.sent for one in posted):
            return None
        waiting = [one.letter for one in posted if one.on_its_way]
        if waiting:
            opens = min(letter.at for letter in waiting) - self.clock()
            raise TryLater(mail_reasons.REMINDER_ON_ITS_WAY, max(opens, LOOK_AGAIN))
        why = (one.left_out or one.letter.reason for one in posted)
        return next((reason for reason in why if reason), mail_reasons.NO_LONGER_SO)

    async def _case(self, action: Action, record: GuestRecord, policy: Policy) -> _Case:
        invited = await self.posting.outbox.letter(invitation_id(record.address, record.request))
        return _Case(action, record, policy, policy.partner(record.partner), invited)

    async def _posted(self, case: _Case) -> Sequence[_Posted] | Reason:
        if case.action.evidence.rule is Rule.UNREDEEMED:
            return await self._post_open_invitation(case)
        if not self.posting.mailbox:
            return mail_reasons.NO_MAILBOX
        identity = letter_id(MailKind.ENDS_SOON, case.record.address, _occasion(case.action))
        (letter,) = await self.posting.post(self._to_guest(case, MailKind.ENDS_SOON, identity))
        posted = [_Posted(letter)]
        to_sponsor = await self._post_to_sponsor(case, MailKind.GUESTS_END_SOON)
        return posted if isinstance(to_sponsor, Reason) else [*posted, to_sponsor]

    async def _post_open_invitation(self, case: _Case) -> Sequence[_Posted] | Reason:
        """By whom the invitation came: Microsoft, our mail, or a link that a sponsor passes on."""
        carrier = case.partner.delivery if case.partner else Delivery.LINK
        carrier = Delivery.MAIL if case.invited is not None else carrier
        if carrier is not Delivery.GRAPH and not self.posting.mailbox:
            return mail_reasons.NO_MAILBOX
        if carrier is Delivery.LINK:
            to_sponsor = await self._post_to_sponsor(case, MailKind.GUESTS_OPEN)
            return to_sponsor if isinstance(to_sponsor, Reason) else [to_sponsor]
        identity = letter_id(MailKind.REDEEM, case.record.address, _occasion(case.action))
        letter = self._to_guest(case, MailKind.REDEEM, identity)
        run = await self.journal.run(case.action.run)
        before = run.started if run else None  # what an earlier night could not send is tried again
        (standing,) = await self.posting.post(
            replace(letter, carrier=carrier), dropped_before=before
        )
        return [_Posted(standing)]

    async def _post_to_sponsor(self, case: _Case, kind: MailKind) -> _Posted | Reason:
        sponsor = await self._sponsor(case)
        if sponsor is None:
            return mail_reasons.NO_SPONSOR
        action, record = case.action, case.record
        open_since = action.evidence.day if kind is MailKind.GUESTS_OPEN else record.expires_on
        line = Line(
            address=record.address,
            day=open_since,
            guest=action.guest,
            key=line_key(action.guest, action.detail),
            partner=clean_line(record.partner),
        )
        if kind is MailKind.GUESTS_OPEN and case.partner:
            page, language = case.partner.redirect_urls[0], case.partner.language
            line = replace(line, redirect_url=page, language=language)
        run = await self.journal.run(action.run)
        first = (run.started if run else self.clock()).date()
        language = case.policy.mail.language
        return _Posted(await self.sponsor_mail.add(kind, sponsor, line, language, first), line.key)

    async def _sponsor(self, case: _Case) -> Address | None:
        """Only somebody of our own tenant: a file may name whom it likes as a sponsor.

        The partner's own sponsor, who is about to take over, is told in place of one who is gone.
        """
        named = [case.record.sponsor, case.partner.sponsor if case.partner else ""]
        there = await self.roll.at_work([one for one in named if one])
        found = (one for one in named if one and one.casefold() in there)
        return next((Address(one) for one in found), None)

    def _to_guest(self, case: _Case, kind: MailKind, identity: LetterId) -> Letter:
        record, partner, invited = case.record, case.partner, case.invited
        redirect = partner.redirect_urls[0] if partner else ""
        language = partner.language if partner else ""
        return Letter(
            id=identity,
            kind=kind,
            to=record.address,
            language=invited.language if invited else language,
            at=self.clock(),
            guest=case.action.guest,
            facts=Facts(
                address=record.address,
                partner=record.partner,
                sponsor=clean_contact(record.sponsor),
                until=record.expires_on,
                rule=case.action.evidence.rule,
                redirect_url=invited.facts.redirect_url if invited else redirect,
            ),
        )


def _occasion(action: Action) -> str:
    return f"{action.guest} {action.detail}"
