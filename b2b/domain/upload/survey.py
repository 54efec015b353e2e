"""A first look at all bytes of a file: can it be read, how, and is it meant for us?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

from b2b.domain.reason import Reason
from b2b.domain.upload.encoding import EncodingJudge, pieces, texts
from b2b.domain.upload.heading import NO_EMAIL_COLUMN, Heading, read_heading
from b2b.domain.upload.headless import read_headless
from b2b.domain.upload.shapes import MEBIBYTE, ReadingRules, RefusedFile, Source, Upload
from b2b.domain.upload.signatures import by_first_bytes, by_first_characters
from b2b.domain.upload.table import Table, find_table


def survey(source: Source, rules: ReadingRules) -> Upload | RefusedFile:
    """Everything needed to read the rows, or the one reason why nobody is invited. Never raises."""
    judge, digest, size, line_ends = _look_at_all(source, rules.largest_bytes)
    refused = RefusedFile(_EMPTY, None, None, None, digest)
    if size == 0:
        return refused
    if size > rules.largest_bytes:
        return replace(refused, reason=file_too_large(rules.largest_bytes))
    if reason := by_first_bytes(judge.head):
        return replace(refused, reason=reason)
    encoding = judge.verdict()
    if encoding is None:
        return replace(refused, reason=_NOT_TEXT)
    if line_ends > rules.largest_rows and _lines(source, encoding) - 1 > rules.largest_rows:
        return replace(refused, encoding=encoding, reason=_too_many_rows(rules.largest_rows))
    return _survey_text(source, judge.head, replace(refused, encoding=encoding), size)


def _look_at_all(source: Source, largest: int) -> tuple[EncodingJudge, str, int, int]:
    judge, digest, size, line_feeds, returns = EncodingJudge(), sha256(), 0, 0, 0
    for piece in pieces(source()):
        size += len(piece)
        digest.update(piece)
        line_feeds += piece.count(b"\n")
        returns += piece.count(b"\r")
        if size <= largest:
            judge.see(piece)
    return judge, digest.hexdigest(), size, max(line_feeds, returns)


def _lines(source: Source, encoding: str) -> int:
    """In UTF-16 a byte that looks like a line end may be half of a letter: counted as text."""
    line_feeds = returns = 0
    for text in texts(source(), encoding):
        line_feeds += text.count("\n")
        returns += text.count("\r")
    return max(line_feeds, returns)


def _survey_text(
    source: Source, head: bytes, refused: RefusedFile, size: int
) -> Upload | RefusedFile:
    encoding = refused.encoding or ""
    text = "".join(texts([head], encoding))
    if reason := by_first_characters(text):
        return replace(refused, reason=reason)
    table = find_table(text, is_whole=len(head) == size)
    if table is None:
        empty = len(head) == size
        return replace(refused, reason=_EMPTY_OF_ROWS if empty else NO_EMAIL_COLUMN)
    found = _Found(source, encoding, table)
    outcome = found.heading()
    if isinstance(outcome, Reason):
        line = table.line if table.header is not None else None
        return replace(refused, reason=outcome, delimiter=table.delimiter, header_line=line)
    return Upload(
        digest=refused.digest,
        encoding=encoding,
        delimiter=table.delimiter,
        header_line=table.line if table.header is not None else None,
        first_line=table.line,
        columns=outcome.columns,
        notes=(*table.notes, *outcome.notes),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    source: Source
    encoding: str
    table: Table

    def heading(self) -> Heading | Reason:
        if self.table.header is not None:
            return read_heading(self.table.header)
        return read_headless(self._texts(), self.table.delimiter, self.table.line)

    def _texts(self) -> Iterator[str]:
        return texts(self.source(), self.encoding)


def file_too_large(largest: int) -> Reason:
    return Reason(
        "file_too_large",
        f"The file is larger than {largest // MEBIBYTE} MiB: send it in several parts.",
    )


def _too_many_rows(largest: int) -> Reason:
    return Reason(
        "too_many_rows",
        f"The file has more than {largest:,} lines, the most that the policy takes in one file "
        "([intake] largest_rows): send it in several parts.",
    )


_EMPTY = Reason("empty_file", "The file has 0 bytes, perhaps a broken upload: send it again.")
_EMPTY_OF_ROWS = Reason("empty_file", "The file holds nothing but blank lines and comments.")
_NOT_TEXT = Reason(
    "not_text",
    "This is no readable text, or text that was cut off amid a character: "
    "save the list as 'CSV UTF-8' and send it again.",
)
