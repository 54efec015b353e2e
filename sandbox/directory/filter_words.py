"""Reads a $filter text into a tree, or says where it stops making sense."""

import re
from datetime import UTC, datetime
from typing import Final

from sandbox.directory.filter_tree import (
    Both,
    Call,
    Compare,
    Either,
    Exists,
    Literal,
    Node,
    Not,
    Within,
)
from sandbox.directory.refusals import Refused, bad

WORD: Final = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^']|'')*')
    | (?P<date>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?(?![\w-]))
    | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?!\w))
    | (?P<number>-?\d+(?:\.\d+)?(?!\w))
    | (?P<name>[A-Za-z_$@][\w.$]*)
    | (?P<mark>[(),/:])
    )""",
    re.VERBOSE,
)
COMPARISONS: Final = frozenset({"eq", "ne", "ge", "le", "gt", "lt"})
FUNCTIONS: Final = {"startswith": "startsWith", "endswith": "endsWith", "contains": "contains"}
Word = tuple[str, str]


def read_filter(text: str) -> Node:
    """Raises Refused with what Graph says to a filter it cannot read."""
    reading = _Reading(_words(text))
    node = reading.either()
    if reading.ahead() != ("end", ""):
        raise invalid(f"Syntax error near '{reading.ahead()[1]}' in '{text}'.")
    return node


def invalid(why: str) -> Refused:
    return bad(f"Invalid filter clause: {why}", "BadRequest")


def moment(text: str) -> str:
    """A date in the directory's own spelling, so that texts compare as times.

    A fraction goes behind the Z: "...00Z5" is later than "...00Z" and earlier than "...01Z".
    """
    whole = datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00Z").astimezone(UTC)
    fraction = f"{whole.microsecond:06d}".rstrip("0")
    return whole.strftime("%Y-%m-%dT%H:%M:%SZ") + fraction


def _words(text: str) -> list[Word]:
    words, place = [], 0
    while place < len(text.rstrip()):
        found = WORD.match(text, place)
        if found is None or found.lastgroup is None:
            raise invalid(f"Syntax error at position {place} in '{text}'.")
        words.append((found.lastgroup, found[found.lastgroup]))
        place = found.end()
    return [*words, ("end", "")]


class _Reading:
    """A recursive descent over the words: or, and, not, then a single clause."""

    def __init__(self, words: list[Word]) -> None:
        self._words = words

    def ahead(self) -> Word:
        return self._words[0]

    def take(self, *wanted: str) -> str:
        kind, word = self._words[0]
        if kind == "end" or (wanted and word not in wanted and kind not in wanted):
            raise invalid(
                f"Syntax error: found '{word}', expected {' or '.join(wanted) or 'more'}."
            )
        self._words.pop(0)
        return word

    def either(self) -> Node:
        parts = [self.both()]
        while self.ahead() == ("name", "or"):
            self.take()
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self) -> Node:
        parts = [self.clause()]
        while self.ahead() == ("name", "and"):
            self.take()
            parts.append(self.clause())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def clause(self) -> Node:
        if self.ahead() == ("name", "not"):
            self.take()
            return Not(self.clause())
        if self.ahead() == ("mark", "("):
            self.take()
            inner = self.either()
            self.take(")")
            return inner
        if self.ahead()[1].lower() in FUNCTIONS and self._words[1] == ("mark", "("):
            return self.call()
        return self.comparison()

    def call(self) -> Call:
        name = FUNCTIONS[self.take("name").lower()]
        self.take("(")
        path = self.path()
        self.take(",")
        literal = self.literal()
        self.take(")")
        return Call(name, path, literal)

    def comparison(self) -> Node:
        path = self.path()
        if path.endswith("/any") or path.endswith("/all"):
            return self.any(path)
        op = self.take("name")
        if op == "in":
            return Within(path, self.listed())
        if op not in COMPARISONS:
            raise invalid(f"Syntax error: '{op}' is not an operator.")
        return Compare(path, op, self.literal())

    def any(self, path: str) -> Exists:
        if path.endswith("/all"):
            raise invalid("The operator 'all' is not supported here.")
        self.take("(")
        variable = self.take("name")
        self.take(":")
        body = self.either()
        self.take(")")
        return Exists(path.removesuffix("/any"), variable, body)

    def path(self) -> str:
        steps = [self.take("name")]
        while self.ahead() == ("mark", "/"):
            self.take()
            steps.append(self.take("name"))
        return "/".join(steps)

    def listed(self) -> tuple[Literal, ...]:
        self.take("(")
        literals = [self.literal()]
        while self.take(",", ")") == ",":
            literals.append(self.literal())
        return tuple(literals)

    def literal(self) -> Literal:
        kind, word = self.ahead()
        self.take("string", "date", "guid", "number", "true", "false", "null")
        if kind == "string":
            return Literal("string", word[1:-1].replace("''", "'"))
        if kind == "date":
            return Literal("date", _dated(word))
        if kind == "number":
            return Literal("number", float(word))
        if kind == "guid":
            return Literal("guid", word)
        return Literal("null", None) if word == "null" else Literal("bool", word == "true")


def _dated(word: str) -> str:
    try:
        return moment(word)
    except ValueError as wrong:
        raise invalid(f"'{word}' is not a date.") from wrong
