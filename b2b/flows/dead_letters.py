"""A message that cannot be done is kept for replay, and its row is closed as failed."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256

from b2b import events
from b2b.domain.claim import Claim
from b2b.domain.outcome import Failed, status_of
from b2b.domain.reason import Reason
from b2b.ports import Files, Ledger, Queues

log = logging.getLogger(__name__)

CONTAINER = "dead-letters"
LAPSED = "TTLExpiredException"  # the reason that Service Bus writes: nobody took it in time


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """What keeping a message aside may touch. Every method raises TryLater."""

    files: Files
    ledger: Ledger
    queues: Queues

    async def keep(self, queue: str, body: bytes, claim: Claim | None, why: str) -> None:
        """The body first: once the message is gone, nothing else holds it."""
        name = await self.keep_body(queue, body)
        await self.close(claim, _lapsed(name) if why == LAPSED else _crashed(why, name))
        log.error(events.DEAD_LETTER_KEPT, extra={"queue": queue, "kept_as": name, "why": why})

    async def keep_body(self, queue: str, body: bytes) -> str:
        """The name of the blob. The same body is the same blob."""
        name = f"{queue}/{sha256(body).hexdigest()[:32]}.json"
        await self.files.write(CONTAINER, name, _once(body))
        return name

    async def give_up(self, claim: Claim | None, last: Reason) -> None:
        """Closes the row of a message that has waited for too long."""
        sentence = f"Tried for too long. The last time: {last.sentence} ({last.code})"
        await self.close(claim, Reason("given_up", sentence))

    async def close(self, claim: Claim | None, reason: Reason) -> None:
        """Only the row that the claim agrees with: a message may name any row it likes."""
        if claim is None:
            return
        row = await self.ledger.row(claim.row)
        if row is not None and claim.agrees(row):
            failed = Failed(reason)
            await self.ledger.close(claim.row, failed)
            log.warning(
                events.REQUEST_CLOSED,
                extra={
                    "request": claim.request,
                    "ending": status_of(failed),
                    "reason": reason.code,
                },
            )
            await self.queues.publish(claim.row.batch)


def _crashed(why: str, name: str) -> Reason:
    return Reason(
        "crashed",
        f"Guestkeeper failed on this row again and again ({why}). Its message is kept as "
        f"{CONTAINER}/{name}; look at the log, then send the row again.",
    )


def _lapsed(name: str) -> Reason:
    return Reason(
        "lapsed",
        "The message for this row reached the end of its time to live before Guestkeeper took it "
        f"from the queue. Send it again. It is kept as {CONTAINER}/{name}.",
    )


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
