"""One request becomes one guest, however often it is delivered."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from b2b import events
from b2b.domain.access import Assignment
from b2b.domain.batch import LedgerRow
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import (
    DeletedGuest,
    Guest,
    GuestId,
    GuestRecord,
    Invitation,
    Known,
    Redemption,
    Standing,
    as_ours,
    invited_as_member,
)
from b2b.domain.outcome import AlreadyGuest, Invited, NotDone, Outcome, status_of
from b2b.domain.policy import UserType, WriteSponsors, admit
from b2b.domain.reason import Reason
from b2b.domain.request import Delivery, GuestRequest, content_of
from b2b.domain.stay import Relation, StayChange, relation_of
from b2b.flows import mail_reasons, refusals
from b2b.flows.guest_ways import (
    BringBack,
    OnInvited,
    PostLetter,
    nobody_comes_back,
    nobody_waits,
)
from b2b.flows.invitation_letter import invitation_letter
from b2b.flows.inviting import Inviting
from b2b.flows.packages import Packaging
from b2b.flows.promises import (
    AdmittedRequest,
    assignment_of,
    left_alone,
    made_by,
    promised,
    settled,
    stranger,
)
from b2b.flows.sponsoring import Sponsoring
from b2b.ports import Clock, Directory, Ledger, PolicyNow, Queues

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """What welcoming a guest may touch. `replication`: how long a fresh guest may stay unseen.

    `post`: None when there is no mailbox for mails of our own.
    """

    directory: Directory
    ledger: Ledger
    queues: Queues
    policy: PolicyNow
    clock: Clock
    replication: timedelta
    assign_after: timedelta
    sponsoring: Sponsoring
    packaging: Packaging
    bring_back: BringBack = nobody_comes_back
    on_invited: OnInvited = nobody_waits
    post: PostLetter | None = None

    @property
    def _inviting(self) -> Inviting:
        return Inviting(directory=self.directory, ledger=self.ledger, sponsoring=self.sponsoring)

    async def onboard(self, request: GuestRequest) -> None:
        """Ends with the row closed, or with an assignment queued that will close it.

        Raises TryLater, and Refused for a message that names a row of somebody else.
        """
        row = await self._open_row(request)
        if row.outcome is not None:
            log.info(events.REQUEST_ALREADY_CLOSED, extra={"request": request.id})
            await self.queues.publish(request.row.batch)
            return
        try:
            case = await self._admit(request, row)
            await (self._change_access(case) if request.wish.takes else self._welcome(case))
        except Refused as refusal:
            await self._close(request, NotDone(refusal.reason))

    async def _open_row(self, request: GuestRequest) -> LedgerRow:
        row = await self.ledger.row(request.row)
        if row is None:
            raise Refused(refusals.NO_SUCH_ROW)
        # A message may name any row: it has to ask for what the row was opened for.
        if row.request != request.id or row.content not in ("", content_of(request.wish)):
            raise Refused(refusals.ROW_OF_ANOTHER)
        return row

    async def _admit(self, request: GuestRequest, row: LedgerRow) -> AdmittedRequest:
        today, policy, wish = self.clock().date(), await self.policy(), request.wish
        admission = admit(policy, wish, row.sender, today)
        if isinstance(admission, Reason):
            raise Refused(admission)
        if wish.only_takes:
            return AdmittedRequest(request, row, admission)
        if admission.delivery is Delivery.MAIL and self.post is None:
            raise Refused(mail_reasons.NO_MAILBOX)
        if wish.sponsor:
            await self.sponsoring.require(wish.sponsor)
        return AdmittedRequest(request, row, admission, policy.write_sponsors)

    async def _change_access(self, case: AdmittedRequest) -> None:
        """Whoever is to lose access is a guest already; nobody is invited, no account changed."""
        found = await self.directory.find(case.request.wish.email)
        record = await self.ledger.guest(case.request.wish.email)
        known = as_ours(found, record) if found else None
        if isinstance(known, DeletedGuest):
            raise Refused(refusals.IN_RECYCLE_BIN)
        if known is not None and not isinstance(known, Guest):
            raise Refused(refusals.foreign(known))
        guest = known.id if known else self._fresh(record)
        if guest is None:
            raise Refused(refusals.NO_SUCH_GUEST)
        if record is None or relation_of(record, guest) is Relation.OTHERS:
            refusal = refusals.why_not_taken(await self.policy())
            if refusal is not None:
                raise Refused(refusal)
        if not case.request.wish.only_takes:
            await self._welcome(case)
            return
        record = record or stranger(case.request, self.clock())
        stay = left_alone(record, guest, case.request.wish.expires_on, self.clock())
        await self.ledger.keep_stay(case.request.row, stay)
        await self._give_access(case, record, stay)

    def _fresh(self, record: GuestRecord | None) -> GuestId | None:
        """Invited so lately that the directory may not show the guest yet."""
        if record is None or record.standing is not Standing.INVITED:
            return None
        return record.guest if record.since + self.replication > self.clock() else None

    async def _welcome(self, case: AdmittedRequest) -> None:
        wish = case.request.wish
        known = await self.directory.find(wish.email)
        record = await self.ledger.guest(wish.email)
        record = record or stranger(case.request, self.clock())
        if known is None:
            await self._welcome_unseen(case, record)
        else:
            await self._welcome_known(case, record, known)

    async def _welcome_unseen(self, case: AdmittedRequest, record: GuestRecord) -> None:
        """Nobody holds the address, or somebody was invited too lately to be seen."""
        fresh_for = record.since + self.replication - self.clock()
        if fresh_for > timedelta(0) and record.standing is Standing.INVITING:
            raise TryLater(refusals.INVITATION_UNCLEAR, fresh_for)
        if fresh_for > timedelta(0) and record.standing is Standing.INVITED and record.guest:
            if case.admission.delivery is Delivery.LINK and not case.row.link:
                await self._inviting.fetch_link(case)
            await self._promise(case, record, record.guest)
        else:
            await self._invite(case, record)

    async def _invite(self, case: AdmittedRequest, record: GuestRecord) -> None:
        """The intention is kept first: whoever dies after it is waited for, never repeated."""
        sponsor = await self._inviting.sponsor_at_work(case)
        inviting = replace(
            record,
            standing=Standing.INVITING,
            request=case.request.id,
            since=self.clock(),
            as_member=case.admission.user_type is UserType.MEMBER,
        )
        inviting = await self.ledger.keep_guest(inviting)
        answer = await self._inviting.ask(case, inviting, sponsor)
        if isinstance(answer, Invitation):
            await self._keep_invited(case, inviting, answer)
        else:  # the look-up missed an account that the directory knows by another property
            asked = await self.ledger.keep_guest(replace(inviting, standing=Standing.ASKED))
            await self._welcome_known(case, asked, answer)

    async def _keep_invited(
        self, case: AdmittedRequest, record: GuestRecord, made: Invitation
    ) -> None:
        if case.admission.delivery is Delivery.LINK:
            await self.ledger.keep_guest_of(case.request.row, made.guest, made.link)
        log.info(events.GUEST_INVITED, extra={"request": case.request.id, "guest": made.guest})
        await self._promise(case, record, made.guest)

    async def _welcome_known(
        self, case: AdmittedRequest, record: GuestRecord, known: Known
    ) -> None:
        match as_ours(known, record):
            case Guest(enabled=True) as guest:
                await self._welcome_guest(case, record, guest)
            case Guest() | DeletedGuest() as away:
                await self._renew(case, record, away)
            case foreign:
                raise Refused(refusals.foreign(foreign))

    async def _renew(
        self, case: AdmittedRequest, record: GuestRecord, away: Guest | DeletedGuest
    ) -> None:
        """Whoever answers for the guest asks for a longer stay: what we took, we give back.

        The end is noted first: an account that is back does not show any more that it was away.
        """
        stay = settled(case, record, away.id, self.clock(), away=True)
        if stay.sponsor not in (case.request.wish.sponsor, stay.sponsor_before):
            await self._inviting.sponsor_at_work(case)
        await self.ledger.keep_stay(case.request.row, stay)
        try:
            if not await self.bring_back(away, record, case.admission.expires_on):
                deleted = isinstance(away, DeletedGuest)
                raise Refused(refusals.IN_RECYCLE_BIN if deleted else refusals.GUEST_DISABLED)
        except Refused:
            await self.ledger.keep_stay(case.request.row, case.row.stay)
            raise
        redemption = away.redemption if isinstance(away, Guest) else Redemption.ACCEPTED
        case = replace(case, row=replace(case.row, stay=stay))
        await self._welcome_guest(case, record, Guest(away.id, redemption, True))

    async def _welcome_guest(
        self, case: AdmittedRequest, record: GuestRecord, guest: Guest
    ) -> None:
        record = replace(record, as_member=invited_as_member(record, guest.id))
        if case.admission.delivery is Delivery.LINK and guest.redemption is Redemption.PENDING:
            await self._inviting.fetch_link(case)
        await self._promise(case, record, guest.id)

    async def _promise(self, case: AdmittedRequest, record: GuestRecord, guest: GuestId) -> None:
        """Noted on the row, then kept: a later delivery still tells what this one changed."""
        stay = settled(case, record, guest, self.clock())
        invited = made_by(case.request, record, guest)
        if stay.sponsor not in (case.request.wish.sponsor, stay.sponsor_before) and not invited:
            await self._inviting.sponsor_at_work(case)
        if stay != case.row.stay:
            await self.ledger.keep_stay(case.request.row, stay)
        if stay.managed:
            await self._write_sponsor(case, stay)
            record = await self.ledger.keep_guest(promised(case, record, stay))
        await self._give_access(case, record, stay)

    async def _write_sponsor(self, case: AdmittedRequest, stay: StayChange) -> None:
        """In the directory, before the ledger forgets who answered for the guest until now.

        Only a sponsor whom the request names: nobody else has asked for a change.
        """
        named = case.request.wish.sponsor
        if case.write_sponsors is WriteSponsors.ALWAYS and named not in ("", stay.sponsor_before):
            await self.sponsoring.hand_over(stay.guest, named, stay.sponsor_before)

    async def _give_access(
        self, case: AdmittedRequest, record: GuestRecord, stay: StayChange
    ) -> None:
        request, guest = case.request, stay.guest
        assignment = await self._assignment(case, record, stay)
        invited, more_comes = assignment.invited, bool(assignment.gives or assignment.takes)
        if invited:
            await self.on_invited(case.row, record, guest, more_comes=more_comes)
        if invited and case.admission.delivery is Delivery.MAIL and self.post is not None:
            letter = invitation_letter(request, case.admission, record, guest, self.clock())
            await self.post(letter, self.assign_after)
        if not more_comes:
            await self._close(request, Invited(guest) if invited else AlreadyGuest(guest, 0))
            return
        after = self.assign_after if assignment.invited else timedelta(0)
        await self.queues.assign(assignment, case.row.generation, after)

    async def _assignment(
        self, case: AdmittedRequest, record: GuestRecord, stay: StayChange
    ) -> Assignment:
        request, until = case.request, case.until(stay)
        takes = request.wish.only_takes
        invited = made_by(request, record, stay.guest) and not takes
        today = self.clock().date()
        if case.admission.access_packages and until is not None and until < today:
            raise Refused(refusals.stay_over(until))
        asked = stay.managed or request.wish.expires_on  # else nobody asked for a later end
        if invited or takes or not asked:
            return assignment_of(case, record, stay, [], invited=invited)
        shorter = await self.packaging.to_extend(stay.guest, until)
        packages = [grant.package for grant in shorter]
        return assignment_of(case, record, stay, packages, invited=invited)

    async def _close(self, request: GuestRequest, outcome: Outcome) -> None:
        await self.ledger.close(request.row, outcome)
        log.info(events.REQUEST_CLOSED, extra={"request": request.id, "ending": status_of(outcome)})
        await self.queues.publish(request.row.batch)
