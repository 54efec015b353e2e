"""The finished mail is read again: nothing is sent that says more than was meant."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

from b2b.domain.errors import Refused
from b2b.domain.mail import Written, links_in
from b2b.domain.reason import Reason
from b2b.ports.mail import Envelope

_ALWAYS = (
    "from", "to", "subject", "message-id", "x-auto-response-suppress", "auto-submitted",
    "content-language", "mime-version", "content-type",
)  # fmt: skip
_OF_A_PART = ["content-transfer-encoding", "content-type"]
_LINKING = {
    "href", "src", "srcset", "action", "formaction", "background", "cite", "poster", "data",
    "longdesc", "ping", "xlink:href", "manifest", "usemap", "codebase", "archive", "profile",
}  # fmt: skip
_IN_STYLE = re.compile(r"(?:url\s*\(|@import)[\s\"']*([^\s\"')]*)", re.IGNORECASE)
_REFRESH = re.compile(r"url\s*=\s*[\"']?([^\"']*)", re.IGNORECASE)
_TRAILING = ".,;:!?)]}>\"'"


def check_mime(mail: bytes, envelope: Envelope, mailbox: str) -> None:
    """Raises Refused `mail_not_as_meant` unless headers, people, parts and links are ours."""
    read = message_from_bytes(mail, policy=policy.default)
    assert isinstance(read, EmailMessage)
    replies = ["reply-to"] if envelope.reply_to else []
    if sorted(name.lower() for name, _ in read.items()) != sorted([*_ALWAYS, *replies]):
        raise _unlike("its headers")
    wanted = {"from": mailbox, "to": envelope.to, "reply-to": envelope.reply_to}
    if any(_people(read, name) != [wanted[name]] for name in ("from", "to", *replies)):
        raise _unlike("its addresses")
    written = envelope.written
    if _parts(read) != [("text/plain", _lines(written.text)), ("text/html", _lines(written.html))]:
        raise _unlike("its parts")
    if any(not _is_ours(link, written) for link in _links(written.text, written.html)):
        raise _unlike("its links")


def _people(read: EmailMessage, name: str) -> list[str]:
    return [address.addr_spec for address in read[name].addresses]


def _parts(read: EmailMessage) -> list[tuple[str, list[str]]]:
    if read.defects or read.get_content_type() != "multipart/alternative":
        return []
    found = []
    for part in read.iter_parts():
        if sorted(name.lower() for name, _ in part.items()) != _OF_A_PART or part.defects:
            return []
        found.append((part.get_content_type(), _lines(part.get_content())))
    return found


def _lines(text: str) -> list[str]:
    return text.encode("utf-8", "replace").decode().rstrip("\n").split("\n")


def _links(text: str, html: str) -> Iterator[str]:
    yield from (link.rstrip(_TRAILING) for link in links_in(text))
    reader = _Links()
    reader.feed(html)
    reader.close()
    yield from reader.found
    yield from (link.rstrip(_TRAILING) for link in links_in(" ".join(reader.shown)))


class _Links(HTMLParser):
    """Every place of a page that leads elsewhere or loads something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.shown: list[str] = []
        self._styled = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._styled = tag == "style"
        given = {name: value or "" for name, value in attrs}
        if tag == "meta" and "http-equiv" in given:
            self.found += _REFRESH.findall(given.get("content", ""))
        for name, value in given.items():
            self._look(name, value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._styled = False

    def handle_endtag(self, tag: str) -> None:
        self._styled = self._styled and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._styled:
            self.found += _IN_STYLE.findall(data)
        else:
            self.shown.append(data)

    def _look(self, name: str, value: str) -> None:
        if name in _LINKING:
            self.found.append(value.strip())
        elif name == "style":
            self.found += _IN_STYLE.findall(value)
        elif name == "srcdoc" or name.startswith("on"):
            self.found.append(value)


def _is_ours(link: str, written: Written) -> bool:
    ours = {form for own in written.links for form in (own, own.rstrip(_TRAILING))}
    return link in ours or any(map(link.startswith, written.beginnings))


def _unlike(what: str) -> Refused:
    return Refused(
        Reason(
            "mail_not_as_meant",
            f"The finished mail differs from what was meant in {what}, so it was not sent. Look "
            "at the template, the organisation and the names that it was made of.",
        )
    )
