"""A message in a dead-letter queue, and how long a queue rests whose messages cannot be kept."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from b2b.domain.received_message import ReceivedMessage

LONGEST_REST = timedelta(hours=1)


class BodyForm(StrEnum):
    """The AMQP section that the body came in. Only the functions of `DATA` are ever called.

    `TEXT`: a value, or a sequence, that is text. `OTHER`: anything else, as a JSON description.
    """

    DATA = "data"
    TEXT = "text"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    message: ReceivedMessage
    form: BodyForm = BodyForm.DATA


def rest_after(failed_turns: int) -> timedelta:
    """1, 2, 4 minutes and so on, up to an hour, after so many turns in a row with a failure."""
    return min(timedelta(minutes=2 ** min(max(failed_turns, 1) - 1, 6)), LONGEST_REST)
