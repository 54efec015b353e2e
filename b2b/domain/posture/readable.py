"""A source of the audit: what was read, or why it could not be."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Cause(StrEnum):
    """Why a source stayed unread."""

    LICENCE = "licence"
    PERMISSION = "permission"
    BETA = "beta"
    EXPORT = "export"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReadable:
    """`needs` names the licence or the permission; `sentence` says what the directory said."""

    cause: Cause
    sentence: str
    needs: str = ""

    @property
    def missing(self) -> str:
        """What it takes to check this, in the word or two that reports show."""
        match self.cause:
            case Cause.LICENCE:
                return self.needs
            case Cause.PERMISSION:
                return f"permission {self.needs}"
            case Cause.BETA | Cause.ERROR:
                return str(self.cause)
            case Cause.EXPORT:
                return "activity export"


def when_read(source: T | NotReadable, then: Callable[[T], R]) -> R | NotReadable:
    """What follows from a source; what was not read stays not read."""
    return source if isinstance(source, NotReadable) else then(source)
