"""A dropped CSV file becomes a message for each guest asked for, and a reason for the rest."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from b2b import events
from b2b.domain.batch import Batch, LedgerRow
from b2b.domain.errors import Refused
from b2b.domain.outcome import Failed, NotDone
from b2b.domain.policy import Policy
from b2b.domain.reading import Reading, reading_rules
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId, GuestRequest, TenantId, content_of
from b2b.domain.upload import ReadingRules, RefusedFile, Upload, survey
from b2b.domain.verdict import UPLOADS, Court, Queued, Rejected, Verdict, ledger_row
from b2b.flows.lost_uploads import give_up_lost
from b2b.ports import Clock, Files, Ledger, OpenUpload, PolicyNow, Queues

log = logging.getLogger(__name__)

CONTAINER = "uploads"
CHUNK = 100  # rows in one transaction of the ledger: the most that Azure Tables takes
Endings = tuple[type[NotDone | Failed], ...]
UNDONE: Endings = (NotDone, Failed)


@dataclass(frozen=True, slots=True)
class _Case:
    """A readable file under a sound policy. `endings`: rows that ended so are asked for again."""

    batch: Batch
    upload: Upload
    file: OpenUpload
    policy: Policy
    rules: ReadingRules
    endings: Endings = UNDONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What taking in a file may touch."""

    files: Files
    ledger: Ledger
    queues: Queues
    policy: PolicyNow
    clock: Clock
    tenant: TenantId

    async def take_in(self, name: str) -> None:
        """Ends with every row queued or refused, however often the file comes. Raises TryLater."""
        try:
            async with self.files.open(CONTAINER, name) as file:
                await self._take_in(name, file)
        except Refused as refusal:  # deleted between the event and now
            log.info(events.BATCH_REFUSED, extra={"reason": refusal.reason.code})

    async def rescan(self) -> None:
        """Takes in files whose event was lost or that crashed; gives up on those that vanished."""
        missed = 0
        for name, version in await self.files.names(CONTAINER):
            if await self.ledger.upload(name) != version:
                await self.take_in(name)
                missed += 1
        log.info(events.UPLOADS_RESCANNED, extra={"missed": missed})
        await give_up_lost(self.ledger, self.queues, self.clock())

    async def retry(self, batch_id: BatchId, endings: Endings = UNDONE) -> str:
        """Asks again for the rows of a batch that ended so; answers the name of its file.

        Raises Refused `batch_unknown`, `upload_gone` or `upload_changed`.
        """
        batch = await self.ledger.batch(batch_id)
        if batch is None:
            raise Refused(Reason("batch_unknown", f"The ledger knows no batch {batch_id}."))
        async with self.files.open(CONTAINER, batch.name) as file:
            rules = self._rules(policy := await self.policy())
            upload = await asyncio.to_thread(survey, file.chunks, rules)
            if isinstance(upload, RefusedFile) or not upload.digest.startswith(batch_id):
                raise Refused(Reason("upload_changed", f"{batch.name} has changed: drop it again."))
            case = _Case(batch, upload, file, policy, rules, endings)
            await self._take_in_rows(case)
        await self.queues.publish(batch_id)
        return batch.name

    async def _take_in(self, name: str, file: OpenUpload) -> None:
        if await self.ledger.upload(name) == file.version:
            log.info(events.UPLOAD_KNOWN)
            return
        policy = await self._policy_or_reason()
        rules = self._rules(policy)
        upload = await asyncio.to_thread(survey, file.chunks, rules)
        batch = Batch(id=BatchId(upload.digest[:32]), name=name, at=self.clock())
        if isinstance(upload, RefusedFile):
            await self._refuse(batch, upload.reason)
        elif isinstance(policy, Reason):
            await self._refuse(batch, policy)
        else:
            await self._take_in_rows(_Case(batch, upload, file, policy, rules))
        await self.queues.publish(batch.id)
        await self.ledger.keep_upload(name, file.version)

    def _rules(self, policy: Policy | Reason) -> ReadingRules:
        today = self.clock().date()
        if isinstance(policy, Reason):
            return ReadingRules(today=today, own_domains=frozenset())
        return reading_rules(policy, today)

    async def _policy_or_reason(self) -> Policy | Reason:
        try:
            return await self.policy()
        except Refused as refusal:
            return refusal.reason

    async def _refuse(self, batch: Batch, reason: Reason) -> None:
        await self.ledger.keep_batch(replace(batch, done=True, refused=reason))
        log.info(events.BATCH_REFUSED, extra={"batch": batch.id, "reason": reason.code})

    async def _take_in_rows(self, case: _Case) -> None:
        version, now = case.policy.version, self.clock()
        # Whatever the file was refused for before is over: its rows say what became of them.
        batch = replace(case.batch, policy_version=version, done=False, at=now, refused=None)
        await self.ledger.keep_batch(batch)
        court = Court(case.policy, case.rules.today, self.tenant, batch.id)
        reading = Reading(case.file.chunks, case.upload, case.rules, court)
        verdicts = reading.verdicts()
        while chunk := list(islice(verdicts, CHUNK)):
            await self._queue(chunk, case)
        told, totals = tuple(reading.told()), reading.totals
        await self.ledger.keep_batch(replace(batch, done=True, totals=totals, warnings=told))
        log.info(events.BATCH_TAKEN_IN, extra={"batch": batch.id, "rows": totals.rows})

    async def _queue(self, verdicts: Sequence[Verdict], case: _Case) -> None:
        """Kept first, sent second: a crash between the two sends again what is open by then."""
        kept = await self.ledger.open_rows([ledger_row(one, case.batch.id) for one in verdicts])
        due: list[tuple[GuestRequest, int]] = []
        for verdict, row in zip(verdicts, kept, strict=True):
            if not isinstance(verdict, Queued):
                await self._refused_again(row, verdict)
            else:
                standing = await self._asked_again(row, verdict, case.endings)
                if standing.outcome is None:
                    due.append((verdict.request, standing.generation))
        await self.queues.invite(due)

    async def _refused_again(self, row: LedgerRow, verdict: Rejected) -> None:
        """The newest reason counts, also for a row that a crash left open."""
        if isinstance(row.outcome, NotDone | Failed) and row.outcome.reason != verdict.reason:
            row = await self.ledger.reopen(row)
        if row.outcome is None:
            await self.ledger.close(row.ref, NotDone(verdict.reason))

    async def _asked_again(self, row: LedgerRow, verdict: Queued, endings: Endings) -> LedgerRow:
        """A file dropped anew asks again for what was refused or failed, and for nothing else.

        A row that a message from elsewhere has opened in this place is taken over, and one left
        open stands for what the file asks today: "+30d" is another day than yesterday.
        """
        anew = replace(row, **_anew(verdict.request))
        moved = row.outcome is None and (row.request, row.content) != (anew.request, anew.content)
        taken = row.request not in (None, anew.request)
        if moved or taken or isinstance(row.outcome, endings):
            return await self.ledger.reopen(anew)
        return row


def _anew(request: GuestRequest) -> dict[str, Any]:
    content, correlation = content_of(request.wish), request.wish.correlation_id
    anew = {"request": request.id, "sender": UPLOADS}
    return {**anew, "content": content, "correlation": correlation}
