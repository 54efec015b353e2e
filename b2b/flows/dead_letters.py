"""A message that crashed the app is kept for replay, and its row is closed as failed."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256

from b2b import events
from b2b.domain.outcome import Failed, status_of
from b2b.domain.reason import Reason
from b2b.domain.request import RequestId, RowRef
from b2b.ports import Files, Ledger, Queues

log = logging.getLogger(__name__)

CONTAINER = "dead-letters"
Claim = tuple[RowRef, RequestId]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """What keeping a dead letter may touch."""

    files: Files
    ledger: Ledger
    queues: Queues

    async def keep(self, queue: str, body: bytes, claim: Claim | None, why: str) -> None:
        """The body first: once the message is gone, nothing else holds it. Raises TryLater."""
        name = f"{queue}/{sha256(body).hexdigest()[:32]}.json"
        await self.files.write(CONTAINER, name, _once(body))
        await self._fail(claim, _crashed(why, name))
        log.error(events.DEAD_LETTER_KEPT, extra={"queue": queue, "kept_as": name, "why": why})

    async def give_up(self, claim: Claim | None, last: Reason) -> None:
        """Closes the row of a message that has waited for too long. Raises TryLater."""
        sentence = f"Tried for too long. The last time: {last.sentence} ({last.code})"
        await self._fail(claim, Reason("given_up", sentence))

    async def _fail(self, claim: Claim | None, reason: Reason) -> None:
        """Only the row of the very request: a message may name any row it likes."""
        if claim is None:
            return
        ref, request = claim
        row = await self.ledger.row(ref)
        if row is not None and row.request == request:
            failed = Failed(reason)
            await self.ledger.close(ref, failed)
            log.warning(
                events.REQUEST_CLOSED,
                extra={"request": request, "ending": status_of(failed), "reason": reason.code},
            )
            await self.queues.publish(ref.batch)


def _crashed(why: str, name: str) -> Reason:
    return Reason(
        "crashed",
        f"Guestkeeper failed on this row again and again ({why}). Its message is kept as "
        f"{CONTAINER}/{name}; look at the log, then send the row again.",
    )


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
