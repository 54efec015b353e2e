"""A link by which a client receives from an entity, and settles what it received."""

import logging
from typing import Any

from sandbox.servicebus.codec.decode import Described
from sandbox.servicebus.engine.message import Message
from sandbox.servicebus.refused import LOCK_LOST, NOT_ALLOWED, Detached, Refused
from sandbox.servicebus.transport import frames
from sandbox.servicebus.transport.link import Link

log = logging.getLogger("sandbox.servicebus")
_NO_TAG = bytes(16)


class Outlet(Link):
    """A consumer of its queue as long as it is open."""

    lane: str | None = None
    _credit = 0
    _delivered = 0
    _open = False

    def open(self) -> None:
        self.queue = self.channel.namespace.find(self.attach.path)
        self.locks = self.attach.locks
        self._check()
        if self.queue.sessions:
            self.queue.sessions.ask(self, self.attach.session_id, self.attach.patience)
        else:
            self._begin(self.attach.accepting())

    def grant(self, session_id: str, locked_until: int) -> None:
        self._begin(self.attach.granting(session_id, locked_until))

    def refuse(self, refusal: Refused) -> None:
        if self._open:
            self.channel.drop(self, refusal)
        else:
            self.channel.refuse(self.attach, refusal)

    def close(self) -> None:
        """Locks outlive the link, but a session is free at once."""
        if self._open:
            self.queue.consumers.remove(self)
        if self.queue.sessions:
            self.queue.sessions.release(self)

    def credited(self, delivery_count: int, credit: int, *, drain: bool) -> None:
        self._credit = delivery_count + credit - self._delivered
        if drain:
            self.queue.pump()
            self._delivered += max(0, self._credit)
            self._credit = 0
            self.channel.flow(self.handle, self._delivered, 0, drained=True)

    def wants(self) -> bool:
        channel = self.channel
        return self._credit > 0 and channel.room > 0 and not channel.connection.paused

    def deliver(self, message: Message) -> None:
        self._credit -= 1
        self._delivered += 1
        tag = message.tag or _NO_TAG
        settled = not self.locks
        number = self.channel.deliver(self.handle, tag, message.encoded(), settled=settled)
        if self.locks:
            self.channel.unsettled[number] = self, tag

    def settle(self, number: int, tag: bytes, state: Described, *, quiet: bool) -> None:
        """Echoes the very outcome: the SDK holds any other for an error."""
        strike, path = self.channel.namespace.faults.strike, self.queue.terms.path
        try:
            strike(path, "settle")
            echo = self._apply(tag, state)
            strike(path, "settle", afterwards=True)
        except Detached as fault:
            log.warning("detached: %s %s", path, fault)
            self.channel.drop(self, fault)
            return
        except Refused as refusal:
            log.warning("refused: settlement at %s %s", path, refusal)
            echo = frames.rejected(refusal)
            if refusal.condition == LOCK_LOST:
                self.queue.lose(tag)
        if not quiet:
            self.channel.answer(receiving=False, number=number, state=echo)

    def _apply(self, tag: bytes, state: Described) -> bytes:
        match state.descriptor:
            case frames.ACCEPTED:
                self.queue.complete(tag)
                return frames.accepted()
            case frames.REJECTED:
                self.queue.dead_letter(tag, *_said(state.value))
                return frames.rejected()
            case frames.RELEASED:
                self.queue.release(tag)
                return frames.released()
            case frames.MODIFIED:
                return self._modify(tag, *_flags(state.value))
        raise Refused(NOT_ALLOWED, f"No outcome has the number {state.descriptor}")

    def _modify(self, tag: bytes, failed: bool, undeliverable_here: bool) -> bytes:
        if undeliverable_here:
            self.queue.defer(tag)
        elif failed:
            self.queue.abandon(tag)
        else:
            self.queue.release(tag)
        return frames.modified(failed, undeliverable_here)

    def _begin(self, answer: list[bytes]) -> None:
        self.channel.send(frames.ATTACH, *answer)
        self.queue.consumers.append(self)
        self._open = True

    def _check(self) -> None:
        path = self.queue.terms.path
        if self.queue.onward is not None:
            raise Refused(NOT_ALLOWED, f"{path} is a topic: receive from a subscription")
        if self.attach.for_session and not self.queue.sessions:
            raise Refused(NOT_ALLOWED, f"{path} has no sessions")
        if self.queue.sessions and not self.attach.for_session:
            raise Refused(NOT_ALLOWED, f"{path} requires a session")


def _said(value: list[Any]) -> tuple[str | None, str | None]:
    """The reason and the description of a dead letter, from the info of the error."""
    fields = value[0].value if value and value[0] else []
    about = (fields[2] if len(fields) > 2 else None) or {}
    return about.get("DeadLetterReason"), about.get("DeadLetterErrorDescription")


def _flags(value: list[Any]) -> tuple[bool, bool]:
    failed, here = (*value, None, None)[:2]
    return bool(failed), bool(here)
