"""The domain of an address in the one form that directories compare: A-labels in lower case."""

import re
import unicodedata
from typing import NewType

import idna
from email_validator import EmailNotValidError, validate_email

from b2b.domain.reason import Reason

DomainName = NewType("DomainName", str)  # A-labels in lower case

LONGEST = 253
# One letter may stand for eighteen (U+FDFA), and each is looked at; a label of 63 holds about 56.
MOST_FOREIGN = 128

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN = re.compile(rf"(?:(?!..--){_LABEL}\.)+[A-Za-z]{{2,63}}")
_SPECIAL = ("arpa", "invalid", "local", "localhost", "onion")

# Scripts that are written together in one word.
_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)
# Letters that pass for Latin ones: a label made of nothing else imitates a Latin name.
_LATIN_LOOKALIKES = frozenset(
    "\u0430\u0441\u0501\u0435\u0454\u04bb\u0456\u0457\u0458\u04cf\u043e\u0440\u0491\u051b\u0455\u051d"
    "\u0445\u0443\u044a\u044c\u043a\u043c\u0442\u0432\u043d\u0433\u043f\u0475\u0461\u044e"
    "\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9\u03b3\u03b7\u03f2\u03f3"
)


def canonical_domain(text: str) -> DomainName | Reason:
    """What a mail server would be asked for, or why nobody should be."""
    if _is_plain(text):
        return DomainName(text.lower())
    if len(text) > LONGEST or sum(not sign.isascii() for sign in text) > MOST_FOREIGN:
        return _invalid("its domain is too long")
    try:
        found = validate_email("a@" + text, check_deliverability=False, test_environment=True)
        letters = idna.decode(found.ascii_domain, uts46=True)
    except (EmailNotValidError, idna.IDNAError, UnicodeError, ValueError) as error:
        return _invalid(str(error)[:200].rstrip("."))
    if not all(map(_is_one_script, letters.split("."))):
        return _MIXED
    return DomainName((found.ascii_domain or "").lower())


def _is_plain(text: str) -> bool:
    if len(text) > LONGEST or _PLAIN.fullmatch(text) is None:
        return False
    return text.rpartition(".")[2].lower() not in _SPECIAL


def _is_one_script(label: str) -> bool:
    if label.isascii():
        return True
    scripts = {_script(sign) for sign in label if sign.isalpha()}
    if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
        return False
    return not all(sign in _LATIN_LOOKALIKES or sign.isascii() for sign in label)


def _script(letter: str) -> str:
    """The first word of a letter's name is the name of its script."""
    return unicodedata.name(letter, "UNKNOWN").split(" ")[0].split("-")[0]


def _invalid(why: str) -> Reason:
    return Reason("invalid_email", f"This is no e-mail address: {why}.")


_MIXED = Reason(
    "mixed_script_domain",
    "The domain mixes letters of several scripts, or imitates Latin ones: type the address anew.",
)
