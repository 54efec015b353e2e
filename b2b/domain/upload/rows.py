"""The rows of a surveyed file, one by one: asked, refused or skipped, never silently dropped."""

import re
from collections.abc import Iterator
from itertools import islice

from b2b.domain.reason import Reason
from b2b.domain.request import RefusedRow
from b2b.domain.upload.duplicates import SeenBefore
from b2b.domain.upload.encoding import texts
from b2b.domain.upload.heading import unmasked
from b2b.domain.upload.names import EMAIL
from b2b.domain.upload.records import Record, physical_lines, records
from b2b.domain.upload.shapes import (
    BLANK,
    AskedRow,
    Note,
    ReadingRules,
    Row,
    SkippedRow,
    Source,
    Upload,
)
from b2b.domain.upload.warnings import Warnings
from b2b.domain.upload.wishes import WishReader

_AFTER_ALL_LINES = 1 << 62
SHOWN = 320  # characters of an unreadable e-mail cell that are repeated

_EXAMPLE = re.compile(
    r"(?:example|beispiel|exemple|ejemplo|esempio|exemplo|voorbeeld|exempel|eksempel|esimerkki"
    r"|例|示例|範例|范例|예|예제|пример|przykład|příklad|örnek|példa|דוגמה|مثال)\s*[:\uff1a]",
    re.I,
)


def read_rows(
    source: Source, upload: Upload, rules: ReadingRules, warnings: Warnings | None = None
) -> Iterator[Row]:
    """Every data record becomes one row, in the order of the file.

    `warnings` hears only of lines that are no rows: comments and blanks. The notes of the rows
    travel with them. Duplicates are told by address: the first line that could be read wins.
    """
    reader = _RowReader(upload, rules)
    aside = _Aside(warnings)
    rows = 0
    try:
        for record in _data_records(source, upload, aside):
            if not aside.takes(record):
                rows += 1
                yield reader.read(record)
    finally:
        reader.close()
    if not rows:
        aside.tell(_AFTER_ALL_LINES, _NO_ROWS)


def _data_records(source: Source, upload: Upload, aside: "_Aside") -> Iterator[Record]:
    lines = physical_lines(texts(source(), upload.encoding))
    for number, line in enumerate(islice(lines, upload.first_line - 1), start=1):
        aside.above(number, line)
    if upload.header_line is None:
        yield from records(lines, upload.delimiter, upload.first_line, aside.comment)
        return
    table = records(unmasked(lines), upload.delimiter, upload.first_line, aside.comment)
    yield from islice(table, 1, None)


class _RowReader:
    """One record at a time becomes a row."""

    def __init__(self, upload: Upload, rules: ReadingRules) -> None:
        self._width = len(upload.columns)
        self._email = upload.columns.index(EMAIL)
        self._wishes = WishReader(upload.columns, rules)
        self._seen = SeenBefore()

    def read(self, record: Record) -> Row:
        cells = record.cells
        if record.fault:
            return self._refused(record, record.fault)
        if len(cells) != self._width:
            if any(cell.strip(BLANK) for cell in cells[self._width :]):
                return self._refused(record, _too_many(len(cells), self._width))
            cells = cells[: self._width] + [""] * (self._width - len(cells))
        if ":" in cells[self._email] and _EXAMPLE.match(cells[self._email].lstrip(BLANK)):
            return SkippedRow(record.line, self._shown(cells), _EXAMPLE_ROW, (_EXAMPLE_SKIPPED,))
        wished = self._wishes.read(cells)
        if isinstance(wished, Reason):
            return self._refused(record, wished)
        wish, notes = wished
        if repeated := self._seen.check(record.line, wish):
            return RefusedRow(record.line, wish.email, repeated)
        return AskedRow(record.line, wish, notes)

    def close(self) -> None:
        self._seen.close()

    def _refused(self, record: Record, reason: Reason) -> RefusedRow:
        return RefusedRow(record.line, self._shown(record.cells), reason)

    def _shown(self, cells: list[str]) -> str:
        return cells[self._email].strip(BLANK)[:SHOWN] if self._email < len(cells) else ""


class _Aside:
    """Lines that are no rows. Empty lines at the end of a file are nothing worth telling."""

    def __init__(self, warnings: Warnings | None) -> None:
        self._warnings = warnings
        self._waiting: int | None = None

    def takes(self, record: Record) -> bool:
        """Whether this record is blank or a comment, perhaps one that got quotes around it."""
        if not record.fault and not any(cell.strip(BLANK) for cell in record.cells):
            self._blank(record)
            return True
        if self._waiting is not None:
            self.tell(self._waiting, _BLANK_ROW)
            self._waiting = None
        if record.cells and record.cells[0].lstrip(BLANK)[:1] == "#":
            self.comment(record.line)
            return True
        return False

    def tell(self, line: int, note: Note) -> None:
        if self._warnings:
            self._warnings.add(line, (note,))

    def above(self, line: int, text: str) -> None:
        bare = text.strip(BLANK)
        if bare[:1] == "#" and not bare.startswith("#TYPE"):
            self.comment(line)

    def comment(self, line: int) -> None:
        self.tell(line, _COMMENT)

    def _blank(self, record: Record) -> None:
        if len(record.cells) > 1:
            self.tell(record.line, _BLANK_ROW)
        elif self._waiting is None:
            self._waiting = record.line


def _too_many(count: int, width: int) -> Reason:
    return Reason(
        "too_many_cells",
        f"This line has {count} cells, the header {width}: put quotes around text with separators.",
    )


_COMMENT = Note("comment_line", "comment line ignored", "comment lines ignored")
_BLANK_ROW = Note("blank_row", "blank rows ignored", listed=False)
_NO_ROWS = Note("no_rows", "no data rows", listed=False)
_EXAMPLE_SKIPPED = Note(
    "template_example", "template example row skipped", "template example rows skipped"
)
_EXAMPLE_ROW = Reason("template_example_row", "This is the example of the template: no guest.")
