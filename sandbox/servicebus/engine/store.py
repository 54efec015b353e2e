"""The messages that an entity keeps: their order, their expiry and the way to the dead letters."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.servicebus.codec.content import with_life, with_properties
from sandbox.servicebus.codec.encode import string
from sandbox.servicebus.engine.duplicates import Duplicates
from sandbox.servicebus.engine.message import Message, State
from sandbox.servicebus.engine.sessions import Lane, Sessions
from sandbox.servicebus.entities import Terms

if TYPE_CHECKING:
    from sandbox.servicebus.engine.queue import Queue

_SLACK = 4096  # alarms that may have lost their reason before we sweep them out


@dataclass(slots=True)
class Totals:
    accepted: int = 0
    duplicates: int = 0
    completed: int = 0
    dead_lettered: int = 0
    highest_delivery_count: int = 0


@dataclass(slots=True, eq=False)
class Store:
    """Times are in milliseconds.

    `changed`: the numbers of messages and ids of sessions that a journal, if any, has to write.
    """

    terms: Terms
    now: Callable[[], int]
    dead: "Queue | None" = None
    transfer_dead: "Queue | None" = None  # for messages that could not be forwarded
    onward: "Sequence[Queue] | None" = None
    totals: Totals = field(default_factory=Totals)
    messages: dict[int, Message] = field(default_factory=dict)
    locks: dict[bytes, Message] = field(default_factory=dict)
    ready: dict[Lane, list[int]] = field(default_factory=dict)
    alarms: list[tuple[int, int]] = field(default_factory=list)
    sessions: Sessions | None = None
    duplicates: Duplicates = field(init=False)
    last: int = 0
    changed: set[int | str] | None = None

    def __post_init__(self) -> None:
        self.duplicates = Duplicates(self.terms.duplicate_window)

    def keep(self, message: Message) -> None:
        """Puts it in its place: a new message, one of the journal, or a dead one."""
        self.messages[message.sequence] = message
        self.touch(message)
        if message.state is State.SCHEDULED:
            self.watch(message.content.scheduled or message.enqueued, message.sequence)
            return
        if message.expires is not None:
            self.watch(message.expires, message.sequence)
        if message.state is State.ACTIVE:
            self.offer(message)

    def remove(self, message: Message) -> None:
        del self.messages[message.sequence]
        self.touch(message)

    def touch(self, message: Message) -> None:
        if self.changed is not None:
            self.changed.add(message.sequence)

    def offer(self, message: Message) -> None:
        heapq.heappush(self.ready.setdefault(self.lane_of(message), []), message.sequence)

    def lane_of(self, message: Message) -> Lane:
        return message.content.session_id if self.terms.requires_session else None

    def enliven(self, message: Message) -> None:
        """The entity's time to live is the default and the limit (message-expiration page)."""
        own, most = message.content.time_to_live, self.terms.time_to_live
        if most is not None and (own is None or own > most):
            message.content = with_life(message.content, most, message.enqueued)
        life = message.content.time_to_live
        message.expires = message.enqueued + life if life else None

    def expire(self, message: Message) -> None:
        if self.terms.dead_letters_expired:
            text = "The message expired and was dead lettered."
            self.bury(message, "TTLExpiredException", text)
        else:
            self.remove(message)

    def bury(self, message: Message, reason: str | None, description: str | None) -> None:
        self.remove(message)
        if self.dead is not None:
            self.totals.dead_lettered += 1
            self.dead.take_dead(message, reason, description)

    def take_dead(self, message: Message, reason: str | None, description: str | None) -> None:
        said = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
        change(message, {key: string(text) for key, text in said.items() if text is not None})
        message.state, message.expires = State.ACTIVE, None
        self.keep(message)

    def watch(self, moment: int, sequence: int) -> None:
        heapq.heappush(self.alarms, (moment, sequence))
        if len(self.alarms) > 4 * len(self.messages) + _SLACK:
            self.alarms = [each for each in self.alarms if each[1] in self.messages or not each[1]]
            heapq.heapify(self.alarms)


def change(message: Message, properties: Mapping[str, bytes]) -> None:
    """Sets application properties of the message to encoded values."""
    if properties:
        application = with_properties(message.content.application, properties)
        message.content = message.content._replace(application=application)
