"""A link by which a client sends into an entity."""

import logging
from typing import Any

from sandbox.servicebus.codec.content import Content, batched, cut
from sandbox.servicebus.codec.decode import Described, Malformed
from sandbox.servicebus.refused import (
    DECODE_ERROR,
    NOT_ALLOWED,
    NOT_IMPLEMENTED,
    TOO_LARGE,
    Detached,
    Refused,
)
from sandbox.servicebus.transport import frames
from sandbox.servicebus.transport.link import Link

log = logging.getLogger("sandbox.servicebus")
LARGEST = 256 * 1024
_ENVELOPE = 1024  # the SDK fills a batch to the limit without counting its envelope
_BATCH = 0x80013700
_CREDIT = 1000
_NOT_SENT_TO = "/$DeadLetterQueue"


class Inlet(Link):
    """Puts the frames of each delivery together and answers it."""

    _number, _format, _settled = 0, 0, False
    _transacts = False
    _pieces: tuple[bytes, ...] = ()
    _count = 0

    def open(self) -> None:
        self.find()
        super().open()
        self.channel.flow(self.handle, 0, _CREDIT)

    def find(self) -> None:
        """Raises Refused when there is no such entity."""
        self.queue = self.channel.namespace.find(self.attach.path)
        path = self.queue.terms.path
        if path.endswith(_NOT_SENT_TO) or "/Subscriptions/" in path:
            raise Refused(NOT_ALLOWED, f"Nobody can send to {path}: send to its queue or topic")

    def take(self, fields: list[Any], payload: bytes) -> None:
        _, number, _, form, settled, more, _, state, _, aborted = fields
        if not self._pieces:
            self._transacts = isinstance(state, Described)
            self._number, self._format, self._settled = number, form or 0, bool(settled)
        self._pieces = () if aborted else (*self._pieces, payload)
        if aborted or more:
            return
        whole, self._pieces = b"".join(self._pieces), ()
        self._answer(whole)
        self._count += 1
        if self._count % (_CREDIT // 2) == 0:
            self.channel.flow(self.handle, self._count, _CREDIT)

    def _answer(self, payload: bytes) -> None:
        try:
            self.receive(payload)
            state = frames.accepted()
        except Detached as fault:
            log.warning("detached: %s %s", self.attach.path, fault)
            self.channel.drop(self, fault)
            return
        except Refused as refusal:
            log.warning("refused: send to %s %s", self.attach.path, refusal)
            state = frames.rejected(refusal)
        if not self._settled:
            self.channel.answer(receiving=True, number=self._number, state=state)

    def receive(self, payload: bytes) -> None:
        strike = self.channel.namespace.faults.strike
        if self._transacts:
            raise Refused(NOT_IMPLEMENTED, "The sandbox has no transactions: send without one")
        strike(self.queue.terms.path, "send")
        for content in _contents(payload, batch=self._format == _BATCH):
            self.queue.accept(content)
        strike(self.queue.terms.path, "send", afterwards=True)


def _contents(payload: bytes, *, batch: bool) -> list[Content]:
    """Raises Refused: a single message's size is never checked by the client."""
    if len(payload) > LARGEST + (_ENVELOPE if batch else 0):
        raise Refused(TOO_LARGE, f"{len(payload)} bytes are more than {LARGEST}")
    try:
        return [cut(raw) for raw in (batched(payload) if batch else [payload])]
    except Malformed as problem:
        raise Refused(DECODE_ERROR, str(problem)) from problem
