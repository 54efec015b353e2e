"""Our own invitation to a guest whom the directory has just invited without a mail."""

from datetime import datetime

from b2b.domain.guest import GuestId, GuestRecord
from b2b.domain.mail import Facts, Letter, LetterId, MailKind, clean_contact, clean_line, letter_id
from b2b.domain.policy import Admission
from b2b.domain.request import Address, GuestRequest, RequestId


def invitation_id(address: Address, request: RequestId) -> LetterId:
    return letter_id(MailKind.INVITATION, address, request)


def invitation_letter(
    request: GuestRequest, admission: Admission, record: GuestRecord, guest: GuestId, now: datetime
) -> Letter:
    wish = request.wish
    return Letter(
        id=invitation_id(wish.email, request.id),
        kind=MailKind.INVITATION,
        to=wish.email,
        language=admission.language,
        at=now,
        guest=guest,
        facts=Facts(
            name=clean_line(wish.display_name),
            address=wish.email,
            partner=admission.partner,
            sponsor=clean_contact(admission.sponsor),
            until=record.expires_on,
            message=admission.message,
            redirect_url=admission.redirect_url,
        ),
    )
