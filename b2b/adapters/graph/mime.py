"""A mail as bytes. Python's own mail package encodes headers and refuses line breaks in them."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from b2b.adapters.graph.mailbox import message_id
from b2b.domain.errors import Refused
from b2b.domain.mail import one_line
from b2b.domain.reason import Reason
from b2b.ports.mail import Envelope

NOT_ASCII = Reason("address_not_ascii", "Exchange takes mail addresses in ASCII only.")


def mime_of(envelope: Envelope, mailbox: str) -> bytes:
    """Plain text first: readers show the last part that they understand."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(envelope.sender_name, mailbox)
    mail["To"] = _address(envelope.name, envelope.to)
    if envelope.reply_to:
        mail["Reply-To"] = _address("", envelope.reply_to)
    mail["Subject"] = one_line(envelope.written.subject)
    mail["Message-ID"] = message_id(envelope.letter, mailbox)
    # No "out of office" to a mailbox that nobody reads; [MS-OXCMAIL] 2.2.3.2.14
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(envelope.written.text, subtype="plain", charset="utf-8", cte="base64")
    mail.add_alternative(envelope.written.html, subtype="html", charset="utf-8", cte="base64")
    mail["Content-Language"] = one_line(envelope.language, 35)
    return mail.as_bytes()


def _address(name: str, address: str) -> Address:
    if not address.isascii():
        raise Refused(NOT_ASCII)
    local, _, domain = address.rpartition("@")
    return Address(one_line(name, 120), local, domain)
