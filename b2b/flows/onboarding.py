"""One request becomes one guest, however often it is delivered."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

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
    Member,
    Redemption,
    Standing,
)
from b2b.domain.mail import one_line
from b2b.domain.outcome import AlreadyGuest, Invited, NotDone, Outcome, status_of
from b2b.domain.policy import Admission, WriteSponsors, admit
from b2b.domain.reason import Reason
from b2b.domain.request import Delivery, GuestRequest, content_of
from b2b.domain.sponsor import SponsorId
from b2b.flows import mail_reasons, refusals
from b2b.flows.guest_ways import (
    BringBack,
    OnInvited,
    PostLetter,
    nobody_comes_back,
    nobody_waits,
)
from b2b.flows.invitation_letter import invitation_letter
from b2b.flows.packages import Packaging
from b2b.flows.promises import Access, assignment_of, made_by, promised, stranger
from b2b.flows.sponsoring import Sponsoring
from b2b.ports import Clock, Directory, Ledger, PolicyNow, Queues

log = logging.getLogger(__name__)

LONGEST_NAME = 256  # of a displayName in the directory


@dataclass(frozen=True, slots=True)
class _Case:
    """A request that the policy admits, and the row that waits for its outcome.

    `sponsor`: who is written into the directory with an invitation.
    """

    request: GuestRequest
    row: LedgerRow
    admission: Admission
    write_sponsors: WriteSponsors = WriteSponsors.NEVER
    sponsor: SponsorId | None = None


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

    async def _admit(self, request: GuestRequest, row: LedgerRow) -> _Case:
        today, policy, wish = self.clock().date(), await self.policy(), request.wish
        admission = admit(policy, wish, row.sender, today)
        if isinstance(admission, Reason):
            raise Refused(admission)
        if wish.only_takes:
            return _Case(request, row, admission)
        if admission.delivery is Delivery.MAIL and self.post is None:
            raise Refused(mail_reasons.NO_MAILBOX)
        sponsor = None
        if admission.sponsor:
            of_partner = "" if wish.sponsor else admission.partner
            sponsor = await self.sponsoring.require(admission.sponsor, of_partner=of_partner)
        return _Case(request, row, admission, policy.write_sponsors, sponsor)

    async def _change_access(self, case: _Case) -> None:
        """Whoever is to lose access is a guest already; nobody is invited, no account changed."""
        known = await self.directory.find(case.request.wish.email)
        record = await self.ledger.guest(case.request.wish.email)
        if isinstance(known, Member):
            raise Refused(refusals.MEMBER_OF_TENANT)
        if isinstance(known, DeletedGuest):
            raise Refused(refusals.IN_RECYCLE_BIN)
        guest = known.id if known else self._fresh(record)
        if guest is None:
            raise Refused(refusals.NO_SUCH_GUEST)
        if not case.request.wish.only_takes:
            await self._welcome(case)
            return
        await self._give_access(case, record or stranger(case.request, self.clock()), guest)

    def _fresh(self, record: GuestRecord | None) -> GuestId | None:
        """Invited so lately that the directory may not show the guest yet."""
        if record is None or record.standing is not Standing.INVITED:
            return None
        return record.guest if record.since + self.replication > self.clock() else None

    async def _welcome(self, case: _Case) -> None:
        wish = case.request.wish
        known = await self.directory.find(wish.email)
        record = await self.ledger.guest(wish.email)
        record = record or stranger(case.request, self.clock())
        if known is None:
            await self._welcome_unseen(case, record)
        else:
            await self._welcome_known(case, record, known)

    async def _welcome_unseen(self, case: _Case, record: GuestRecord) -> None:
        """Nobody holds the address, or somebody was invited too lately to be seen."""
        fresh_for = record.since + self.replication - self.clock()
        if fresh_for > timedelta(0) and record.standing is Standing.INVITING:
            raise TryLater(refusals.INVITATION_UNCLEAR, fresh_for)
        if fresh_for > timedelta(0) and record.standing is Standing.INVITED and record.guest:
            if case.admission.delivery is Delivery.LINK and not case.row.link:
                await self._fetch_link(case)
            await self._promise(case, record, record.guest)
        else:
            await self._invite(case, record)

    async def _invite(self, case: _Case, record: GuestRecord) -> None:
        """The intention is kept first: whoever dies after it is waited for, never repeated."""
        inviting = replace(
            record,
            standing=Standing.INVITING,
            request=case.request.id,
            since=self.clock(),
        )
        inviting = await self.ledger.keep_guest(inviting)
        answer = await self._ask_directory(case, inviting)
        if isinstance(answer, Invitation):
            await self._keep_invited(case, inviting, answer)
        else:  # the look-up missed an account that the directory knows by another property
            asked = await self.ledger.keep_guest(replace(inviting, standing=Standing.ASKED))
            await self._welcome_known(case, asked, answer)

    async def _ask_directory(self, case: _Case, inviting: GuestRecord) -> Invitation | Known:
        try:
            return await self._invite_with_sponsor(case)
        except (Refused, TryLater) as failure:
            if not (isinstance(failure, TryLater) and failure.unclear):
                await self.ledger.keep_guest(replace(inviting, standing=Standing.ASKED))
            raise

    async def _invite_with_sponsor(self, case: _Case) -> Invitation | Known:
        wish, admission = case.request.wish, case.admission
        writes = case.write_sponsors is not WriteSponsors.NEVER
        return await self.directory.invite(
            wish.email,
            one_line(wish.display_name, LONGEST_NAME),
            admission,
            mail=admission.delivery is Delivery.GRAPH,
            sponsor=case.sponsor if writes else None,
        )

    async def _keep_invited(self, case: _Case, record: GuestRecord, made: Invitation) -> None:
        if case.admission.delivery is Delivery.LINK:
            await self.ledger.keep_guest_of(case.request.row, made.guest, made.link)
        standing = replace(record, standing=Standing.INVITED)
        invited = promised(standing, case.admission, case.row, made.guest)
        invited = await self.ledger.keep_guest(invited)
        log.info(events.GUEST_INVITED, extra={"request": case.request.id, "guest": made.guest})
        await self._give_access(case, invited, made.guest)

    async def _welcome_known(self, case: _Case, record: GuestRecord, known: Known) -> None:
        match known:
            case Guest(enabled=True):
                await self._welcome_guest(case, record, known)
            case Guest() | DeletedGuest() as away:
                await self._renew(case, record, away)
            case Member(guest) if made_by(case.request, record):
                await self._give_access(case, record, guest)
            case Member():
                raise Refused(refusals.MEMBER_OF_TENANT)
            case _:
                assert_never(known)

    async def _renew(self, case: _Case, record: GuestRecord, away: Guest | DeletedGuest) -> None:
        """Whoever answers for the guest asks for a longer stay: what we took, we give back."""
        if not await self.bring_back(away, record, case.admission.expires_on):
            deleted = isinstance(away, DeletedGuest)
            raise Refused(refusals.IN_RECYCLE_BIN if deleted else refusals.GUEST_DISABLED)
        redemption = away.redemption if isinstance(away, Guest) else Redemption.ACCEPTED
        await self._welcome_guest(case, record, Guest(away.id, redemption, True))

    async def _welcome_guest(self, case: _Case, record: GuestRecord, guest: Guest) -> None:
        """Whoever was inviting when the process died has invited: the guest is there."""
        if record.standing in (Standing.INVITING, Standing.INVITED):
            record = replace(record, standing=Standing.INVITED)
        else:
            record = replace(record, standing=Standing.KNOWN, request=case.request.id)
        if case.admission.delivery is Delivery.LINK and guest.redemption is Redemption.PENDING:
            await self._fetch_link(case)
        await self._answer_for(case, record, guest.id)
        await self._promise(case, record, guest.id)

    async def _answer_for(self, case: _Case, record: GuestRecord, guest: GuestId) -> None:
        """In the directory, before the ledger forgets who answered for the guest until now."""
        wanted = case.admission.sponsor
        if case.write_sponsors is WriteSponsors.ALWAYS and wanted not in ("", record.sponsor):
            await self.sponsoring.hand_over(guest, wanted, record.sponsor)

    async def _promise(self, case: _Case, record: GuestRecord, guest: GuestId) -> None:
        kept = await self.ledger.keep_guest(promised(record, case.admission, case.row, guest))
        await self._give_access(case, kept, guest)

    async def _fetch_link(self, case: _Case) -> None:
        """Inviting a pending guest again, without mail, answers their redemption link."""
        wish = case.request.wish
        answer = await self.directory.invite(
            wish.email, one_line(wish.display_name, LONGEST_NAME), case.admission, mail=False
        )
        if isinstance(answer, Invitation):
            await self.ledger.keep_guest_of(case.request.row, answer.guest, answer.link)

    async def _give_access(self, case: _Case, record: GuestRecord, guest: GuestId) -> None:
        request, assignment = case.request, await self._assignment(case, record, guest)
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

    async def _assignment(self, case: _Case, record: GuestRecord, guest: GuestId) -> Assignment:
        wanted = Access(case.request, case.admission, case.row.generation)
        if made_by(case.request, record) or case.request.wish.only_takes:
            return assignment_of(wanted, record, guest, [])
        shorter = await self.packaging.to_extend(guest, record.expires_on)
        return assignment_of(wanted, record, guest, [one.package for one in shorter])

    async def _close(self, request: GuestRequest, outcome: Outcome) -> None:
        await self.ledger.close(request.row, outcome)
        log.info(events.REQUEST_CLOSED, extra={"request": request.id, "ending": status_of(outcome)})
        await self.queues.publish(request.row.batch)
