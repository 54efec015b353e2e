"""Notes on many lines become few sentences, however many lines there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from b2b.domain.upload.shapes import Note, Upload

LISTED = 20  # line numbers told for one sentence
KINDS = 200  # different sentences told for one file


@dataclass(slots=True)
class _Group:
    note: Note
    first: int
    count: int = 0
    lines: list[int] = field(default_factory=list)

    def text(self) -> str:
        if not self.note.listed:
            return self.note.sentence
        more = self.count - len(self.lines)
        numbers = ",".join(map(str, self.lines)) + (f" and {more} more" if more else "")
        if self.count == 1:
            return f"line {numbers}: {self.note.sentence}"
        return f"lines {numbers}: {self.note.plural or self.note.sentence}"


class Warnings:
    """What there is to tell about one file; takes anybody's notes, by line."""

    def __init__(self, upload: Upload) -> None:
        self._file = [note.sentence for note in upload.notes]
        self._groups: dict[Note, _Group] = {}
        self._untold = 0

    def add(self, line: int, notes: Iterable[Note]) -> None:
        for note in notes:
            self._add(line, note)

    def texts(self) -> Iterator[str]:
        """First what holds for the file, then by the first line that it holds for."""
        yield from self._file
        for group in sorted(self._groups.values(), key=lambda group: group.first):
            yield group.text()
        if self._untold:
            yield f"and {self._untold} more notes of other kinds"

    def _add(self, line: int, note: Note) -> None:
        group = self._groups.get(note)
        if group is None:
            if len(self._groups) >= KINDS:
                self._untold += 1
                return
            group = self._groups[note] = _Group(note, line)
        group.count += 1
        if len(group.lines) < LISTED:
            group.lines.append(line)
