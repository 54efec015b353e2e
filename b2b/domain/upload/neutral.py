"""What we write for people to open in a spreadsheet never runs there."""

import csv
import io
import re
from collections.abc import Sequence

from b2b.domain.upload.shapes import BLANK

# Full-width signs start a formula too where East Asian input is set; a cell is judged by its first
# visible character because spreadsheets trim what they import.
_ACTIVE = frozenset("=+-@\t\r\n＝＋－＠﹢﹣﹦﹫")  # noqa: RUF001  the look-alikes are the point
_UNSEEN = BLANK + "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

# Of a terminal that shows the file, and marks of direction; tabs and line ends may be in a cell.
_COMMANDS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def safe_cell(text: str) -> str:
    """The same text, behind an apostrophe when a spreadsheet could take it for a formula."""
    text = _COMMANDS.sub("", text)
    if text[:1] in _ACTIVE or text.lstrip(_UNSEEN)[:1] in _ACTIVE:
        return "'" + text if text else text
    return text


def safe_line(cells: Sequence[str | int]) -> str:
    """One CSV record. Every cell is quoted, so that no other list separator opens a new one.

    A number of ours stays one: -3 is no formula.
    """
    sheet = io.StringIO()
    writer = csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([cell if isinstance(cell, int) else safe_cell(cell) for cell in cells])
    return sheet.getvalue()
