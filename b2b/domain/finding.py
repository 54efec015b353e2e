"""What an audit can find, and how grave it is."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """From the mildest to the gravest."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """The higher, the graver: sorts what is read first to the top."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`id` names the check and stays the same over the years. `found` holds the figures,
    `why` the harm, `remedy` what to do, `link` where the maker of the directory says so."""

    id: str
    severity: Severity
    title: str
    found: str
    why: str
    remedy: str
    link: str = ""
