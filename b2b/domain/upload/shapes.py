"""What goes into the reader and what comes out of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from b2b.domain.reason import Reason
from b2b.domain.request import RefusedRow, Wish

Source = Callable[[], Iterable[bytes]]
"""Opens the same bytes again from the start, in chunks of any size."""

MEBIBYTE = 1024 * 1024

# Everything that is no character to the eye, except the bidi controls: those are refused.
BLANK = (
    "".join(map(chr, range(0x21))) + "\x7f\x85\xa0\u1680\u180e\u2028\u2029\u202f\u205f\u3000\ufeff"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u2060"
)


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """What the reader must be told: it has no clock and knows no tenant.

    Nobody at `own_domains` or below is a guest, unless the nearest name is in `partner_domains`.
    """

    today: date
    own_domains: frozenset[str]
    largest_bytes: int = 256 * MEBIBYTE
    largest_rows: int = 1_000_000
    partner_domains: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Note:
    """Something people should hear about a line that went through.

    `plural` is the sentence for several lines; `listed` false leaves their numbers out.
    """

    code: str
    sentence: str
    plural: str = ""
    listed: bool = True


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """Nobody in this file is invited. `digest` is the SHA-256 of its bytes, in hex."""

    reason: Reason
    encoding: str | None
    delimiter: str | None
    header_line: int | None
    digest: str


@dataclass(frozen=True, slots=True)
class Upload:
    """How to read the rows. `columns` holds a column's known name, or nothing when it is ignored.

    `first_line` is where the table begins: the header, or the first row when there is none.
    """

    digest: str
    encoding: str
    delimiter: str
    header_line: int | None
    first_line: int
    columns: tuple[str, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A line that asks for a guest."""

    line: int
    wish: Wish
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A line that never meant a guest, such as the example of a template."""

    line: int
    email: str
    reason: Reason
    notes: tuple[Note, ...] = ()


Row = AskedRow | RefusedRow | SkippedRow
