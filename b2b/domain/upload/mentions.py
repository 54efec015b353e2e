"""Whether text has an address in it: a first look, before anything is held to the rules."""

import re

from b2b.domain.upload.shapes import BLANK

_ADDRESS = re.compile(r"[^\s@<>;,|\"]{1,64}@[^\s@<>;,|\"]{1,253}\.[^\s@<>;,|\"]+")
_MENTION = re.compile(r"[^\s@]@[^\s@.]+\.[^\s@]")
_BETWEEN_CELLS = re.compile(r"[,;\t|]")


def is_address(cell: str) -> bool:
    """The shape of an address and nothing beside it."""
    return _ADDRESS.fullmatch(cell.strip(BLANK)) is not None


def mentions_address(text: str) -> bool:
    return "@" in text and _MENTION.search(text) is not None


def is_row_of_addresses(line: str) -> bool:
    """One of its cells is an address, whatever separates them."""
    if "@" not in line:
        return False
    return any(is_address(cell.strip(BLANK + '"')) for cell in _BETWEEN_CELLS.split(line))
