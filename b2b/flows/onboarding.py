"""One request becomes one guest, however often it is delivered."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol, assert_never

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
from b2b.domain.outcome import AlreadyGuest, Invited, NotDone, Outcome, status_of
from b2b.domain.policy import Admission, admit
from b2b.domain.reason import Reason
from b2b.domain.request import Delivery, GuestRequest, content_of
from b2b.flows import refusals
from b2b.ports import Clock, Directory, Ledger, PolicyNow, Queues

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Case:
    """A request that the policy admits, and the row that waits for its outcome."""

    request: GuestRequest
    row: LedgerRow
    admission: Admission


BringBack = Callable[[Guest | DeletedGuest, GuestRecord, date | None], Awaitable[bool]]
"""Enables or restores a guest whom we blocked or removed; false when nothing was done."""


async def _nobody_comes_back(
    known: Guest | DeletedGuest, record: GuestRecord, until: date | None
) -> bool:
    del known, record, until
    return False


class OnInvited(Protocol):
    """Told of each invitation of ours, and again when it is delivered again."""

    async def __call__(
        self, row: LedgerRow, record: GuestRecord, guest: GuestId, *, more_comes: bool
    ) -> None: ...


async def _nobody_waits(
    row: LedgerRow, record: GuestRecord, guest: GuestId, *, more_comes: bool
) -> None:
    del row, record, guest, more_comes


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """What welcoming a guest may touch. `replication`: how long a fresh guest may stay unseen."""

    directory: Directory
    ledger: Ledger
    queues: Queues
    policy: PolicyNow
    clock: Clock
    replication: timedelta
    assign_after: timedelta
    bring_back: BringBack = _nobody_comes_back
    on_invited: OnInvited = _nobody_waits

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
            await self._welcome(_Case(request, row, await self._admit(request, row)))
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

    async def _admit(self, request: GuestRequest, row: LedgerRow) -> Admission:
        today = self.clock().date()
        admission = admit(await self.policy(), request.wish, row.sender, today)
        if isinstance(admission, Reason):
            raise Refused(admission)
        if admission.delivery is Delivery.MAIL:
            raise Refused(refusals.NO_MAIL_YET)
        if admission.access_packages:
            raise Refused(refusals.NO_PACKAGES_YET)
        return admission

    async def _welcome(self, case: _Case) -> None:
        wish = case.request.wish
        known = await self.directory.find(wish.email)
        record = await self.ledger.guest(wish.email)
        record = record or _stranger(case.request, self.clock())
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
            promised = _promised(record, case, record.guest)
            await self._give_access(case, await self.ledger.keep_guest(promised), record.guest)
        else:
            await self._invite(case, record)

    async def _invite(self, case: _Case, record: GuestRecord) -> None:
        """The intention is kept first: whoever dies after it is waited for, never repeated."""
        inviting = replace(
            record,
            standing=Standing.INVITING,
            request=case.request.id,
            since=self.clock(),
            guest=None,
            redeemed_on=None,
        )
        inviting = await self.ledger.keep_guest(inviting)
        answer = await self._ask_directory(case, inviting)
        if isinstance(answer, Invitation):
            await self._keep_invited(case, inviting, answer)
        else:  # the look-up missed an account that the directory knows by another property
            asked = await self.ledger.keep_guest(replace(inviting, standing=Standing.ASKED))
            await self._welcome_known(case, asked, answer)

    async def _ask_directory(self, case: _Case, inviting: GuestRecord) -> Invitation | Known:
        wish, admission = case.request.wish, case.admission
        mail = admission.delivery is Delivery.GRAPH
        try:
            return await self.directory.invite(wish.email, wish.display_name, admission, mail=mail)
        except (Refused, TryLater) as failure:
            if not (isinstance(failure, TryLater) and failure.unclear):
                await self.ledger.keep_guest(replace(inviting, standing=Standing.ASKED))
            raise

    async def _keep_invited(self, case: _Case, record: GuestRecord, made: Invitation) -> None:
        if case.admission.delivery is Delivery.LINK:
            await self.ledger.keep_guest_of(case.request.row, made.guest, made.link)
        invited = _promised(replace(record, standing=Standing.INVITED), case, made.guest)
        invited = await self.ledger.keep_guest(invited)
        log.info(events.GUEST_INVITED, extra={"request": case.request.id, "guest": made.guest})
        await self._give_access(case, invited, made.guest)

    async def _welcome_known(self, case: _Case, record: GuestRecord, known: Known) -> None:
        match known:
            case Guest(enabled=True):
                await self._welcome_guest(case, record, known)
            case Guest() | DeletedGuest() as away:
                await self._renew(case, record, away)
            case Member(guest) if _made_by(case.request, record):
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
        promised = _promised(record, case, guest.id)
        await self._give_access(case, await self.ledger.keep_guest(promised), guest.id)

    async def _fetch_link(self, case: _Case) -> None:
        """Inviting a pending guest again, without mail, answers their redemption link."""
        wish = case.request.wish
        answer = await self.directory.invite(
            wish.email, wish.display_name, case.admission, mail=False
        )
        if isinstance(answer, Invitation):
            await self.ledger.keep_guest_of(case.request.row, answer.guest, answer.link)

    async def _give_access(self, case: _Case, record: GuestRecord, guest: GuestId) -> None:
        request = case.request
        invited, more_comes = _made_by(request, record), bool(case.admission.groups)
        if invited:
            await self.on_invited(case.row, record, guest, more_comes=more_comes)
        if not case.admission.groups:
            await self._close(request, Invited(guest) if invited else AlreadyGuest(guest, 0))
            return
        groups = tuple(group for _, group in case.admission.groups)
        assignment = Assignment(request.id, request.row, guest, groups, invited)
        after = self.assign_after if invited else timedelta(0)
        await self.queues.assign(assignment, case.row.generation, after)

    async def _close(self, request: GuestRequest, outcome: Outcome) -> None:
        await self.ledger.close(request.row, outcome)
        log.info(events.REQUEST_CLOSED, extra={"request": request.id, "ending": status_of(outcome)})
        await self.queues.publish(request.row.batch)


def _stranger(request: GuestRequest, now: datetime) -> GuestRecord:
    return GuestRecord(
        address=request.wish.email, standing=Standing.ASKED, request=request.id, since=now
    )


def _made_by(request: GuestRequest, record: GuestRecord) -> bool:
    """By this very request, also when the process died right after the invitation.

    A policy may ask for accounts of userType Member; those are ours only while this holds.
    """
    invited = record.standing in (Standing.INVITING, Standing.INVITED)
    return invited and record.request == request.id


def _promised(record: GuestRecord, case: _Case, guest: GuestId) -> GuestRecord:
    admission = case.admission
    return replace(
        record,
        guest=guest,
        partner=admission.partner,
        sponsor=admission.sponsor or record.sponsor,
        expires_on=_later(record, admission.expires_on),
        policy_version=admission.policy_version,
        sender=case.row.sender,
        correlation=case.row.correlation,
    )


def _later(record: GuestRecord, asked: date | None) -> date | None:
    """A newer request may extend a stay and never shortens one. None has no end."""
    if record.guest is None:
        return asked
    if asked is None or record.expires_on is None:
        return None
    return max(asked, record.expires_on)
