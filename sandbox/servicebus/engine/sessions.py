"""Who holds which session of a queue, and who waits for one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sandbox.servicebus.engine.message import Message
from sandbox.servicebus.refused import SESSION_LOST, SESSION_TAKEN, TIMEOUT, Refused

if TYPE_CHECKING:
    from sandbox.servicebus.engine.queue import Queue

Lane = str | None  # the id of a session, or None where there are no sessions


class Consumer(Protocol):
    """Someone who receives; `locks` is false for receive-and-delete."""

    locks: bool
    lane: Lane

    def wants(self) -> bool: ...

    def deliver(self, message: Message) -> None: ...

    def grant(self, session_id: str, locked_until: int) -> None: ...

    def refuse(self, refusal: Refused) -> None: ...

    def lose(self, refusal: Refused) -> None: ...


@dataclass(slots=True)
class Session:
    holder: Consumer | None = None
    locked_until: int = 0
    state: bytes | None = None


@dataclass(slots=True, eq=False)
class Sessions:
    queue: "Queue"
    book: dict[str, Session] = field(default_factory=dict)
    waiting: list[tuple[int, Consumer]] = field(default_factory=list)

    def ask(self, consumer: Consumer, wanted: Lane, patience: int) -> None:
        """A named session at once or never; any free one within so many milliseconds."""
        if wanted is None:
            deadline = self.queue.now() + patience
            self.waiting.append((deadline, consumer))
            self.queue.watch(deadline, 0)
        elif self.named(wanted).holder:
            raise Refused(SESSION_TAKEN, f"Another receiver holds the session {wanted}")
        else:
            self._grant(wanted, consumer)

    def deal(self) -> None:
        """Gives the sessions that have messages to those who wait, oldest message first."""
        while self.waiting and (free := self._oldest_free()) is not None:
            self._grant(free, self.waiting.pop(0)[1])

    def release(self, consumer: Consumer) -> None:
        """Closing a session early counts no delivery (message-sessions page of Microsoft Learn)."""
        self.waiting = [each for each in self.waiting if each[1] is not consumer]
        if consumer.lane is not None and self.named(consumer.lane).holder is consumer:
            self._free(consumer.lane, self.queue.release)

    def renew(self, session_id: str) -> int:
        session = self.named(session_id)
        if session.holder is None:
            raise Refused(SESSION_LOST, f"Nobody holds the session {session_id}")
        session.locked_until = self.queue.now() + self.queue.terms.lock_duration
        self.queue.watch(session.locked_until, 0)
        return session.locked_until

    def keep_state(self, session_id: str, state: bytes | None) -> None:
        self.named(session_id).state = state
        if self.queue.changed is not None:
            self.queue.changed.add(session_id)

    def tick(self, now: int) -> None:
        for deadline, consumer in list(self.waiting):
            if deadline <= now:
                self.waiting.remove((deadline, consumer))
                consumer.refuse(Refused(TIMEOUT, "No session became available in time"))
        for session_id, session in self.book.items():
            if session.holder and session.locked_until <= now:
                holder = session.holder
                self._free(session_id, self.queue.lose)
                holder.lose(Refused(SESSION_LOST, f"The lock of session {session_id} ran out"))

    def named(self, session_id: str) -> Session:
        return self.book.setdefault(session_id, Session())

    def locked_until(self, session_id: Lane) -> int:
        return self.named(session_id or "").locked_until

    def _oldest_free(self) -> Lane:
        free = [
            (numbers[0], lane)
            for lane, numbers in self.queue.ready.items()
            if numbers and lane is not None and not self.named(lane).holder
        ]
        return min(free)[1] if free else None

    def _grant(self, session_id: str, consumer: Consumer) -> None:
        self.named(session_id).holder = consumer
        consumer.lane = session_id
        consumer.grant(session_id, self.renew(session_id))

    def _free(self, session_id: str, unlock: Callable[[bytes], None]) -> None:
        self.named(session_id).holder = None
        held = [m.tag for m in self.queue.locks.values() if m.content.session_id == session_id]
        for tag in filter(None, held):
            unlock(tag)
