"""An operator decides about the rows of a file that wait behind a brake."""

import logging
from dataclasses import dataclass

from b2b import events
from b2b.domain.batch import ReadPurpose
from b2b.domain.errors import Refused
from b2b.domain.outcome import HeldByBrake, NotDone
from b2b.domain.places import BrakeDecision
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId
from b2b.flows.intake import Intake
from b2b.ports import BrakePlaces, Clock, Ledger, Queues

log = logging.getLogger(__name__)

BRAKE_REFUSED = Reason(
    "brake_refused",
    "An operator refused these rows, which a brake of the policy had held. Ask the operators why.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Releasing:
    """What deciding about held rows may touch."""

    intake: Intake
    ledger: Ledger
    queues: Queues
    places: BrakePlaces
    clock: Clock

    async def held(self, batch: BatchId) -> int:
        """Returns how many rows wait. Raises Refused when there is nothing to decide yet."""
        known = await self.ledger.batch(batch)
        if known is None:
            raise Refused(Reason("batch_unknown", f"The ledger knows no batch {batch}."))
        reading = known.reading
        if not known.done or (reading and reading.purpose is not ReadPurpose.RELEASE):
            raise Refused(
                Reason("still_reading", "The file is still being read: try again when it is done.")
            )
        count = 0
        async for row in self.ledger.rows(batch):
            count += isinstance(row.outcome, HeldByBrake)
        if not count and reading is None:
            raise Refused(Reason("nothing_held", f"No row of batch {batch} waits behind a brake."))
        return count

    async def release(self, batch: BatchId, rows: int, operator: str) -> str:
        """Sends the held rows; returns the name of the file.

        The decision is recorded first. Raises TryLater, and Refused like `Intake.retry`.
        """
        await self._record(BrakeDecision(batch, self.clock(), operator, rows, released=True))
        return await self.intake.retry(batch, ReadPurpose.RELEASE)

    async def refuse(self, batch: BatchId, rows: int, operator: str) -> int:
        """Closes the held rows as refused; returns how many."""
        await self._record(BrakeDecision(batch, self.clock(), operator, rows, released=False))
        closed = 0
        async for row in self.ledger.rows(batch):
            if isinstance(row.outcome, HeldByBrake):
                closed += await self.ledger.close_held(row.ref, NotDone(BRAKE_REFUSED))
        await self.queues.publish(batch)
        return closed

    async def _record(self, decision: BrakeDecision) -> None:
        await self.places.record(decision)
        name = events.BATCH_RELEASED if decision.released else events.BATCH_RELEASE_REFUSED
        log.info(name, extra={"batch": decision.batch, "rows": decision.rows})
