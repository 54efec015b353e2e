"""Text of strangers in our mails: text and nothing else.

What a mail program would turn into a link is taken out or broken: addresses of pages are replaced,
and in bare domains, mail addresses, schemes (tel:) and network paths an invisible joiner stands
where the program would look. It also stands within "=?", with which an encoded word of RFC 2047
begins, so that no program along the way decodes text of ours a second time.
"""

import re
import unicodedata

LONGEST_NAME, LONGEST_MESSAGE = 120, 1000
TAKEN_OUT = "[…]"
JOINER = "\N{WORD JOINER}"

_URL = re.compile(
    r"[a-z][a-z0-9+.-]{1,20}://\S*|(?<!\w)(?:www\.|(?:mailto|javascript|data):)\S+", re.IGNORECASE
)
_PAGE = re.compile(r"(?<![\w@.-])(?:[\w-]+\.)+[a-z]{2,24}(?::\d+)?/\S*", re.IGNORECASE)
_DOT = re.compile(r"(?<=[\w-])([.\u3002\uff0e\uff61])(?=[^\W\d_]{2})")
_AT = re.compile(r"(?<=\S)@(?=\S)")
_SCHEME = re.compile(r"([^\W\d_][\w+.-]*):(?=\S)")
_PATH = re.compile(r"([\\/])(?=[\\/])")  # \\\\host\\share and //host: classic Outlook links them
_ENCODED_WORD = re.compile(r"=(?=\?)")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\n{3,}")


def clean_line(text: str, longest: int = LONGEST_NAME) -> str:
    """One line without links, control and direction marks, cut to a length: a name, a subject."""
    return _cut(_without_links(_one_line(text)), longest)


def clean_contact(text: str) -> str:
    """A mail address that can be copied, as it is; anything else as a clean line."""
    return text if _ADDRESS.fullmatch(text) else clean_line(text)


def clean_text(text: str, *, links: bool = False, longest: int = LONGEST_MESSAGE) -> str:
    """Paragraphs as they are. `links`: whether the policy lets links stand."""
    plain = _LINES.sub("\n\n", _plain(text, JOINER if links else "")).strip()
    return _cut(plain if links else _without_links(plain), longest)


def has_links(text: str) -> bool:
    """Whether the text holds an address of a page."""
    plain = _plain(text)
    return bool(_URL.search(plain) or _PAGE.search(plain))


def one_line(text: str, longest: int = 200) -> str:
    """For text of our own, like a subject: links and joiners stay, line breaks do not."""
    return _cut(_one_line(text, kept=JOINER), longest)


def links_in(text: str) -> list[str]:
    """Every address of a page that a mail program would link."""
    return _URL.findall(text) + _PAGE.findall(_URL.sub(" ", text))


def _one_line(text: str, kept: str = "") -> str:
    return " ".join(_plain(text, kept).split())


def _without_links(text: str) -> str:
    text = _PAGE.sub(TAKEN_OUT, _URL.sub(TAKEN_OUT, text))
    text = _PATH.sub(rf"\1{JOINER}", _SCHEME.sub(rf"\1{JOINER}:{JOINER}", text))
    return _AT.sub(f"{JOINER}@{JOINER}", _DOT.sub(rf"{JOINER}\1{JOINER}", text))


def _plain(text: str, kept: str = "") -> str:
    """Line ends are \\n; other controls, and marks that turn the direction of text, are gone."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\N{LINE SEPARATOR}", "\n").replace("\N{PARAGRAPH SEPARATOR}", "\n")
    text = text.replace("\t", " ")
    stay = "\n" + kept
    signs = (sign for sign in text if sign in stay or unicodedata.category(sign) not in _GONE)
    return _ENCODED_WORD.sub(f"={JOINER}", _BLANKS.sub(" ", "".join(signs)))


_GONE = {"Cc", "Cf", "Cs", "Co", "Cn"}  # controls, formats, surrogates, private, unassigned


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
