"""A mail as bytes, written here from its first line to its last.

Python's `email.headerregistry` decodes encoded words in a display name, and some patch levels write
what comes out unescaped (CVE-2024-6923; 3.11 before 3.11.10, 3.12 before 3.12.5). So nothing of
that package writes a header: it only reads the finished mail again (mime_check.py).
RFC 5322 for headers, RFC 2047 for encoded words, RFC 2046 5.1 for the parts (read 2026-11-29).
"""

import re
from base64 import b64encode, encodebytes
from collections.abc import Iterator

from b2b.adapters.graph.mailbox import message_id
from b2b.adapters.graph.mime_check import check_mime
from b2b.domain.errors import Refused
from b2b.domain.mail import clean_line, one_line
from b2b.domain.reason import Reason
from b2b.ports.mail import Envelope

NOT_ASCII = Reason("address_not_ascii", "Exchange takes mail addresses in ASCII only.")
NOT_PLAIN = Reason(
    "address_not_plain",
    "The address holds signs that a mail server could read as something else; nothing was sent.",
)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PLAIN = re.compile(r"[ -~]*")
_WORD_BYTES = 45  # in base64 and with its marks 72 characters, of the 75 that RFC 2047 allows


def mime_of(envelope: Envelope, mailbox: str) -> bytes:
    """Plain text first: readers show the last part that they understand.

    Raises Refused for an address that Exchange would not take, and `mail_not_as_meant`.
    """
    boundary = f"guestkeeper-{envelope.letter}"  # base64 has no hyphen
    head = [f"{name}: {value}" for name, value in _headers(envelope, mailbox, boundary)]
    parts = (("plain", envelope.written.text), ("html", envelope.written.html))
    body = [line for subtype, text in parts for line in _part(subtype, text, boundary)]
    mail = "\r\n".join([*head, "", *body, f"--{boundary}--", ""]).encode("ascii")
    check_mime(mail, envelope, mailbox)
    return mail


def _headers(envelope: Envelope, mailbox: str, boundary: str) -> Iterator[tuple[str, str]]:
    yield "From", _mailbox(envelope.sender_name, mailbox)
    yield "To", _mailbox(clean_line(envelope.name), envelope.to)
    if envelope.reply_to:
        yield "Reply-To", _mailbox("", envelope.reply_to)
    yield "Subject", _text(one_line(envelope.written.subject))
    yield "Message-ID", message_id(envelope.letter, mailbox)
    # No "out of office" to a mailbox that nobody reads; [MS-OXCMAIL] 2.2.3.2.14
    yield "X-Auto-Response-Suppress", "All"
    yield "Auto-Submitted", "auto-generated"
    yield "Content-Language", re.sub(r"[^A-Za-z0-9-]", "", envelope.language)[:35]
    yield "MIME-Version", "1.0"
    yield "Content-Type", f'multipart/alternative; boundary="{boundary}"'


def _part(subtype: str, text: str, boundary: str) -> Iterator[str]:
    yield f"--{boundary}"
    yield f'Content-Type: text/{subtype}; charset="utf-8"'
    yield "Content-Transfer-Encoding: base64"
    yield ""
    yield from encodebytes(_sendable(text)).decode("ascii").splitlines()


def _mailbox(name: str, address: str) -> str:
    if not address.isascii():
        raise Refused(NOT_ASCII)
    if "=?" in address or not _ADDRESS.fullmatch(address):
        raise Refused(NOT_PLAIN)
    shown = one_line(name, 120)
    if not shown:
        return address
    if _PLAIN.fullmatch(shown):
        escaped = re.sub(r'(["\\])', r"\\\1", shown)
        return f'"{escaped}" <{address}>'
    return f"{_words(shown)} <{address}>"


def _text(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else _words(text)


def _words(text: str) -> str:
    """As encoded words, each a line of its own and none cut amid a character."""
    chunks, size = [""], 0
    for sign in text:
        size += len(_sendable(sign))
        if size > _WORD_BYTES:
            chunks.append("")
            size = len(_sendable(sign))
        chunks[-1] += sign
    return "\r\n ".join(f"=?utf-8?b?{b64encode(_sendable(one)).decode()}?=" for one in chunks)


def _sendable(text: str) -> bytes:
    """A lone surrogate is no text: a question mark stands for it."""
    return text.encode("utf-8", "replace")
