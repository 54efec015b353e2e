"""What a request leaves behind: the record of the guest, and the access that comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from b2b.domain.access import Assignment
from b2b.domain.batch import LedgerRow
from b2b.domain.guest import GuestId, GuestRecord, Standing, invited_as_member
from b2b.domain.policy import AccessPackage, Admission
from b2b.domain.request import GuestRequest, content_of


@dataclass(frozen=True, slots=True)
class Access:
    """What a request was admitted for. `generation`: how often its row was asked again."""

    request: GuestRequest
    admission: Admission
    generation: int


def assignment_of(
    access: Access, record: GuestRecord, guest: GuestId, shorter: Sequence[AccessPackage]
) -> Assignment:
    """`shorter`: packages of ours that end before the stay does."""
    request, admission = access.request, access.admission
    packages = tuple(package for _, package in admission.access_packages)
    return Assignment(
        request.id,
        request.row,
        guest,
        tuple(group for _, group in admission.groups),
        made_by(request, record) and not request.wish.only_takes,
        packages=packages,
        extends=tuple(one for one in shorter if one not in packages),
        remove_groups=tuple(group for _, group in admission.remove_groups),
        remove_packages=tuple(package for _, package in admission.remove_packages),
        until=record.expires_on,
        generation=access.generation,
        content=content_of(request.wish),
        as_member=invited_as_member(record, guest),
    )


def stranger(request: GuestRequest, now: datetime) -> GuestRecord:
    return GuestRecord(
        address=request.wish.email, standing=Standing.ASKED, request=request.id, since=now
    )


def made_by(request: GuestRequest, record: GuestRecord) -> bool:
    """By this very request, also when the process died right after the invitation."""
    invited = record.standing in (Standing.INVITING, Standing.INVITED)
    return invited and record.request == request.id


def promised(
    record: GuestRecord, admission: Admission, row: LedgerRow, guest: GuestId
) -> GuestRecord:
    return replace(
        record,
        guest=guest,
        partner=admission.partner,
        sponsor=admission.sponsor or record.sponsor,
        expires_on=_later(record, guest, admission.expires_on),
        policy_version=admission.policy_version,
        sender=row.sender,
        correlation=row.correlation,
        redeemed_on=record.redeemed_on if record.guest == guest else None,
    )


def _later(record: GuestRecord, guest: GuestId, asked: date | None) -> date | None:
    """A newer request may extend a stay and never shortens one. None has no end.

    What was promised to an account that held the address before is no promise to this one.
    """
    if record.guest != guest:
        return asked
    if asked is None or record.expires_on is None:
        return None
    return max(asked, record.expires_on)
