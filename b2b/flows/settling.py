"""A message that was delivered is settled: done, deferred, refused, or sent again after a crash.

The host abandons a message at once when its function raises, so ten deliveries would burn in
seconds. So nothing that a message does is raised; the count of deliveries only grows when the
process died or a lock was lost. What is raised is that a copy could not be sent: then the message
is still in the queue, and comes again after a pause. docs/decisions/retries.md
https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus-trigger (2026-11)
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from b2b import events
from b2b.domain.errors import Refused, TryLater
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.flows.sending_again import SendingAgain

log = logging.getLogger(__name__)

LONGEST_PAUSE = 60  # seconds; the lock of a batch lasts five minutes, and nobody renews it
T = TypeVar("T")
Turn = Callable[[ReceivedMessage], Awaitable[None]]
Refusing = Callable[[ReceivedMessage, Reason], Awaitable[None]]
Act = Callable[[Sequence[T]], Awaitable[Mapping[T, TryLater | Refused]]]
Ending = TryLater | Refused | Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """`pause` sleeps for some seconds."""

    sending_again: SendingAgain
    pause: Callable[[float], Awaitable[None]]

    async def settle(
        self, queue: str, message: ReceivedMessage, turn: Turn, refused: Refusing | None = None
    ) -> None:
        """For a function of one message. `refused` answers a message that asks wrongly."""
        try:
            message = await self.sending_again.believe(queue, message)
            await self._take_turn(queue, message, turn, refused)
        except Exception:
            await self.pause(seconds_before(message.delivery_count))
            raise

    async def settle_together(
        self,
        queue: str,
        messages: Sequence[ReceivedMessage],
        read: Callable[[bytes], T],
        act: Act[T],
    ) -> None:
        """For a function of many messages, which the host completes all together or not at all.

        When one of them crashes the rest are done one by one, so that only that one comes again.
        """
        try:
            await self._settle_all(queue, messages, read, act)
        except Exception:
            most = max((message.delivery_count for message in messages), default=1)
            await self.pause(seconds_before(most))
            raise

    async def set_aside(self, queue: str, message: ReceivedMessage, reason: Reason) -> None:
        """The row it names may be another's, so no row is touched."""
        name = await self.sending_again.dead_letters.keep_body(queue, message.body)
        facts = {"queue": queue, "kept_as": name, "why": reason.code}
        log.error(events.DEAD_LETTER_KEPT, extra=facts)
        log.warning(events.MESSAGE_REFUSED, extra={"queue": queue, "reason": reason.code})

    async def _take_turn(
        self, queue: str, message: ReceivedMessage, turn: Turn, refused: Refusing | None
    ) -> None:
        """Answering a refused message may have to wait, or crash, like anything else."""
        try:
            try:
                await turn(message)
            except Refused as refusal:
                if refused is not None:
                    await refused(message, refusal.reason)
                else:
                    await self.set_aside(queue, message, refusal.reason)
        except TryLater as wait:
            await self.sending_again.defer(queue, message, wait)
        except Exception as crash:
            await self.sending_again.crashed(queue, message, crash)

    async def _settle_all(
        self,
        queue: str,
        messages: Sequence[ReceivedMessage],
        read: Callable[[bytes], T],
        act: Act[T],
    ) -> None:
        by_value: dict[T, ReceivedMessage] = {}
        for message in messages:
            message = await self.sending_again.believe(queue, message)
            try:
                by_value[read(message.body)] = message
            except Refused as refusal:
                await self.set_aside(queue, message, refusal.reason)
        for value, ending in (await _all_or_each(list(by_value), act)).items():
            await self._end(queue, by_value[value], ending)

    async def _end(self, queue: str, message: ReceivedMessage, ending: Ending) -> None:
        if isinstance(ending, TryLater):
            await self.sending_again.defer(queue, message, ending, together=True)
        elif isinstance(ending, Refused):
            await self.set_aside(queue, message, ending.reason)
        else:
            await self.sending_again.crashed(queue, message, ending)


def seconds_before(delivery_count: int) -> float:
    """How long a function waits before it raises: 1 s, 2 s, 4 s and so on, up to a minute."""
    return float(min(2 ** min(max(delivery_count, 1) - 1, 6), LONGEST_PAUSE))


async def _all_or_each(values: Sequence[T], act: Act[T]) -> Mapping[T, Ending]:
    """How each ended that is not done."""
    try:
        return dict(await act(values))
    except TryLater as wait:
        return dict.fromkeys(values, wait)
    except Exception as crash:
        if len(values) < 2:
            return dict.fromkeys(values, crash)
    endings: dict[T, Ending] = {}
    for value in values:
        endings.update(await _all_or_each([value], act))
    return endings
