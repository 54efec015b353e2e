"""Where the table of a file begins and what separates its cells."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from b2b.domain.upload.heading import (
    has_email_column,
    is_numbered_heading,
    known_columns,
    looks_like_heading,
    unmasked,
)
from b2b.domain.upload.mentions import is_address, is_row_of_addresses
from b2b.domain.upload.records import LINE, physical_lines, records
from b2b.domain.upload.shapes import BLANK, Note

DELIMITERS = (",", ";", "\t", "|")
TITLES = 50  # lines of free text that may stand before the header
SEEN = 300  # lines by which a delimiter is judged
TRIED = 30  # records looked at to see whether the cell count is steady

_VERSION = re.compile(r"version\s*:\s*v?\d[\d.]*", re.I)
_SEPARATOR = re.compile(r"sep=(\\t|.)", re.I)


@dataclass(frozen=True, slots=True)
class Table:
    """`header` is None when the first line of the table may be its first row."""

    line: int
    delimiter: str
    header: list[str] | None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Start:
    """A line at which the table could begin."""

    line: int
    lines: Sequence[str]
    delimiter: str | None


def find_table(text: str, *, is_whole: bool) -> Table | None:
    """None when there is no line but blanks, comments and preamble."""
    lines = list(physical_lines([text]))
    if not is_whole and len(lines) > 1:
        lines.pop()  # cut amid a line
    starts = list(islice(_starts(lines), TITLES))
    headings = [heading for start in starts if (heading := _as_heading(start))]
    with_email = [table for table in headings if has_email_column(table.header or [])]
    for table in (with_email or headings)[:1]:
        return _with_titles(table, [start.line for start in starts if start.line < table.line])
    return _without_header(starts[0]) if starts else None


def _starts(lines: Sequence[str]) -> Iterator[_Start]:
    """Every line that is neither blank nor comment nor preamble, down to the first address."""
    delimiter: str | None = None
    for index, line in enumerate(lines):
        bare = line.strip(BLANK + '"')
        if separator := _SEPARATOR.match(bare) or _SEPARATOR.match(line.lstrip(BLANK + '"')):
            delimiter = _obeyed(separator[1]) or delimiter
        elif not _is_preamble(bare) and (bare[:1] != "#" or is_numbered_heading(line)):
            yield _Start(index + 1, lines[index : index + SEEN], delimiter)
            if is_row_of_addresses(line):
                return


def _is_preamble(bare: str) -> bool:
    text = bare.strip(BLANK + '",;|')
    return not text or _VERSION.fullmatch(text) is not None


def _obeyed(sign: str) -> str | None:
    sign = "\t" if sign == "\\t" else sign
    return None if sign in '"\r\n ' or sign.isalnum() else sign


def _as_heading(start: _Start) -> Table | None:
    """The table that begins with this line as its header, by the best delimiter."""
    ranked = [(_merit(start, one), one) for one in _delimiters(start)]
    (known, *_), delimiter = max(ranked, key=lambda rank: rank[0])
    if not known:
        return None
    return Table(start.line, delimiter, _cells(start, delimiter))


def _delimiters(start: _Start) -> Sequence[str]:
    return (start.delimiter,) if start.delimiter else DELIMITERS


def _merit(start: _Start, delimiter: str) -> tuple[int, int, float]:
    """How many columns it makes us know, whether one is the e-mail, how steady the rows are."""
    cells = _cells(start, delimiter)
    if not looks_like_heading(cells):
        return (0, 0, 0.0)
    return (known_columns(cells), has_email_column(cells), _steadiness(start, delimiter))


def _cells(start: _Start, delimiter: str) -> list[str]:
    first = next(records(unmasked(start.lines), delimiter), None)
    return [cell.strip(BLANK) for cell in first.cells] if first and not first.fault else []


def _steadiness(start: _Start, delimiter: str) -> float:
    rows = [one.cells for one in islice(records(unmasked(start.lines), delimiter), TRIED)]
    widths = [len(cells) for cells in rows if any(cell.strip(BLANK) for cell in cells)]
    return sum(width == widths[0] for width in widths) / len(widths) if widths else 0.0


def _with_titles(table: Table, titles: list[int]) -> Table:
    """A title above the header is no row; say that it was passed over."""
    if not titles:
        return table
    listed = ",".join(map(str, titles))
    word = "line" if len(titles) == 1 else "lines"
    note = Note("text_above_header", f"{word} {listed}: text above the header ignored")
    return Table(table.line, table.delimiter, table.header, (note,))


def _without_header(start: _Start) -> Table:
    ranked = [(_headless_merit(start, one), one) for one in _delimiters(start)]
    return Table(start.line, max(ranked, key=lambda rank: rank[0])[1], None)


def _headless_merit(start: _Start, delimiter: str) -> tuple[float, float, int]:
    """How many rows hold an address and nothing else in a cell, how steady they are, how wide."""
    rows = [one.cells for one in islice(records(start.lines, delimiter), TRIED) if any(one.cells)]
    if not rows:
        return (0.0, 0.0, 0)
    clean = sum(any(is_address(cell) for cell in cells) for cells in rows) / len(rows)
    return (clean, _steadiness(start, delimiter), min(len(rows[0]), LINE))
