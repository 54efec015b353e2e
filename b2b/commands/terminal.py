"""The one way to the operator's terminal: printable characters only, and markup only of our own.

A terminal obeys what it is shown: OSC 52 writes the clipboard, C1 controls are commands as well,
and marks of direction turn what stands beside them. Rich's own `escape` knows markup alone. A test
holds that no command writes in another way, and that what it puts into a sentence passes `escape`.
"""

import json
from typing import Any

from rich.console import Console as RichConsole
from rich.markup import escape as without_markup
from rich.table import Column
from rich.table import Table as RichTable
from rich.text import Text

__all__ = [
    "Column",
    "Console",
    "Table",
    "escape",
    "print_json",
    "print_plain",
    "printable",
    "styled",
]
STRANGE = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """Without controls, marks of direction and whatever else no letter is; lines stay."""
    signs = (sign if sign.isprintable() or sign == "\n" else _instead(sign) for sign in text)
    return "".join(signs)


def escape(text: object) -> str:
    """For a sentence with markup of ours: text from outside on one line, and no markup."""
    return without_markup(printable(str(text)).replace("\n", " "))


def styled(text: str, style: str) -> Text:
    """A cell with a colour."""
    return Text(printable(text), style)


def print_plain(text: str, *, errors: bool = False) -> None:
    """Without markup, colours and wrapping."""
    console = RichConsole(stderr=errors, soft_wrap=True)
    console.print(printable(text), markup=False, highlight=False, emoji=False)


def print_json(content: object) -> None:
    """In ASCII: a machine reads the same, and a terminal obeys nothing in it."""
    print(json.dumps(content, indent=1))


class Console(RichConsole):
    """Rich's, which prints only what is printable."""

    def print(self, *objects: Any, **how: Any) -> None:
        super().print(*(printable(one) if isinstance(one, str) else one for one in objects), **how)


class Table(RichTable):
    """Rich's, whose titles and cells are text and never markup."""

    def __init__(self, *headers: Column | str, title: str | None = None, **how: Any) -> None:
        named = None if title is None else Text(printable(title), "table.title")
        super().__init__(*headers, title=named, **how)

    def add_row(self, *cells: Any, **how: Any) -> None:
        super().add_row(*(Text(printable(c)) if isinstance(c, str) else c for c in cells), **how)


def _instead(sign: str) -> str:
    return " " if sign.isspace() else STRANGE
