"""What must wait, or crashed, or was interrupted, becomes a scheduled copy with a seal of ours."""

import logging
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from b2b import events, wire
from b2b.domain.errors import TryLater
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.retry import (
    Again,
    Copy,
    GiveUp,
    Tries,
    after_crash,
    after_interruption,
    next_try,
)
from b2b.flows.claims import Claims
from b2b.flows.dead_letters import DeadLetters
from b2b.ports import Clock, Copies, SealKey

log = logging.getLogger(__name__)

_OURS = re.compile(r"(?P<name>[0-9a-f]{32,64}(?:[.-]\w+)?)(?:#\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingAgain:
    """Every method raises TryLater when it cannot do its work: the message must not be lost."""

    copies: Copies
    seal_key: SealKey
    dead_letters: DeadLetters
    claims: Claims
    clock: Clock
    give_up_after: timedelta

    async def believe(self, queue: str, message: ReceivedMessage) -> ReceivedMessage:
        """The message with the tries that it tells of, if this app wrote them."""
        if not wire.bears_seal(message):
            return message
        tries = wire.read_tries(await self.seal_key.seal_key(), queue, message)
        return replace(message, believed=tries)

    async def defer(
        self, queue: str, message: ReceivedMessage, wait: TryLater, *, together: bool = False
    ) -> None:
        """After a day of waiting the row is closed instead."""
        tries, now = message.tries, self.clock()
        patience = self.give_up_after
        name = identity_of(message)
        decision = next_try(name, tries, wait.after, now=now, give_up_after=patience)
        facts = {"queue": queue, "reason": wait.reason.code, "attempt": tries.attempt}
        if isinstance(decision, Again):
            await self._send(queue, message, decision, together=together)
            log.info(events.MESSAGE_DEFERRED, extra=facts)
            return
        await self.dead_letters.give_up(self.claims.of(queue, message), wait.reason)
        log.error(events.MESSAGE_GIVEN_UP, extra=facts)

    async def crashed(self, queue: str, message: ReceivedMessage, crash: Exception) -> None:
        """After the last crash the message is kept aside."""
        decision = after_crash(message.tries, self.clock())
        facts = {"queue": queue, "crashes": message.tries.crashes + 1}
        log.error(events.MESSAGE_CRASHED, exc_info=crash, extra=facts)
        if isinstance(decision, Again):
            await self._send(queue, message, decision)
            return
        claim = self.claims.of(queue, message)
        await self.dead_letters.keep(queue, message.body, claim, "it crashed each time")

    async def interrupted(self, queue: str, message: ReceivedMessage) -> bool:
        """False when the message had all of its rounds: then it is what kills the process."""
        decision = after_interruption(identity_of(message), message.tries, self.clock())
        if isinstance(decision, GiveUp):
            return False
        await self._send(queue, message, decision)
        facts = {"queue": queue, "round": decision.tries.interruptions}
        log.warning(events.MESSAGE_INTERRUPTED, extra=facts)
        return True

    async def as_data(self, queue: str, message: ReceivedMessage) -> None:
        """The text of a message that the host could not hand over. Its copy it can."""
        tries = replace(message.tries, attempt=message.tries.attempt + 1)
        await self._send(queue, message, Again(tries, self.clock()))
        log.warning(events.MESSAGE_SENT_AS_DATA, extra={"queue": queue})

    async def _send(
        self, queue: str, message: ReceivedMessage, again: Again, *, together: bool = False
    ) -> None:
        """Under an id of its own, or duplicate detection would drop it; the same for the same try,
        so that a copy that is sent twice is delivered once."""
        name, tries = _copy_id(message, again.tries), again.tries
        key = await self.seal_key.seal_key()
        properties = wire.sealed_properties(key, queue, name, message, tries)
        await self.copies.send_again(
            queue, Copy(message.body, name, again.at, properties, together)
        )


def identity_of(message: ReceivedMessage) -> str:
    """The id that copies are named after. Of others' ids a digest: theirs may end like a copy's,
    and then the copy would be dropped as a duplicate, or be as long as an id may get."""
    ours = _OURS.fullmatch(message.message_id)
    digest = sha256(f"{message.message_id}\n".encode() + message.body).hexdigest()
    return ours["name"] if ours else digest


def _copy_id(message: ReceivedMessage, tries: Tries) -> str:
    return f"{identity_of(message)}#{tries.copies}"
