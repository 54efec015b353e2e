"""Cells repeat: what was read once is not read again, within bounds."""

from collections.abc import Callable
from typing import TypeVar

REMEMBERED = 2048  # cells
LONGEST = 128  # characters of a cell worth remembering

T = TypeVar("T")


def remembering(read: Callable[[str], T]) -> Callable[[str], T]:
    """The same answers, sooner. `read` must be pure."""
    known: dict[str, T] = {}

    def read_or_recall(cell: str) -> T:
        if cell in known:
            return known[cell]
        meant = read(cell)
        if len(known) >= REMEMBERED:
            known.clear()
        if len(cell) <= LONGEST:
            known[cell] = meant
        return meant

    return read_or_recall
