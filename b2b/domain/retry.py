"""When a message that has to wait is tried again, and when it is given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

LONGEST_WAIT = timedelta(minutes=15)
SHORTEST_WAIT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a message was tried before, and since when."""

    attempt: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Again:
    """Send a copy that becomes visible `at`, as this attempt."""

    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The day is over; close what asked for it."""


def next_try(
    message: str, tries: Tries, asked_wait: timedelta, *, now: datetime, give_up_after: timedelta
) -> Again | GiveUp:
    """The wait asked for is the least; it grows with the attempts and is spread by half of it.

    The spread comes from the message and its attempt, so that a decision made twice is the same.
    """
    if now - tries.since >= give_up_after:
        return GiveUp()
    grown = min(SHORTEST_WAIT * 2 ** min(tries.attempt, 12), LONGEST_WAIT)
    wait = max(asked_wait, grown)
    return Again(tries.attempt + 1, now + wait * (1 + _spread(message, tries.attempt) / 2))


def _spread(message: str, attempt: int) -> float:
    digest = sha256(f"{message}\n{attempt}".encode()).digest()
    return int.from_bytes(digest[:4]) / 2**32
