"""What the tests of the reader share: a file read to its end, told in the words of the samples."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from b2b.domain.request import RefusedRow, Wish
from b2b.domain.upload import (
    AskedRow,
    ReadingRules,
    RefusedFile,
    Row,
    SkippedRow,
    Upload,
    Warnings,
    read_rows,
    survey,
)

RULES = ReadingRules(
    today=date(2026, 11, 23), own_domains=frozenset({"contoso.com", "contoso.onmicrosoft.com"})
)


@dataclass
class Told:
    """All that can be said about a file."""

    upload: Upload | RefusedFile
    rows: list[Row] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def wishes(self) -> list[Wish]:
        return [row.wish for row in self.rows if isinstance(row, AskedRow)]

    @property
    def refused(self) -> list[tuple[int, str]]:
        return [(row.line, row.reason.code) for row in self.rows if isinstance(row, RefusedRow)]

    @property
    def skipped(self) -> list[int]:
        return [row.line for row in self.rows if isinstance(row, SkippedRow)]

    @property
    def reason(self) -> str | None:
        return self.upload.reason.code if isinstance(self.upload, RefusedFile) else None


def tell(content: bytes | Sequence[bytes], rules: ReadingRules = RULES) -> Told:
    chunks: Iterable[bytes] = [content] if isinstance(content, bytes) else content
    upload = survey(lambda: chunks, rules)
    if isinstance(upload, RefusedFile):
        return Told(upload)
    warnings = Warnings(upload)
    rows = []
    for row in read_rows(lambda: chunks, upload, rules, warnings):
        rows.append(row)
        warnings.add(row.line, () if isinstance(row, RefusedRow) else row.notes)
    return Told(upload, rows, list(warnings.texts()))


def tell_text(text: str, rules: ReadingRules = RULES) -> Told:
    return tell(text.encode(), rules)
