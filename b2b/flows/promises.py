"""What a request leaves behind: the record of the guest, and the access that comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from b2b.domain.access import Assignment
from b2b.domain.batch import LedgerRow
from b2b.domain.guest import GuestId, GuestRecord, Standing
from b2b.domain.policy import AccessPackage, Admission, WriteSponsors
from b2b.domain.request import GuestRequest
from b2b.domain.stay import (
    AskedEnd,
    Relation,
    StayChange,
    StayEffect,
    decide_stay,
    later,
    relation_of,
    stands_already,
)


@dataclass(frozen=True, slots=True)
class AdmittedRequest:
    """A request that the policy admits, and the row that waits for its outcome."""

    request: GuestRequest
    row: LedgerRow
    admission: Admission
    write_sponsors: WriteSponsors = WriteSponsors.NEVER

    def until(self, stay: StayChange) -> date | None:
        """Access packages end with the stay; without a stay, when one would end."""
        return stay.until if stay.managed else self.admission.expires_on


def assignment_of(
    asked: AdmittedRequest, stay: StayChange, shorter: Sequence[AccessPackage], *, invited: bool
) -> Assignment:
    """`shorter`: packages of ours that end before the stay does. `invited`: new by the request."""
    request, admission = asked.request, asked.admission
    packages = tuple(package for _, package in admission.access_packages)
    return Assignment(
        request.id,
        request.row,
        stay.guest,
        tuple(group for _, group in admission.groups),
        invited,
        packages=packages,
        extends=tuple(package for package in shorter if package not in packages),
        remove_groups=tuple(group for _, group in admission.remove_groups),
        remove_packages=tuple(package for _, package in admission.remove_packages),
        until=asked.until(stay),
        generation=asked.row.generation,
    )


def stranger(request: GuestRequest, now: datetime) -> GuestRecord:
    return GuestRecord(
        address=request.wish.email, standing=Standing.ASKED, request=request.id, since=now
    )


def made_by(request: GuestRequest, record: GuestRecord, guest: GuestId) -> bool:
    """By this very request, also when the process died right after the invitation.

    A policy may ask for accounts of userType Member; those are ours only while this holds.
    """
    ours = relation_of(record, guest) is not Relation.OTHERS
    return ours and _invited(record) and record.request == request.id


def settled(
    asked: AdmittedRequest,
    record: GuestRecord,
    guest: GuestId,
    now: datetime,
    *,
    away: bool = False,
) -> StayChange:
    """What the request does to the stay; what an earlier delivery of it did is not decided anew.

    `away`: we blocked or removed the account, and the request is to bring it back.
    """
    wish, admission = asked.request.wish, asked.admission
    relation, told = relation_of(record, guest), asked.row.stay
    if told and stands_already(told, record, guest, wish.expires_on, now.date(), away=away):
        return told
    known = relation is Relation.MANAGED
    present, sponsor = (record.expires_on, record.sponsor) if known else (None, "")
    end = AskedEnd(wish.expires_on, admission.asked_end, admission.default_end)
    relation = Relation.AWAY_BY_US if away else relation
    effect, until = decide_stay(relation, present, end, adopts=admission.adopts)
    managed = effect is not StayEffect.NOT_MANAGED
    return StayChange(
        effect=effect,
        guest=guest,
        at=now,
        before=present,
        until=until,
        asked=wish.expires_on,
        sponsor=(wish.sponsor or sponsor or admission.sponsor) if managed else "",
        sponsor_before=sponsor,
        partner=admission.partner if managed else "",
    )


def left_alone(
    record: GuestRecord, guest: GuestId, asked: date | None, now: datetime
) -> StayChange:
    """For a request that only takes access away."""
    if relation_of(record, guest) is Relation.OTHERS:
        return StayChange(effect=StayEffect.NOT_MANAGED, guest=guest, at=now, asked=asked)
    return StayChange(
        effect=StayEffect.LEFT_ALONE,
        guest=guest,
        at=now,
        before=record.expires_on,
        until=record.expires_on,
        asked=asked,
        sponsor=record.sponsor,
        sponsor_before=record.sponsor,
        partner=record.partner,
    )


def renewed(
    told: StayChange | None, record: GuestRecord, until: date, now: datetime, *, away: bool
) -> StayChange:
    """What a renewal does to a managed stay. `told`: noted by an earlier delivery of it."""
    guest = record.guest
    assert guest is not None
    if told and stands_already(told, record, guest, until, now.date(), away=away):
        return told
    relation = Relation.AWAY_BY_US if away else Relation.MANAGED
    effect, end = decide_stay(relation, record.expires_on, AskedEnd(until, until))
    return replace(left_alone(record, guest, until, now), effect=effect, until=end)


def stay_ended(record: GuestRecord, end: date, now: datetime) -> StayChange:
    guest = record.guest
    assert guest is not None
    change = left_alone(record, guest, None, now)
    return replace(change, effect=StayEffect.ENDED, until=end)


def promised(asked: AdmittedRequest, record: GuestRecord, stay: StayChange) -> GuestRecord:
    """The record after the request."""
    request, relation = asked.request, relation_of(record, stay.guest)
    end, sponsor = stay.until, stay.sponsor
    if relation is Relation.MANAGED:  # another request may have been first since `stay` was noted
        end = later(record.expires_on, stay.until)
        sponsor = request.wish.sponsor or record.sponsor or stay.sponsor
    if relation is Relation.OTHERS:  # the record was that of nobody, or of another account
        anew = stranger(request, stay.at)
        record = replace(anew, address=record.address, version=record.version)
    invited = _invited(record)
    return replace(
        record,
        standing=Standing.INVITED if invited else Standing.KNOWN,
        request=record.request if invited else request.id,
        guest=stay.guest,
        partner=stay.partner,
        sponsor=sponsor,
        expires_on=end,
        policy_version=asked.admission.policy_version,
        sender=asked.row.sender,
        correlation=asked.row.correlation,
        redeemed_on=record.redeemed_on if relation is Relation.MANAGED else None,
    )


def _invited(record: GuestRecord) -> bool:
    """Whoever was inviting when the process died has invited: the guest is there."""
    return record.standing in (Standing.INVITING, Standing.INVITED)
