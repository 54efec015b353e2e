"""On which line of a TOML text each table, key and list entry stands; tomllib does not tell."""

import re
import tomllib
from collections.abc import Iterator

from b2b.policy_file.fault import Path

_TOKEN = re.compile(
    r'''(?P<text>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    |(?P<blank>[ \t\r]+|\#[^\n]*)
    |(?P<end>\n)
    |(?P<mark>[\[\]{}=,])
    |(?P<bare>[^\s\[\]{}=,"'#]+)''',
    re.VERBOSE | re.DOTALL,
)


def lines_of(text: str) -> dict[Path, int]:
    """Relies on the text being TOML that tomllib has read. The top of the file is line 1."""
    return _Scan(text).document()


class _Scan:
    """One walk over the tokens; `seen` grows on the way."""

    def __init__(self, text: str) -> None:
        self.tokens = [*_tokens(text), ("eof", "", text.count("\n") + 1)]
        self.at = 0
        self.seen: dict[Path, int] = {(): 1}
        self.lengths: dict[Path, int] = {}  # of the arrays of tables, so far

    def document(self) -> dict[Path, int]:
        table: Path = ()
        while self.kind != "eof":
            if self.kind == "end":
                self.at += 1
            elif self.sign == "[":
                table = self.header()
            else:
                self.pair(table)
        return self.seen

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0]

    @property
    def sign(self) -> str:
        """The bracket, comma or equals sign here; quoted text is none of them."""
        kind, text, _ = self.tokens[self.at]
        return text if kind == "mark" else ""

    def note(self, path: Path) -> None:
        """The token after a key is on the key's own line."""
        self.seen.setdefault(path, self.tokens[self.at][2])

    def header(self) -> Path:
        start = self.at
        while self.sign == "[":
            self.at += 1
        is_array = self.at - start == 2
        table = self.opened(self.key("]"), is_array)
        self.note(table)
        self.at += is_array
        return table

    def opened(self, name: Path, is_array: bool) -> Path:
        table: Path = ()
        for step in name[:-1]:
            self.note((*table, step))
            table = self.latest((*table, step))
        last: Path = (*table, name[-1])
        self.note(last)
        if is_array:
            self.lengths[last] = self.lengths.get(last, 0) + 1
        return self.latest(last)

    def latest(self, table: Path) -> Path:
        """A name of an array of tables means the last of them."""
        return (*table, self.lengths[table] - 1) if table in self.lengths else table

    def key(self, stop: str) -> Path:
        """Reads on to behind the sign `stop`."""
        steps: list[str] = []
        while self.sign != stop:
            kind, text, _ = self.tokens[self.at]
            steps += [_unquoted(text)] if kind == "text" else filter(None, text.split("."))
            self.at += 1
        self.at += 1
        return tuple(steps)

    def pair(self, table: Path) -> None:
        path = table
        for step in self.key("="):
            path = (*path, step)
            self.note(path)
        self.value(path)

    def value(self, path: Path) -> None:
        if self.sign == "[":
            self.entries(path)
        elif self.sign == "{":
            self.inline_table(path)
        else:
            while self.kind in {"text", "bare"}:
                self.at += 1

    def entries(self, path: Path) -> None:
        for count, _ in enumerate(self.until("]")):
            self.note((*path, count))
            self.value((*path, count))

    def inline_table(self, path: Path) -> None:
        for _ in self.until("}"):
            self.pair(path)

    def until(self, closing: str) -> Iterator[None]:
        """Stops at each entry between the brackets and leaves behind the closing one."""
        self.at += 1
        while self.sign != closing:
            if self.kind == "end" or self.sign == ",":
                self.at += 1
            else:
                yield
        self.at += 1


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "blank":
            yield str(found.lastgroup), found.group(), line
        line += found.group().count("\n")


def _unquoted(key: str) -> str:
    return str(tomllib.loads(f"key = {key}")["key"])
