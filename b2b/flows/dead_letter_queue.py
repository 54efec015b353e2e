"""The messages that Service Bus moved to dead-letter queues: each sent again, refused or kept.

A dead-letter queue has no maximum of deliveries, and the host cannot hand over every body. So a
timer reads them: what fails stays where it is, and its queue rests for a while.
docs/decisions/retries.md
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from b2b import events, outside
from b2b.domain.dead_letter import BodyForm, DeadLetter, rest_after
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.flows.dead_letters import LAPSED, DeadLetters
from b2b.flows.sending_again import SendingAgain, identity_of
from b2b.flows.wrong_messages import WrongMessages
from b2b.ports import DeadLetterQueues

log = logging.getLogger(__name__)

INTERRUPTED = "MaxDeliveryCountExceeded"  # each delivery ended by a death or a lost lock
FAILURES = 5  # of one message, until only its body is kept
MOST = 200  # messages of one queue in one turn
TURN_SECONDS = 45.0
_REMEMBERED = 1000
NOT_DATA = Reason(
    "malformed_message",
    "The body is an AMQP value or sequence that is no text; send JSON as data (bytes).",
)


@dataclass(slots=True)
class Rest:
    """`failed_turns` in a row; the queue is not read before `until`."""

    failed_turns: int = 0
    until: datetime | None = None


@dataclass(slots=True)
class Memory:
    """Lost with the process: then a queue is read at once, and failures are counted anew."""

    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    rests: dict[str, Rest] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterQueue:
    """`answered`: the queues that other services send to. Their senders are told."""

    dead: DeadLetterQueues
    queues: Sequence[str]
    answered: frozenset[str]
    sending_again: SendingAgain
    dead_letters: DeadLetters
    wrong: WrongMessages
    memory: Memory = field(default_factory=Memory)

    async def work_off(self) -> None:
        """One turn, all queues side by side. Never raises."""
        await asyncio.gather(*map(self._work_off, self.queues))

    async def _work_off(self, queue: str) -> None:
        rest = self.memory.rests.setdefault(queue, Rest())
        now = self.sending_again.clock()
        if rest.until is not None and now < rest.until:
            return
        failed: list[DeadLetter] = []

        async def take(letter: DeadLetter) -> bool:
            kept = await self.take(queue, letter)
            if not kept:
                failed.append(letter)
            return kept

        try:
            await self.dead.work_off(queue, take, most=MOST, seconds=TURN_SECONDS)
        except Exception as failure:
            log.warning(events.DEAD_LETTERS_UNREAD, exc_info=failure, extra={"queue": queue})
            self._rest(rest)
            return
        if failed:
            self._rest(rest)
        else:
            self.memory.rests[queue] = Rest()

    def _rest(self, rest: Rest) -> None:
        rest.failed_turns += 1
        rest.until = self.sending_again.clock() + rest_after(rest.failed_turns)

    async def take(self, queue: str, letter: DeadLetter) -> bool:
        """True when the message may go. Never raises."""
        key = (queue, identity_of(letter.message))
        try:
            await self._take(queue, letter)
        except Exception as failure:
            if not await self._let_go(queue, letter.message, key, failure):
                return False
        self.memory.failures.pop(key, None)
        return True

    async def _take(self, queue: str, letter: DeadLetter) -> None:
        message = await self.sending_again.believe(queue, letter.message)
        why = message.dead_letter_reason or "dead-lettered"
        if letter.form is BodyForm.OTHER:
            await self._refuse(queue, message)
            return
        if letter.form is BodyForm.TEXT and why != LAPSED:
            await self.sending_again.as_data(queue, message)
            return
        if why == INTERRUPTED and await self.sending_again.interrupted(queue, message):
            return
        claim = self.sending_again.claims.of(queue, message)
        await self.dead_letters.keep(queue, message.body, claim, why)

    async def _refuse(self, queue: str, message: ReceivedMessage) -> None:
        name = await self.dead_letters.keep_body(queue, message.body)
        if queue in self.answered:
            signature = outside.told_by(message.body, message.stamp)
            await self.wrong.turn_away(message.body, signature, NOT_DATA, message.first_day)
        facts = {"queue": queue, "kept_as": name, "why": NOT_DATA.code}
        log.error(events.DEAD_LETTER_KEPT, extra=facts)

    async def _let_go(
        self, queue: str, message: ReceivedMessage, key: tuple[str, str], failure: Exception
    ) -> bool:
        """True when it failed often enough and the body is kept."""
        failures = self.memory.failures
        if len(failures) >= _REMEMBERED:
            failures.clear()
        failures[key] += 1
        if failures[key] < FAILURES:
            log.warning(events.DEAD_LETTER_LEFT, exc_info=failure, extra={"queue": queue})
            return False
        try:
            name = await self.dead_letters.keep_body(queue, message.body)
        except Exception:
            return False
        facts = {"queue": queue, "kept_as": name, "why": message.dead_letter_reason}
        log.error(events.DEAD_LETTER_NOT_CLOSED, exc_info=failure, extra=facts)
        return True
