"""The e-mail cell: one address however it was pasted, or the reason why it is none."""

import re
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from b2b.domain.reason import Reason
from b2b.domain.request import Address
from b2b.domain.upload.domain_name import canonical_domain
from b2b.domain.upload.memory import remembering
from b2b.domain.upload.shapes import BLANK, Note

LONGEST_CELL = 2048
LONGEST_ADDRESS = 254

_ATOM = r"[A-Za-z0-9!$%&'*+/=?^_`{|}~-]+"  # without '#': it may be the mark of a guest's UPN
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([^@]+)")
_PROTECTED = re.compile(r'="([^"]*)"')
_NAMED = re.compile(r"([^<>]*)<([^<>]*)>[\s;,]*")
_PARTS = re.compile(r"[\s;,<>|\"()]+")
_SCHEME = re.compile(r"mailto:\s*", re.I)
_QUOTES = {'""', "''", "“”", "„“", "”“", "””", "‘’", "‚‘", "«»", "»«"}  # noqa: RUF001  as Word makes them
_GUEST_MARK = "#ext#"
_BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


class Found(NamedTuple):
    """`name` is what stood before an address in angle brackets."""

    address: Address
    name: str = ""
    notes: tuple[Note, ...] = ()


class AddressReader:
    """Reads cells that should hold one address."""

    def __init__(
        self, own_domains: frozenset[str], partner_domains: frozenset[str] = frozenset()
    ) -> None:
        canonical = (canonical_domain(domain.strip(". ")) for domain in own_domains)
        self._own = {str(name) for name in canonical if not isinstance(name, Reason)}
        self._own |= {domain.strip(". ").lower() for domain in own_domains}
        self._partners = partner_domains
        self._canonical = remembering(canonical_domain)

    def read(self, cell: str) -> Found | Reason:
        """Of a guest, so not of our own domains."""
        found = self.read_anyone(cell)
        if isinstance(found, Reason) or not self._is_ours(found.address.rpartition("@")[2]):
            return found
        return _OURS

    def read_anyone(self, cell: str) -> Found | Reason:
        cell = cell.strip(BLANK)
        found = self._plain(cell) if cell.isascii() else None
        if isinstance(found, str):
            return Found(found)
        return found or self._undecorated(cell)

    def _plain(self, text: str) -> Address | Reason | None:
        """The way of nearly all addresses, and a cheap one. None: look closer."""
        match = _PLAIN.fullmatch(text)
        if match is None:
            return None
        local, domain = match.groups()
        name = self._canonical(domain)
        if isinstance(name, Reason) or len(local) > 64:
            return None
        if len(local) + 1 + len(name) > LONGEST_ADDRESS:
            return _invalid("it is too long")
        return Address(f"{local}@{name}")

    def _undecorated(self, cell: str) -> Found | Reason:
        if refusal := _refused_at_once(cell):
            return refusal
        text, name, notes = _bare(cell)
        if refusal := _refused_bare(text, cell):
            return refusal
        address = self._plain(text) or self._validated(text)  # nothing invisible is left by now
        if isinstance(address, Reason):
            return address
        return Found(address, name, notes)

    def _validated(self, text: str) -> Address | Reason:
        local, at, domain = text.rpartition("@")
        if not at or not local or "@" in local:
            return _invalid("it needs exactly one @ with something on both sides")
        if any(map(str.isspace, text)):
            return _invalid("it has a blank inside")
        if not local.isascii():
            return _NON_ASCII
        name = self._canonical(domain)
        if isinstance(name, Reason):
            return name
        try:
            validate_email(f"{local}@example.com", check_deliverability=False, strict=True)
        except EmailNotValidError as error:
            return _invalid(str(error)[:200].rstrip("."))
        if len(local) + 1 + len(name) > LONGEST_ADDRESS:
            return _invalid("it is too long")
        return Address(f"{local}@{name}")

    def _is_ours(self, domain: str) -> bool:
        """Ours, or below one of ours and not a partner's: the nearest claim counts."""
        while domain and domain not in self._partners:
            if domain in self._own:
                return True
            domain = domain.partition(".")[2]
        return False


def _refused_at_once(cell: str) -> Reason | None:
    if not cell:
        return _MISSING
    if len(cell) > LONGEST_CELL:
        return _invalid("it is too long")
    if _BIDI.search(cell):
        return _BIDI_CONTROL
    if _GUEST_MARK in cell.casefold():
        return _GUEST_UPN
    return None


def _bare(cell: str) -> tuple[str, str, tuple[Note, ...]]:
    """The address without what a spreadsheet or a mail program put around it."""
    text, name = cell, ""
    notes: tuple[Note, ...] = ()
    if protected := _PROTECTED.fullmatch(cell):
        text, notes = protected[1].strip(BLANK), (_UNPROTECTED,)
    plain = text
    if named := _NAMED.fullmatch(text):
        name, text = named[1].strip(BLANK + "\"'"), named[2]
    text = text.strip(BLANK + ";,")
    text = _SCHEME.sub("", text, count=1) if _SCHEME.match(text) else text
    text = text.partition("?")[0] if _SCHEME.match(plain) else text
    if len(text) > 2 and text[0] + text[-1] in _QUOTES:
        text = text[1:-1]
    text = text.strip(BLANK)
    decorated = (_DECORATED,) if text != plain else ()
    return text, "" if "@" in name else name, (*notes, *decorated)


def _refused_bare(text: str, cell: str) -> Reason | None:
    if not text:
        return _MISSING
    if len({part.casefold() for part in _addresses_in(cell)}) > 1:
        return _SEVERAL
    if _INVISIBLE.search(text):
        return _INVISIBLE_INSIDE
    return None


def _addresses_in(cell: str) -> list[str]:
    parts = (_SCHEME.sub("", part).strip("'\"") for part in _PARTS.split(cell))
    return [part for part in parts if "@" in part.strip("@")]


def _invalid(why: str) -> Reason:
    return Reason("invalid_email", f"This is no e-mail address: {why}.")


_UNPROTECTED = Note(
    "text_protected_email", 'e-mail cell was Excel text-protected (="..."): unwrapped'
)
_DECORATED = Note("decorated_email", "address extracted from decorated text")

_MISSING = Reason("missing_email", "There is no e-mail address on this line.")
_OURS = Reason("own_tenant_domain", "This address is in our own organisation: no guest.")
_GUEST_UPN = Reason(
    "looks_like_guest_upn",
    "This is the sign-in name of a guest (#EXT#): write the guest's own e-mail address.",
)
_SEVERAL = Reason(
    "more_than_one_address_in_cell", "There are several addresses in this cell: one line for each."
)
_NON_ASCII = Reason(
    "non_ascii_local_part",
    "The part before the @ has letters outside a-z, which the directory would change.",
)
_INVISIBLE_INSIDE = Reason(
    "invisible_character_inside_address",
    "There is an invisible character inside the address: type it anew.",
)
_BIDI_CONTROL = Reason(
    "bidi_control_character",
    "There is a character that changes the direction of writing: type the address anew.",
)
