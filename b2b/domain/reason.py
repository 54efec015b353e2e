"""Why something was refused, failed or noted: a code for machines, a sentence for people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is stable and snake_case; `sentence` says what to do and names no secret."""

    code: str
    sentence: str
