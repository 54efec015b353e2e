"""One queue, subscription or topic: accepts messages, hands them out, settles and wakes them."""

import heapq
import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sandbox.servicebus.codec.content import Content, with_properties
from sandbox.servicebus.codec.encode import string
from sandbox.servicebus.engine.message import Message, State
from sandbox.servicebus.engine.sessions import Consumer, Lane, Sessions
from sandbox.servicebus.engine.store import Store, change
from sandbox.servicebus.entities import Terms
from sandbox.servicebus.refused import (
    LOCK_LOST,
    MESSAGE_NOT_FOUND,
    NOT_ALLOWED,
    SESSION_LOST,
    Refused,
)

_ENDLESS = 2**31
_NOTHING: Mapping[str, bytes] = {}


@dataclass(slots=True, eq=False)
class Queue(Store):
    """Nothing is noticed before `tick`, nothing delivered but by `pump`.

    A topic is a queue whose messages go `onward` to its subscriptions the moment they are active,
    and so is a subscription that forwards.
    """

    consumers: deque[Consumer] = field(default_factory=deque)

    @classmethod
    def with_dead_letters(cls, terms: Terms, now: Callable[[], int]) -> "Queue":
        below = replace(
            terms,
            max_delivery_count=_ENDLESS,
            time_to_live=None,
            duplicate_window=None,
            requires_session=False,
            stamps=(),
        )
        dead = cls(replace(below, path=f"{terms.path}/$DeadLetterQueue"), now)
        transfer = cls(replace(below, path=f"{terms.path}/$Transfer/$DeadLetterQueue"), now)
        queue = cls(terms, now, dead=dead, transfer_dead=transfer)
        queue.sessions = Sessions(queue) if terms.requires_session else None
        return queue

    # --- in ---

    def accept(self, content: Content, original: int | None = None) -> int:
        """Returns the sequence number; `original` is that of the entity that forwards.

        A duplicate is accepted, counted and dropped, as Azure does it.
        """
        now = self.now()
        if self.terms.requires_session and content.session_id is None:
            raise Refused(NOT_ALLOWED, f"{self.terms.path} takes only messages with a session id")
        self.last += 1
        if self.duplicates.meet(content.message_id, now):
            self.totals.duplicates += 1
            return self.last
        self.totals.accepted += 1
        message = Message(self.last, content, now, State.ACTIVE, original=original)
        if content.scheduled is not None and content.scheduled > now:
            message.state, message.enqueued = State.SCHEDULED, content.scheduled
            self.keep(message)
        else:
            self._enqueue(message)
        return self.last

    def cancel(self, sequences: Iterable[int]) -> None:
        for message in self._found(sequences, State.SCHEDULED):
            self.remove(message)

    def _enqueue(self, message: Message) -> None:
        content = message.content
        if self.terms.stamps:  # the rule's value goes before the sender's
            stamps = {key: string(text) for key, text in self.terms.stamps}
            stamped = with_properties(content.application, stamps)
            message.content = content._replace(application=stamped)
        if self.onward is None:
            self.enliven(message)
            self.keep(message)
            return
        for entity in self.onward:
            self._forward(entity, message)

    def _forward(self, entity: "Queue", message: Message) -> None:
        original = message.sequence if message.original is None else message.original
        try:
            entity.accept(message.content, original)
        except Refused as refusal:
            refused = replace(message, original=original)
            where = entity if self.transfer_dead is None else self
            if where.transfer_dead is None:
                raise
            where.transfer_dead.take_dead(refused, refusal.condition, refusal.description)

    # --- out ---

    def pump(self) -> None:
        """Deals what is ready to the consumers who want it, one message each in turn."""
        if self.sessions:
            self.sessions.deal()
        idle = 0
        while idle < len(self.consumers):
            consumer = self.consumers[0]
            self.consumers.rotate(-1)
            message = self.take(consumer.lane, locks=consumer.locks) if consumer.wants() else None
            if message is None:
                idle += 1
            else:
                idle = 0
                consumer.deliver(message)

    def take(self, lane: Lane = None, *, locks: bool = True) -> Message | None:
        waiting = self.ready.get(lane)
        while waiting:
            message = self.messages.get(heapq.heappop(waiting))
            if message is not None:
                return self._hand_out(message, locks)
        self.ready.pop(lane, None)
        return None

    def take_deferred(self, sequences: Iterable[int], *, locks: bool = True) -> list[Message]:
        found = self._found(sequences, State.DEFERRED)
        if any(message.tag for message in found):
            raise Refused(MESSAGE_NOT_FOUND, "A deferred message is locked by another receiver")
        return [self._hand_out(message, locks) for message in found]

    def peek(self, start: int, count: int, session: Lane = None) -> list[Message]:
        """From this number on; with `session`, of that session only."""
        chosen = heapq.nsmallest(
            count,
            (
                number
                for number, message in self.messages.items()
                if number >= start and session in (None, message.content.session_id)
            ),
        )
        return [self.messages[number] for number in chosen]

    def _hand_out(self, message: Message, locks: bool) -> Message:
        deliveries = message.failures + 1
        self.totals.highest_delivery_count = max(self.totals.highest_delivery_count, deliveries)
        if not locks:
            self.remove(message)
            self.totals.completed += 1
            return message
        message.tag = os.urandom(16)
        self.locks[message.tag] = message
        self._lock(message)
        return message

    def _lock(self, message: Message) -> None:
        if self.sessions:  # the lock is that of the session
            message.locked_until = self.sessions.locked_until(message.content.session_id)
            return
        message.locked_until = self.now() + self.terms.lock_duration
        self.watch(message.locked_until, message.sequence)

    def _found(self, sequences: Iterable[int], state: State) -> list[Message]:
        """All of them or none."""
        found = [self.messages.get(sequence) for sequence in sequences]
        right = [message for message in found if message and message.state is state]
        if len(right) < len(found):
            raise Refused(MESSAGE_NOT_FOUND, f"No {state.name.lower()} message has that number")
        return right

    # --- settlement, by the tag of the lock ---

    def complete(self, tag: bytes) -> None:
        self.remove(self._unlock(tag))
        self.totals.completed += 1

    def abandon(self, tag: bytes, properties: Mapping[str, bytes] = _NOTHING) -> None:
        self._fail(self._unlock(tag, properties))

    def release(self, tag: bytes) -> None:
        """Back without counting: nobody looked at it."""
        self._put_back(self._unlock(tag))

    def defer(self, tag: bytes, properties: Mapping[str, bytes] = _NOTHING) -> None:
        message = self._unlock(tag, properties)
        message.failures += 1
        message.state = State.DEFERRED

    def dead_letter(
        self,
        tag: bytes,
        reason: str | None,
        description: str | None,
        properties: Mapping[str, bytes] = _NOTHING,
    ) -> None:
        if self.dead is None:
            raise Refused(NOT_ALLOWED, "A dead letter cannot be dead-lettered again")
        self.bury(self._unlock(tag, properties), reason, description)

    def renew(self, tag: bytes) -> int:
        message = self._locked(tag)
        self._lock(message)
        return message.locked_until

    def lose(self, tag: bytes) -> None:
        """As if the lock had run out just now."""
        if tag in self.locks:
            self._fail(self._unlock(tag))

    def _locked(self, tag: bytes) -> Message:
        message = self.locks.get(tag)
        if message is None:
            condition = SESSION_LOST if self.sessions else LOCK_LOST
            raise Refused(condition, "The lock supplied is invalid: it expired or was settled")
        return message

    def _unlock(self, tag: bytes, properties: Mapping[str, bytes] = _NOTHING) -> Message:
        message = self._locked(tag)
        del self.locks[tag]
        message.tag = None
        change(message, properties)
        self.touch(message)
        return message

    def _fail(self, message: Message) -> None:
        message.failures += 1
        most = self.terms.max_delivery_count
        if message.failures >= most:
            description = f"Message could not be consumed after {most} delivery attempts."
            self.bury(message, "MaxDeliveryCountExceeded", description)
        else:
            self._put_back(message)

    def _put_back(self, message: Message) -> None:
        if message.state is State.DEFERRED:
            return
        if message.expires is not None and message.expires <= self.now():
            self.expire(message)
        else:
            self.offer(message)

    # --- time ---

    def tick(self) -> None:
        now = self.now()
        while self.alarms and self.alarms[0][0] <= now:
            message = self.messages.get(heapq.heappop(self.alarms)[1])
            if message is not None:
                self._wake(message, now)
        if self.sessions:
            self.sessions.tick(now)

    def _wake(self, message: Message, now: int) -> None:
        if message.state is State.SCHEDULED:
            self._activate(message, now)
        elif message.tag is not None:
            if message.locked_until <= now:
                self.lose(message.tag)
        elif message.state is State.ACTIVE and message.expires and message.expires <= now:
            self.expire(message)

    def _activate(self, message: Message, now: int) -> None:
        """A scheduled message gets a new number when its time comes (message-sequencing page)."""
        if message.content.scheduled is not None and message.content.scheduled <= now:
            self.remove(message)
            self.last += 1
            moved = Message(
                self.last, message.content, now, State.ACTIVE, original=message.original
            )
            self._enqueue(moved)
