"""Text becomes records with the physical line each starts on; a broken quote costs its own line."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from b2b.domain.reason import Reason
from b2b.domain.upload.shapes import BLANK

LINE = 32 * 1024  # characters of one physical line
RECORD = 32 * 1024  # characters that a quotation mark may stay open for
PATIENCE = 100  # unclosed quotes after which none may reach past its line

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)")


class Record(NamedTuple):
    """`fault` tells why the cells are not to be trusted."""

    line: int
    cells: list[str]
    fault: Reason | None = None


def physical_lines(texts: Iterable[str]) -> Iterator[str]:
    """Lines with their ends, whether CR, LF or CRLF. Of an endless line only the start is kept."""
    rest, dropping = "", False
    for text in texts:
        rest += text
        # A CR at the very end may be half of a CRLF, so it ends no line yet.
        end = 1 + max(rest.rfind("\n"), rest.rfind("\r", 0, -1))
        lines, rest = _LINE.findall(rest[:end]), rest[end:]
        if dropping and lines:
            del lines[0]
            dropping = False
        yield from lines
        if len(rest) > LINE and not dropping:
            yield rest[: LINE + 1]
            dropping = True
        if dropping:
            rest = "\r" if rest.endswith("\r") else ""
    if rest and not dropping:
        yield rest


def records(
    lines: Iterable[str],
    delimiter: str,
    first_line: int = 1,
    on_comment: Callable[[int], None] = lambda _line: None,
) -> Iterator[Record]:
    """Comment lines are no records; blank lines are, without cells."""
    feed = _Feed(iter(lines), first_line - 1, on_comment)
    reader = _reader(feed, delimiter)
    while True:
        feed.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            feed.fault = Reason("unreadable_row", f"This line cannot be read as CSV: {error}.")
            cells = []
        if feed.fault or feed.is_open or len(feed.held) > 1:
            record = _checked(feed, cells, delimiter)
            reader = _reader(feed, delimiter)
            yield record
        else:
            yield Record(feed.number, cells)


class _Feed:
    """Hands physical lines to the csv module and remembers those of the record it is at."""

    def __init__(self, lines: Iterator[str], number: int, on_comment: Callable[[int], None]):
        self._lines = lines
        self._again: list[str] = []
        self._on_comment = on_comment
        self._unclosed = self._size = 0
        self.number = number
        self.held: list[str] = []
        self.is_open = False
        self.fault: Reason | None = None

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if self.held:
            return self._continuation()
        line = self._pull()
        while line[0] == "#" or (line[0] in BLANK and line.lstrip(BLANK)[:1] == "#"):
            self._on_comment(self.number)
            line = self._pull()
        if len(line) > LINE:
            self.fault = _TOO_LONG
            line = line[:LINE]
        self.held.append(line)
        self._size = len(line)
        return line

    def begin(self) -> None:
        self.held.clear()
        self.is_open = False
        self.fault = None

    def give_back(self) -> None:
        """All lines but the first are read again, as records of their own."""
        self._unclosed += 1
        self.number -= len(self.held) - 1
        self._again.extend(reversed(self.held[1:]))
        del self.held[1:]

    def _pull(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self.number += 1
        return line

    def _continuation(self) -> str:
        if self.fault or self._size > RECORD or self._unclosed > PATIENCE:
            return self._stop()
        try:
            line = self._pull()
        except StopIteration:
            return self._stop()
        self.held.append(line)
        self._size += len(line)
        return line

    def _stop(self) -> str:
        self.is_open = True
        raise StopIteration


def _checked(feed: _Feed, cells: list[str], delimiter: str) -> Record:
    fault = feed.fault
    if not fault and (feed.is_open or not _is_well_quoted(feed.held, delimiter)):
        fault = _UNCLOSED
    if not fault:
        return Record(feed.number - len(feed.held) + 1, cells)
    feed.give_back()
    return Record(feed.number, _first_cells(feed.held[0], delimiter), fault)


def _is_well_quoted(lines: list[str], delimiter: str) -> bool:
    """Over several lines, a quote that closes amid a cell was never meant to reach this far."""
    try:
        list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        return False
    return True


def _first_cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(_reader(iter([line]), delimiter), [])
    except csv.Error:
        return []


def _reader(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True)


_TOO_LONG = Reason("line_too_long", f"This line has more than {LINE:,} characters.")
_UNCLOSED = Reason(
    "unclosed_quote",
    "A quotation mark opens on this line and is not closed properly: close it, or double it.",
)
