"""A message that came from a queue, whatever delivered it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from b2b.domain.retry import Scalar, Tries

SENDER = "sender"  # the property that the entrance of one sender puts on
_DEAD_LETTER_REASON = "DeadLetterReason"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMessage:
    """`enqueued_at` has a time zone. `properties` are the application properties: the sender of a
    message writes them, except `SENDER` where an entrance sets it, and the reason of Service Bus.
    `tries` is not read from them unless their seal is ours.
    """

    body: bytes
    message_id: str = ""
    enqueued_at: datetime
    properties: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    delivery_count: int = 1
    believed: Tries | None = None

    @property
    def tries(self) -> Tries:
        return self.believed or Tries(0, self.enqueued_at)

    @property
    def first_day(self) -> date:
        """The same for every delivery of a message, and for its copies."""
        return self.tries.since.date()

    @property
    def stamp(self) -> str | None:
        """The sender to whom the entrance belongs, or None for a message without an entrance."""
        stamp = self.properties.get(SENDER)
        return None if stamp is None else str(stamp)

    @property
    def dead_letter_reason(self) -> str:
        """Empty when there is none. The host hands it over among the properties only."""
        return str(self.properties.get(_DEAD_LETTER_REASON, ""))
