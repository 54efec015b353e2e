"""A list without a header is understood only when one column, and no other, is always e-mail."""

from collections.abc import Iterable
from itertools import islice

from b2b.domain.reason import Reason
from b2b.domain.upload.heading import EXPECTED, NO_EMAIL_COLUMN, Heading
from b2b.domain.upload.mentions import mentions_address
from b2b.domain.upload.names import EMAIL
from b2b.domain.upload.records import physical_lines, records
from b2b.domain.upload.shapes import BLANK, Note


def read_headless(texts: Iterable[str], delimiter: str, first_line: int) -> Heading | Reason:
    """Reads the whole table: what holds for some rows need not hold for all."""
    lines = islice(physical_lines(texts), first_line - 1, None)
    columns: set[int] | None = None
    width = 0
    for record in records(lines, delimiter, first_line):
        if not any(cell.strip(BLANK) for cell in record.cells):
            continue
        width = max(width, len(record.cells))
        found = {at for at, cell in enumerate(record.cells) if mentions_address(cell)}
        columns = found if columns is None else columns & found
        if not columns:
            return NO_EMAIL_COLUMN
    return _heading(sorted(columns or ()), width)


def _heading(columns: list[int], width: int) -> Heading | Reason:
    if not columns:
        return NO_EMAIL_COLUMN
    if len(columns) > 1:
        listed = " and ".join(str(at + 1) for at in columns[:5])
        return Reason(
            "ambiguous_email_columns",
            f"There is no header, and columns {listed} all hold e-mail addresses; "
            f"begin the file with a line such as {EXPECTED}",
        )
    email = columns[0]
    names = [""] * width
    names[email] = EMAIL
    sentence = f"no header row: column {email + 1} recognised as e-mail"
    if width == 2:
        names[1 - email] = "displayName"
        sentence += f", column {2 - email} taken as display name"
    return Heading(tuple(names), (Note("no_header", sentence),))
