"""When a message that has to wait is tried again, and when it is given up."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

LONGEST_WAIT = timedelta(minutes=15)
SHORTEST_WAIT = timedelta(seconds=1)
CRASHES = 5  # of one message, until it is kept aside
CRASH_PAUSE = timedelta(seconds=2)
INTERRUPTIONS = 3  # rounds after deaths of the process, until the message is taken for their cause
INTERRUPTION_PAUSE = timedelta(minutes=2)
Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a message was tried before, and since when.

    `attempt`: how often it had to wait. `crashes`: how often our code raised something unexpected.
    `interruptions`: how often all of its deliveries were used up, because the process died.
    """

    attempt: int
    since: datetime
    crashes: int = 0
    interruptions: int = 0

    @property
    def copies(self) -> int:
        """How often it was sent again; no two copies of a message have the same number."""
        return self.attempt + self.crashes + self.interruptions


@dataclass(frozen=True, slots=True)
class Again:
    """Send a copy that becomes visible `at`, with these tries."""

    tries: Tries
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The last try is over; close what asked for it."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A message to be sent again. `together`: at a moment that others wait for as well."""

    body: bytes
    message_id: str
    at: datetime
    properties: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    together: bool = False


def next_try(
    message: str, tries: Tries, asked_wait: timedelta, *, now: datetime, give_up_after: timedelta
) -> Again | GiveUp:
    """The wait asked for is the least; it grows with the attempts and is spread by half of it.

    The spread comes from the message and its attempt, so that a decision made twice is the same.
    """
    if now - tries.since >= give_up_after:
        return GiveUp()
    grown = min(SHORTEST_WAIT * 2 ** min(tries.attempt, 12), LONGEST_WAIT)
    wait = max(asked_wait, grown) * (1 + _spread(message, tries.attempt) / 2)
    return Again(replace(tries, attempt=tries.attempt + 1), now + wait)


def after_crash(tries: Tries, now: datetime) -> Again | GiveUp:
    """2 s, 4 s, 8 s and 16 s after the first four crashes; the fifth is the last."""
    if tries.crashes + 1 >= CRASHES:
        return GiveUp()
    wait = CRASH_PAUSE * 2**tries.crashes
    return Again(replace(tries, crashes=tries.crashes + 1), now + wait)


def after_interruption(message: str, tries: Tries, now: datetime) -> Again | GiveUp:
    """2 to 4, 4 to 8 and 8 to 16 minutes after the first three rounds.

    The spread is as long as the wait itself: messages that were in one process when it died come
    back apart from each other, so that only the one that kills the process is there when it dies.
    """
    if tries.interruptions >= INTERRUPTIONS:
        return GiveUp()
    wait = INTERRUPTION_PAUSE * 2**tries.interruptions
    wait *= 1 + _spread(message, tries.copies)
    return Again(replace(tries, interruptions=tries.interruptions + 1), now + wait)


def _spread(message: str, attempt: int) -> float:
    digest = sha256(f"{message}\n{attempt}".encode()).digest()
    return int.from_bytes(digest[:4]) / 2**32
