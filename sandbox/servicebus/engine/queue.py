"""One queue, subscription or topic: accepts, locks, settles, expires, and buries the dead."""

import heapq
import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from sandbox.servicebus.codec.content import Content, with_properties
from sandbox.servicebus.engine.duplicates import Duplicates
from sandbox.servicebus.engine.message import Message, State
from sandbox.servicebus.engine.sessions import Consumer, Lane, Sessions
from sandbox.servicebus.entities import Terms
from sandbox.servicebus.refused import (
    LOCK_LOST,
    MESSAGE_NOT_FOUND,
    NOT_ALLOWED,
    SESSION_LOST,
    Refused,
)

_ENDLESS = 2**31
_SLACK = 4096  # alarms that may have lost their reason before we sweep them out


@dataclass(slots=True)
class Totals:
    accepted: int = 0
    duplicates: int = 0
    completed: int = 0
    dead_lettered: int = 0
    highest_delivery_count: int = 0


@dataclass(slots=True, eq=False)
class Queue:
    """Times are in milliseconds. Nothing is noticed before `tick`, nothing delivered but by `pump`.

    A topic is a queue whose messages go `onward` to its subscriptions the moment they are active,
    and so is a subscription that forwards.
    """

    terms: Terms
    now: Callable[[], int]
    dead: "Queue | None" = None
    onward: "Sequence[Queue] | None" = None
    totals: Totals = field(default_factory=Totals)
    messages: dict[int, Message] = field(default_factory=dict)
    locks: dict[bytes, Message] = field(default_factory=dict)
    ready: dict[Lane, list[int]] = field(default_factory=dict)
    consumers: deque[Consumer] = field(default_factory=deque)
    alarms: list[tuple[int, int]] = field(default_factory=list)
    sessions: Sessions | None = None
    _duplicates: Duplicates = field(init=False)
    _last: int = 0

    def __post_init__(self) -> None:
        self._duplicates = Duplicates(self.terms.duplicate_window)

    @classmethod
    def with_dead_letters(cls, terms: Terms, now: Callable[[], int]) -> "Queue":
        buried = replace(
            terms,
            path=f"{terms.path}/$DeadLetterQueue",
            max_delivery_count=_ENDLESS,
            time_to_live=None,
            duplicate_window=None,
            requires_session=False,
        )
        queue = cls(terms, now, dead=cls(buried, now))
        queue.sessions = Sessions(queue) if terms.requires_session else None
        return queue

    # --- in ---

    def accept(self, content: Content) -> int:
        """The sequence number. A duplicate is accepted, counted and dropped, as Azure does it."""
        now = self.now()
        if self.terms.requires_session and content.session_id is None:
            raise Refused(NOT_ALLOWED, f"{self.terms.path} takes only messages with a session id")
        self._last += 1
        if self._duplicates.meet(content.message_id, now):
            self.totals.duplicates += 1
            return self._last
        self.totals.accepted += 1
        if content.scheduled is not None and content.scheduled > now:
            message = Message(self._last, content, content.scheduled, State.SCHEDULED)
            self.messages[message.sequence] = message
            self.watch(content.scheduled, message.sequence)
        else:
            self._enqueue(content, now)
        return self._last

    def cancel(self, sequences: Iterable[int]) -> None:
        for message in self._found(sequences, State.SCHEDULED):
            del self.messages[message.sequence]

    def _enqueue(self, content: Content, now: int) -> None:
        if self.terms.stamps:  # the broker's word goes before the sender's
            stamped = with_properties(content.application, dict(self.terms.stamps))
            content = content._replace(application=stamped)
        if self.onward is not None:
            for next_one in self.onward:
                next_one.accept(content)
            return
        lives = [each for each in (content.time_to_live, self.terms.time_to_live) if each]
        expires = now + min(lives) if lives else None
        message = Message(self._last, content, now, State.ACTIVE, expires)
        self.messages[message.sequence] = message
        if expires is not None:
            self.watch(expires, message.sequence)
        self._offer(message)

    def _offer(self, message: Message) -> None:
        heapq.heappush(self.ready.setdefault(self.lane_of(message), []), message.sequence)

    def lane_of(self, message: Message) -> Lane:
        return message.content.session_id if self.terms.requires_session else None

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

    def peek(self, start: int, count: int) -> list[Message]:
        chosen = heapq.nsmallest(count, (each for each in self.messages if each >= start))
        return [self.messages[sequence] for sequence in chosen]

    def _hand_out(self, message: Message, locks: bool) -> Message:
        deliveries = message.failures + 1
        self.totals.highest_delivery_count = max(self.totals.highest_delivery_count, deliveries)
        if not locks:
            del self.messages[message.sequence]
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
        del self.messages[self._unlock(tag).sequence]
        self.totals.completed += 1

    def abandon(self, tag: bytes) -> None:
        self._fail(self._unlock(tag))

    def release(self, tag: bytes) -> None:
        """Back without counting: nobody looked at it."""
        self._put_back(self._unlock(tag))

    def defer(self, tag: bytes) -> None:
        message = self._unlock(tag)
        message.failures += 1
        message.state = State.DEFERRED

    def dead_letter(self, tag: bytes, reason: str | None, description: str | None) -> None:
        if self.dead is None:
            raise Refused(NOT_ALLOWED, "A dead letter cannot be dead-lettered again")
        self._bury(self._unlock(tag), reason, description)

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

    def _unlock(self, tag: bytes) -> Message:
        message = self._locked(tag)
        del self.locks[tag]
        message.tag = None
        return message

    def _fail(self, message: Message) -> None:
        message.failures += 1
        most = self.terms.max_delivery_count
        if message.failures >= most:
            description = f"Message could not be consumed after {most} delivery attempts."
            self._bury(message, "MaxDeliveryCountExceeded", description)
        else:
            self._put_back(message)

    def _put_back(self, message: Message) -> None:
        if message.state is State.DEFERRED:
            return
        if message.expires is not None and message.expires <= self.now():
            self._expire(message)
        else:
            self._offer(message)

    def _expire(self, message: Message) -> None:
        if self.terms.dead_letters_expired:
            text = "The message expired and was dead lettered."
            self._bury(message, "TTLExpiredException", text)
        else:
            del self.messages[message.sequence]

    def _bury(self, message: Message, reason: str | None, description: str | None) -> None:
        del self.messages[message.sequence]
        if self.dead is None:
            return
        said = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
        added = {key: text for key, text in said.items() if text is not None}
        application = with_properties(message.content.application, added)
        message.content = message.content._replace(application=application)
        message.state, message.expires = State.ACTIVE, None
        message.dead_letter_source = self.terms.path
        self.totals.dead_lettered += 1
        self.dead.messages[message.sequence] = message
        self.dead._offer(message)

    # --- time ---

    def watch(self, moment: int, sequence: int) -> None:
        heapq.heappush(self.alarms, (moment, sequence))
        if len(self.alarms) > 4 * len(self.messages) + _SLACK:
            self.alarms = [each for each in self.alarms if each[1] in self.messages or not each[1]]
            heapq.heapify(self.alarms)

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
            self._expire(message)

    def _activate(self, message: Message, now: int) -> None:
        """A scheduled message gets a new number when its time comes (message-sequencing page)."""
        if message.content.scheduled is not None and message.content.scheduled <= now:
            del self.messages[message.sequence]
            self._last += 1
            self._enqueue(message.content, now)
