"""At the rim: what must wait becomes a scheduled copy, and what was asked wrongly is kept aside.

The host abandons a message at once when its function raises, so ten deliveries would burn in
seconds. Delivery counts are left to crashes.
https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus-trigger (2026-11)
"""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import wraps
from hashlib import sha256
from typing import TypeVar

from b2b import events, outside, wire
from b2b.adapters.received_message import OneMessage, SeveralMessages, receives, receives_many
from b2b.adapters.servicebus import Copy
from b2b.domain.errors import Refused, TryLater
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.retry import Again, Tries, next_try
from b2b.flows.dead_letters import Claim
from b2b.wiring import House, live

log = logging.getLogger(__name__)

CRASHES = 5  # of one message among many, before it is kept as a dead letter
CRASH_PAUSE = timedelta(seconds=2)
OLDEST = timedelta(days=2)  # beyond any wait of ours
_OURS = re.compile(r"(?P<name>[0-9a-f]{32,64}(?:[.-]\w+)?)(?:#\d+)?")
T = TypeVar("T")
Refusing = Callable[[House, str, ReceivedMessage, Reason], Awaitable[None]]
Act = Callable[[Sequence[T]], Awaitable[Mapping[T, TryLater]]]
Turn = Callable[[ReceivedMessage], Awaitable[None]]


async def _set_aside(house: House, queue: str, message: ReceivedMessage, reason: Reason) -> None:
    """The row it names may be another's, so no row is touched."""
    name = house.settings.resolve(queue)
    await house.dead_letters.keep(name, message.body, None, reason.code)
    log.warning(events.MESSAGE_REFUSED, extra={"queue": queue, "reason": reason.code})


async def answers(house: House, queue: str, message: ReceivedMessage, reason: Reason) -> None:
    """For a queue that other services send to: they are told, and nothing is kept of the body."""
    del queue
    body, day = message.body, first_day(message)
    signature = outside.told_by(body, message.stamp)
    await house.correspondence.wrong.turn_away(body, signature, reason, day)


def _now() -> datetime:
    return live().clock()


def defers_to(queue: str, refused: Refusing = _set_aside) -> Callable[[Turn], OneMessage]:
    """For a function of one message. `queue` is an app setting between percent signs."""

    def around(turn: Turn) -> OneMessage:
        @wraps(turn)
        async def settled(message: ReceivedMessage) -> None:
            try:
                await turn(message)
            except TryLater as wait:
                await _defer(live(), queue, message, wait)
            except Refused as refusal:
                await refused(live(), queue, message, refusal.reason)

        return receives(settled, _now)

    return around


def receives_dead_letter(turn: Turn) -> OneMessage:
    """For a function of a dead-letter queue."""
    return receives(turn, _now)


def settles_together(queue: str, read: Callable[[bytes], T]) -> Callable[[Act[T]], SeveralMessages]:
    """For a function of many messages: it is given what `read` makes of their bodies."""

    def around(act: Act[T]) -> SeveralMessages:
        @wraps(act)
        async def settled(messages: Sequence[ReceivedMessage]) -> None:
            await settle_together(queue, messages, read, act)

        return receives_many(settled, _now)

    return around


async def settle_together(
    queue: str,
    messages: Sequence[ReceivedMessage],
    read: Callable[[bytes], T],
    act: Act[T],
) -> None:
    """For a function of many messages, which the host completes all together or not at all.

    When one of them crashes the rest are done one by one, so that only that one keeps failing.
    """
    house = live()
    by_value: dict[T, ReceivedMessage] = {}
    for message in messages:
        try:
            by_value[read(message.body)] = message
        except Refused as refusal:
            await _set_aside(house, queue, message, refusal.reason)
    later, crashed = await _all_or_each(list(by_value), act)
    for value, wait in later.items():
        await _defer(house, queue, by_value[value], wait, together=True)
    for value in crashed:
        await _send_alone(house, queue, by_value[value])


async def keep_dead_letter(queue: str, message: ReceivedMessage) -> None:
    """For a function of a dead-letter queue: once it returns, the message is gone from there."""
    house, body = live(), message.body
    why = message.dead_letter_reason or "dead-lettered"
    await house.dead_letters.keep(house.settings.resolve(queue), body, _claim(house, message), why)


async def _all_or_each(
    values: Sequence[T], act: Act[T]
) -> tuple[Mapping[T, TryLater], Sequence[T]]:
    """Who has to wait, and who crashed the app. A lone crash goes out: the host counts it."""
    try:
        return await act(values), ()
    except TryLater as wait:
        return dict.fromkeys(values, wait), ()
    except Exception:
        if len(values) < 2:
            raise
    later: dict[T, TryLater] = {}
    crashed: list[T] = []
    for value in values:
        try:
            later.update(await act([value]))
        except TryLater as wait:
            later[value] = wait
        except Exception:
            log.exception(events.MESSAGE_CRASHED)
            crashed.append(value)
    return later, crashed


async def _send_alone(house: House, queue: str, message: ReceivedMessage) -> None:
    """A crash among many is tried again apart from them, and kept aside when it goes on."""
    tries = _tries(message)
    if tries.attempt >= CRASHES:
        await keep_dead_letter(queue, message)
        return
    again = Again(tries.attempt + 1, house.clock() + CRASH_PAUSE)
    copy = Copy(message.body, _identity(message), tries.since, again)
    await house.queues.send_again(house.settings.resolve(queue), copy)


async def _defer(
    house: House,
    queue: str,
    message: ReceivedMessage,
    wait: TryLater,
    *,
    together: bool = False,
) -> None:
    tries, identity = _tries(message), _identity(message)
    now, patience = house.clock(), house.settings.give_up_after_seconds
    decision = next_try(identity, tries, wait.after, now=now, give_up_after=patience)
    facts = {"queue": queue, "reason": wait.reason.code, "attempt": tries.attempt}
    if isinstance(decision, Again):
        name = house.settings.resolve(queue)
        copy = Copy(message.body, identity, tries.since, decision, together)
        await house.queues.send_again(name, copy)
        log.info(events.MESSAGE_DEFERRED, extra=facts)
        return
    await house.dead_letters.give_up(_claim(house, message), wait.reason)
    log.error(events.MESSAGE_GIVEN_UP, extra=facts)


def _claim(house: House, message: ReceivedMessage) -> Claim | None:
    return outside.claim_of(message.body, house.settings.tenant_id)


def first_day(message: ReceivedMessage) -> date:
    """The same for every delivery of a message, and for its copies."""
    return _tries(message).since.date()


def _tries(message: ReceivedMessage) -> Tries:
    """Whoever sends may write anything there: what makes no sense was not said."""
    properties, now = message.properties, live().clock()
    since = _moment(properties.get(wire.SINCE)) or message.enqueued_at
    return Tries(_count(properties.get(wire.ATTEMPT)), min(max(since, now - OLDEST), now))


def _moment(said: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _count(said: object) -> int:
    text = str(said)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _identity(message: ReceivedMessage) -> str:
    """The id that copies are named after. Of others' ids a digest: theirs may end like a copy's,
    and then the copy would be dropped as a duplicate, or be as long as an id may get."""
    known = message.message_id
    ours = _OURS.fullmatch(known)
    digest = sha256(f"{known}\n".encode() + message.body).hexdigest()
    return ours["name"] if ours else digest
