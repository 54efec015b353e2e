"""A message that Service Bus moved to a dead-letter queue: sent again, or kept aside.

A dead-letter queue has no maximum of deliveries: what fails there comes back at once, for ever. So
a failure is followed by a pause, and by letting go once the body is kept as a blob.
"""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from b2b import events
from b2b.domain.received_message import ReceivedMessage
from b2b.flows.dead_letters import DeadLetters
from b2b.flows.sending_again import SendingAgain, identity_of
from b2b.flows.settling import seconds_before

log = logging.getLogger(__name__)

INTERRUPTED = "MaxDeliveryCountExceeded"  # each delivery ended by a death or a lost lock
FAILURES = 5  # of one message, until only its body is kept
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterQueue:
    """`failures`: how often each message failed here, in this process. The count of deliveries
    is no measure: in a dead-letter queue it begins where it ended."""

    sending_again: SendingAgain
    dead_letters: DeadLetters
    pause: Callable[[float], Awaitable[None]]
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def take(self, queue: str, message: ReceivedMessage) -> None:
        """Once it returns, the message is gone from there. Raises after a pause."""
        key = (queue, identity_of(message))
        try:
            await self._take(queue, message)
        except Exception as failure:
            await self._failed(queue, message, key, failure)
        self.failures.pop(key, None)

    async def _take(self, queue: str, message: ReceivedMessage) -> None:
        message = await self.sending_again.believe(queue, message)
        why = message.dead_letter_reason or "dead-lettered"
        if why == INTERRUPTED and await self.sending_again.interrupted(queue, message):
            return
        claim = self.sending_again.claims.of(queue, message)
        await self.dead_letters.keep(queue, message.body, claim, why)

    async def _failed(
        self, queue: str, message: ReceivedMessage, key: tuple[str, str], failure: Exception
    ) -> None:
        """Returns when the body is kept and the rest has failed often enough."""
        if len(self.failures) >= _REMEMBERED:
            self.failures.clear()
        self.failures[key] += 1
        if self.failures[key] >= FAILURES:
            name = await self._body_kept(queue, message)
            if name:
                facts = {"queue": queue, "kept_as": name, "why": message.dead_letter_reason}
                log.error(events.DEAD_LETTER_NOT_CLOSED, exc_info=failure, extra=facts)
                return
        await self.pause(seconds_before(self.failures[key]))
        raise failure

    async def _body_kept(self, queue: str, message: ReceivedMessage) -> str:
        try:
            return await self.dead_letters.keep_body(queue, message.body)
        except Exception:
            return ""
