"""Cells other than addresses and dates: texts, lists, yes and no, links, languages."""

import re
from urllib.parse import urlsplit

from b2b.domain.reason import Reason
from b2b.domain.request import Delivery
from b2b.domain.upload.names import plain
from b2b.domain.upload.shapes import BLANK, Note

LIMITS = {
    "displayName": 256,
    "givenName": 64,
    "surname": 64,
    "companyName": 64,
    "message": 1024,
    "redirectUrl": 2048,
    "correlationId": 128,
}
ITEM = 256  # characters of a group's or package's name
ITEMS = 100  # groups or packages of one guest

_BETWEEN_ITEMS = re.compile(r"[;,|\r\n]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?")
_LINK = re.compile(r"[\x21-\x7e]+")
_YES = (
    "true t yes y 1 x on wahr ja j vrai oui o verdadero si s vero verdadeiro sim waar sant sand "
    "sann tosi kylla k"
)
_NO = (
    "false f no n 0 off falsch nein faux non falso nao onwaar nee falskt falsk usann epatosi "
    "ei nej nei"
)
_SWITCHES = {**dict.fromkeys(_YES.split(), True), **dict.fromkeys(_NO.split(), False)}
_DELIVERIES = {
    **dict.fromkeys(("graph", "microsoft", "entra", "portal", "default"), Delivery.GRAPH),
    **dict.fromkeys(("mail", "email", "epost", "smtp", "own"), Delivery.MAIL),
    **dict.fromkeys(("link", "url", "none", "redemptionlink"), Delivery.LINK),
}


def too_long(name: str, limit: int) -> Reason:
    return Reason("too_long", f"{name} has more than {limit} characters.")


def formula_note(name: str, text: str) -> Note | None:
    """Nothing is evaluated here; whoever opens the text elsewhere should know."""
    if text[:1] in ("=", "@"):
        return Note("looks_like_formula", f"{name} begins with '{text[0]}'")
    return None


def read_items(name: str, cell: str) -> tuple[str, ...] | Reason:
    """Each name once, in the order given."""
    items = tuple(
        dict.fromkeys(item for part in _BETWEEN_ITEMS.split(cell) if (item := part.strip(BLANK)))
    )
    if len(items) > ITEMS:
        return Reason("too_many_items", f"{name} has more than {ITEMS} entries.")
    if any(len(item) > ITEM for item in items):
        return too_long(name, ITEM)
    return items


def read_link(cell: str) -> str | Reason:
    text = cell.strip(BLANK)
    if not text:
        return ""
    if len(text) > LIMITS["redirectUrl"]:
        return too_long("redirectUrl", LIMITS["redirectUrl"])
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if good and _LINK.fullmatch(text) and "@" not in parts.netloc and "\\" not in text:
        return text
    return _INVALID_LINK


def read_language(cell: str) -> str | Reason:
    text = cell.strip(BLANK).replace("_", "-")
    if text and not _LANGUAGE.fullmatch(text):
        return Reason("invalid_language", "This is no language tag such as de or en-GB.")
    return text


def read_switch(cell: str) -> bool | Reason | None:
    """Yes or no in the words of the languages Excel speaks; blank is neither."""
    text = cell.strip(BLANK)
    if not text:
        return None
    switch = _SWITCHES.get(plain(text[:32]))
    if switch is None:
        return Reason("invalid_boolean", "sendInvitation must be true, false or empty.")
    return switch


def read_delivery(cell: str) -> Delivery | Reason | None:
    text = cell.strip(BLANK)
    if not text:
        return None
    known = _DELIVERIES.get(plain(text[:32]))
    return known or Reason("invalid_delivery", "delivery must be graph, mail, link or empty.")


_INVALID_LINK = Reason("invalid_url", "redirectUrl must be a link beginning with https://.")
