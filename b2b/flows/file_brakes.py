"""A whole file is held against the brakes before any row of it is sent."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from b2b import events
from b2b.domain.batch import Batch
from b2b.domain.effects import effects_of
from b2b.domain.outcome import Outcome
from b2b.domain.places import OverLimit
from b2b.domain.policy import Effect, Policy
from b2b.domain.request import RowRef
from b2b.domain.verdict import Queued, Verdict
from b2b.flows.braking import Braking
from b2b.ports import Ledger

log = logging.getLogger(__name__)

CHUNK = 1_000
Counts = dict[Effect, Counter[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBrakes:
    """Reserves the places of a file for each effect, all of them or none."""

    braking: Braking
    ledger: Ledger

    async def held_effects(
        self,
        batch: Batch,
        policy: Policy,
        verdicts: Iterator[Verdict],
        endings: tuple[type[Outcome], ...],
    ) -> Mapping[Effect, OverLimit]:
        """Returns the effects whose rows wait, with the limit that the file would pass.

        Rows that ended, and not with one of `endings`, are not sent again and do not count. A run
        that goes on after the death of another holds the places of that one. Raises TryLater.
        """
        settled = await self._settled(batch, endings)
        counts = await _count(batch, verdicts, settled)
        passed: dict[Effect, OverLimit] = {}
        for effect, guests in counts.items():
            over = await self.braking.reserve(policy, effect, batch.id, guests)
            if over is not None:
                passed[effect] = over
        for effect, over in passed.items():
            facts: dict[str, object] = {"batch": batch.id, "effect": effect.value}
            facts.update(wanted=over.wanted, allowed=over.allowed)
            log.error(events.BATCH_HELD, extra=facts)
        return passed

    async def _settled(self, batch: Batch, endings: tuple[type[Outcome], ...]) -> frozenset[str]:
        if batch.version is None:  # never seen before
            return frozenset()
        rows = self.ledger.rows(batch.id)
        ended = [row async for row in rows if row.outcome is not None]
        return frozenset(row.ref.key for row in ended if not isinstance(row.outcome, endings))


async def _count(batch: Batch, verdicts: Iterator[Verdict], settled: frozenset[str]) -> Counts:
    counts: Counts = {}
    while chunk := await asyncio.to_thread(lambda: list(islice(verdicts, CHUNK))):
        for verdict in chunk:
            if not isinstance(verdict, Queued):
                continue
            if RowRef.of_line(batch.id, verdict.line).key in settled:
                continue
            for effect in effects_of(verdict.request.wish):
                counts.setdefault(effect, Counter())[verdict.partner] += 1
    return counts
