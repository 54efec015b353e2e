"""One message in the broker: the sender's content, and all that the broker knows of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from sandbox.servicebus.codec.content import (
    ANNOTATIONS,
    APPLICATION,
    HEADER,
    Content,
    header_life,
    section,
)
from sandbox.servicebus.codec.encode import (
    NULL,
    TRUE,
    described,
    int32,
    long,
    mapping,
    sequence,
    symbol,
    timestamp,
    uint,
)

_SEQUENCE = symbol("x-opt-sequence-number")
_ENQUEUED = symbol("x-opt-enqueued-time")
_LOCKED_UNTIL = symbol("x-opt-locked-until")
_STATE = symbol("x-opt-message-state")
_ORIGINAL = symbol("x-opt-enqueue-sequence-number")


class State(IntEnum):
    """The numbers are those of x-opt-message-state; being locked is no state of its own."""

    ACTIVE = 0
    DEFERRED = 1
    SCHEDULED = 2


@dataclass(slots=True)
class Message:
    sequence: int
    content: Content
    enqueued: int
    state: State
    expires: int | None = None
    failures: int = 0  # deliveries that came to nothing
    tag: bytes | None = None  # of the lock, when there is one
    locked_until: int = 0
    original: int | None = None  # its number in the first entity, when it was forwarded

    def encoded(self, *, peeked: bool = False) -> bytes:
        """As a receiver shall see it: header and annotations are ours, the rest the sender's."""
        content = self.content
        life = header_life(content.time_to_live)
        header = sequence(TRUE, NULL, life, NULL, uint(self.failures))
        annotations = mapping(*content.annotations, *self._annotations(peeked))
        return b"".join((
            described(HEADER, header), described(ANNOTATIONS, annotations), content.properties,
            section(APPLICATION, content.application), content.body,
        ))  # fmt: skip

    def _annotations(self, peeked: bool) -> Iterator[tuple[bytes, bytes]]:
        yield _SEQUENCE, long(self.sequence)
        yield _ENQUEUED, timestamp(self.enqueued)
        if self.tag and not peeked:
            yield _LOCKED_UNTIL, timestamp(self.locked_until)
        if peeked or self.state is not State.ACTIVE:
            yield _STATE, int32(self.state)
        if self.original is not None:
            yield _ORIGINAL, long(self.original)
