"""A link by which a client receives from an entity, and settles what it received."""

import logging

from sandbox.servicebus.codec.decode import decode, raw_items, raw_pairs
from sandbox.servicebus.codec.encode import NULL
from sandbox.servicebus.engine.message import Message
from sandbox.servicebus.refused import LOCK_LOST, NOT_ALLOWED, NOT_IMPLEMENTED, Detached, Refused
from sandbox.servicebus.transport import frames
from sandbox.servicebus.transport.link import Link

log = logging.getLogger("sandbox.servicebus")
_NO_TAG = bytes(16)
_REASON, _DESCRIPTION = "DeadLetterReason", "DeadLetterErrorDescription"


class Outlet(Link):
    """A consumer of its queue as long as it is open."""

    lane: str | None = None
    _credit = 0
    _delivered = 0
    _open = False
    _session_lost: Refused | None = None

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

    def lose(self, refusal: Refused) -> None:
        """The session's lock ran out: who receives is told now, who settles is told then."""
        if self._credit > 0:
            self.channel.drop(self, refusal)
        else:
            self._session_lost = refusal

    def close(self) -> None:
        """Locks outlive the link, but a session is free at once."""
        if self._open:
            self.queue.consumers.remove(self)
        if self.queue.sessions:
            self.queue.sessions.release(self)

    def credited(self, delivery_count: int, credit: int, *, drain: bool) -> None:
        self._credit = delivery_count + credit - self._delivered
        if self._session_lost and credit:
            self.channel.drop(self, self._session_lost)
            return
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

    def settle(self, number: int, tag: bytes, state: bytes, *, quiet: bool) -> None:
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

    def _apply(self, tag: bytes, state: bytes) -> bytes:
        descriptor, end = decode(state, 1)
        fields = raw_items(state, end)
        match descriptor:
            case frames.ACCEPTED:
                self.queue.complete(tag)
                return frames.accepted()
            case frames.REJECTED:
                self.queue.dead_letter(tag, *_said(fields))
                return frames.rejected()
            case frames.RELEASED:
                self.queue.release(tag)
                return frames.released()
            case frames.MODIFIED:
                return self._modify(tag, *fields)
            case frames.TRANSACTIONAL:
                raise Refused(NOT_IMPLEMENTED, "The sandbox has no transactions: settle alone")
        raise Refused(NOT_ALLOWED, f"No outcome has the number {descriptor}")

    def _modify(
        self, tag: bytes, failed: bytes = NULL, elsewhere: bytes = NULL, properties: bytes = NULL
    ) -> bytes:
        """An abandon unless undeliverable here: .NET does not say that the delivery failed."""
        changes = _pairs(properties)
        undeliverable_here = bool(decode(elsewhere)[0])
        if undeliverable_here:
            self.queue.defer(tag, changes)
        else:
            self.queue.abandon(tag, changes)
        return frames.modified(bool(decode(failed)[0]), undeliverable_here)

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


def _said(fields: list[bytes]) -> tuple[str | None, str | None, dict[str, bytes]]:
    """Reason, description and properties of a dead letter, from the info of the error."""
    error = fields[0] if fields else NULL
    parts = raw_items(error, decode(error, 1)[1]) if error != NULL else []
    info = parts[2] if len(parts) > 2 else NULL
    about = _pairs(info)
    reason, description = about.pop(_REASON, NULL), about.pop(_DESCRIPTION, NULL)
    return decode(reason)[0], decode(description)[0], about


def _pairs(encoded: bytes) -> dict[str, bytes]:
    return {} if encoded == NULL else {key: value for key, _, value in raw_pairs(encoded)}
