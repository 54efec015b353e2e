"""What is taken of a file that people drop."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeTerms:
    """`largest_rows`: lines of one file; a longer file is refused as a whole."""

    largest_rows: int = 1_000_000
