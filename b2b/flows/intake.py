"""A dropped CSV file becomes a message for each guest asked for, and a reason for the rest."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any

from b2b import events
from b2b.domain.batch import Batch, LedgerRow, ReadProgress, ReadPurpose
from b2b.domain.effects import held_reason, held_sentence
from b2b.domain.errors import Refused, TryLater
from b2b.domain.outcome import Failed, HeldByBrake, NotDone, WithReason
from b2b.domain.places import OverLimit
from b2b.domain.policy import Effect, Policy
from b2b.domain.reading import Reading, reading_rules
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId, GuestRequest, TenantId, content_of
from b2b.domain.upload import ReadingRules, RefusedFile, Upload, file_too_large, survey
from b2b.domain.verdict import UPLOADS, Court, Queued, Rejected, Verdict, ledger_row
from b2b.flows.file_brakes import FileBrakes
from b2b.flows.lost_uploads import give_up_lost
from b2b.ports import Clock, FileProperties, Files, Ledger, OpenUpload, PolicyNow, Queues

log = logging.getLogger(__name__)

CONTAINER = "uploads"
CHUNK = 100  # rows in one transaction of the ledger: the most that Azure Tables takes
ROWS_BETWEEN_CHECKPOINTS = 5_000
READ_FOR = timedelta(minutes=8)  # of one run; host.json gives a function longer than that
MOST_TRIES = 12  # runs without progress: two events with five tries each, and two rescans
RETRY_RESUMED_AFTER = timedelta(minutes=10)  # a retry that made no step for so long has died
ENDINGS: dict[ReadPurpose, tuple[type[WithReason], ...]] = {
    ReadPurpose.UPLOAD: (NotDone, Failed),
    ReadPurpose.RETRY: (NotDone, Failed),
    ReadPurpose.RETRY_FAILED: (Failed,),
    ReadPurpose.RELEASE: (HeldByBrake,),
}
_CONTINUES = Reason("reading_continues", "The file is long; the next run goes on with it.")
_NEVER_READ = Reason(
    "never_read",
    f"Guestkeeper began {MOST_TRIES} times to read this file and did not come forward. Look at the "
    "log; then drop the file again, perhaps in several parts.",
)


@dataclass(frozen=True, slots=True)
class _Case:
    """A readable file under a sound policy, and what reading it asks for again."""

    batch: Batch
    upload: Upload
    file: OpenUpload
    policy: Policy
    rules: ReadingRules
    purpose: ReadPurpose
    started: datetime
    held: Mapping[Effect, OverLimit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What taking in a file may touch.

    Two runs may read one file at once: each step is written over the step that was read, so the
    newer run goes on where the older one was, and the older one ends with TryLater.
    """

    files: Files
    ledger: Ledger
    queues: Queues
    policy: PolicyNow
    brakes: FileBrakes
    clock: Clock
    tenant: TenantId
    read_for: timedelta = READ_FOR

    async def take_in(self, name: str) -> None:
        """Ends with every row queued or refused, however often the file comes.

        Raises TryLater, also when the file needs another run: that one goes on behind this one.
        """
        try:
            found = await self.files.properties(CONTAINER, name)
            if await self.ledger.upload(name) == found.version:
                log.info(events.UPLOAD_KNOWN)
                return
            await self._take_in(name, found)
        except Refused as refusal:  # deleted between the event and now
            log.info(events.BATCH_REFUSED, extra={"reason": refusal.reason.code})

    async def rescan(self) -> None:
        """Takes in files whose event was lost or that need another run; gives up what vanished.

        A file that fails holds up no other: it is logged, and tried again by the next rescan.
        """
        missed = failed = 0
        for name, version in await self.files.names(CONTAINER):
            if await self.ledger.upload(name) != version:
                missed += 1
                failed += not await self._rescanned(name)
        for batch in await self.ledger.unfinished():
            if batch.done and self.clock() - batch.at > RETRY_RESUMED_AFTER:
                await self._resume_retry(batch)
        log.info(events.UPLOADS_RESCANNED, extra={"missed": missed, "failed": failed})
        await give_up_lost(self.ledger, self.queues, self.clock())

    async def _rescanned(self, name: str) -> bool:
        try:
            await self.take_in(name)
        except TryLater as wait:
            log.info(events.UPLOAD_WAITS, extra={"reason": wait.reason.code})
        except Exception:
            log.exception(events.UPLOAD_FAILED)
            return False
        return True

    async def _resume_retry(self, batch: Batch) -> None:
        if batch.reading is None:
            return
        try:
            await self.retry(batch.id, batch.reading.purpose)
        except (Refused, TryLater) as failure:
            log.info(events.UPLOAD_WAITS, extra={"reason": failure.reason.code})

    async def retry(self, batch_id: BatchId, purpose: ReadPurpose = ReadPurpose.RETRY) -> str:
        """Asks again for the rows of a batch that ended so; answers the name of its file.

        A retry that dies is gone on with by a rescan. Raises TryLater, and Refused `batch_unknown`,
        `upload_gone` or `upload_changed`.
        """
        batch = await self.ledger.batch(batch_id)
        if batch is None:
            raise Refused(Reason("batch_unknown", f"The ledger knows no batch {batch_id}."))
        async with self.files.open(CONTAINER, batch.name) as file:
            rules = self._rules(policy := await self.policy())
            upload = await asyncio.to_thread(survey, file.chunks, rules)
            if isinstance(upload, RefusedFile) or not upload.digest.startswith(batch_id):
                raise Refused(Reason("upload_changed", f"{batch.name} has changed: drop it again."))
            case = _Case(batch, upload, file, policy, rules, purpose, self.clock())
            await self._take_in_rows(case)
        await self.queues.publish(batch_id)
        return batch.name

    async def _take_in(self, name: str, found: FileProperties) -> None:
        policy = await self._policy_or_reason()
        rules = self._rules(policy)
        if await self.ledger.count_try(name, found.version) > MOST_TRIES:
            await self._refuse_unread(name, found, _NEVER_READ)
            return
        if found.size > rules.largest_bytes:
            await self._refuse_unread(name, found, file_too_large(rules.largest_bytes))
            return
        async with self.files.open(CONTAINER, name) as file:
            upload = await asyncio.to_thread(survey, file.chunks, rules)
            batch = await self._batch(BatchId(upload.digest[:32]), name)
            if isinstance(upload, RefusedFile):
                await self._refuse(batch, upload.reason)
            elif isinstance(policy, Reason):
                await self._refuse(batch, policy)
            else:
                purpose = ReadPurpose.UPLOAD
                case = _Case(batch, upload, file, policy, rules, purpose, self.clock())
                await self._take_in_rows(case)
        await self.queues.publish(batch.id)
        await self.ledger.keep_upload(name, file.version)

    async def _batch(self, batch_id: BatchId, name: str) -> Batch:
        known = await self.ledger.batch(batch_id)
        fresh = known or Batch(id=batch_id, name=name, at=self.clock())
        return replace(fresh, name=name, at=self.clock())

    async def _refuse_unread(self, name: str, found: FileProperties, reason: Reason) -> None:
        """Nothing of the file was read, so its batch is named after the blob and its version."""
        digest = sha256(f"{name}\n{found.version}".encode()).hexdigest()
        batch = await self._batch(BatchId(digest[:32]), name)
        await self._refuse(batch, reason)
        log.error(events.UPLOAD_GIVEN_UP, extra={"batch": batch.id, "reason": reason.code})
        await self.queues.publish(batch.id)
        await self.ledger.keep_upload(name, found.version)

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
        await self.ledger.keep_batch(replace(batch, done=True, refused=reason, reading=None))
        log.info(events.BATCH_REFUSED, extra={"batch": batch.id, "reason": reason.code})

    async def _take_in_rows(self, case: _Case) -> None:
        # Whatever the file was refused for before is over: its rows say what became of them.
        reading = self._goes_on_from(case)
        batch = replace(case.batch, policy_version=case.policy.version, refused=None)
        batch = await self._keep_step(batch, reading)
        case = replace(case, held=await self._held_effects(case))
        rows = self._reading(case)
        verdicts = rows.verdicts()
        while chunk := await asyncio.to_thread(lambda: list(islice(verdicts, CHUNK))):
            if rows.totals.rows <= reading.rows:
                continue  # an earlier run has queued these; they are read for the totals alone
            await self._queue(chunk, case)
            if rows.totals.rows % ROWS_BETWEEN_CHECKPOINTS == 0:
                batch = await self._keep_step(batch, replace(reading, rows=rows.totals.rows))
                await self.ledger.count_progress(batch.name, reading.source)
                if self.clock() - case.started >= self.read_for:
                    raise TryLater(_CONTINUES, timedelta(0))
        told, totals = (*_held_warnings(case), *rows.told()), rows.totals
        ended = replace(batch, done=True, reading=None, totals=totals, warnings=told)
        # First: once the reading is over, nothing comes back to it.
        await self.queues.publish(batch.id)
        await self.ledger.keep_batch(replace(ended, at=self.clock()))
        log.info(events.BATCH_TAKEN_IN, extra={"batch": batch.id, "rows": totals.rows})

    def _reading(self, case: _Case) -> Reading:
        court = Court(case.policy, case.rules.today, self.tenant, case.batch.id)
        return Reading(case.file.chunks, case.upload, case.rules, court)

    async def _held_effects(self, case: _Case) -> Mapping[Effect, OverLimit]:
        """Before the first row is sent. What an operator releases passes every brake."""
        if case.purpose is ReadPurpose.RELEASE:
            return {}
        verdicts, endings = self._reading(case).verdicts(), ENDINGS[case.purpose]
        return await self.brakes.held_effects(case.batch, case.policy, verdicts, endings)

    def _goes_on_from(self, case: _Case) -> ReadProgress:
        """Behind the rows of an earlier run, if that one read the same bytes to the same end."""
        earlier, anew = case.batch.reading, ReadProgress(case.file.version, case.purpose)
        if earlier is not None and replace(earlier, rows=0) == anew:
            return earlier
        return anew

    async def _keep_step(self, batch: Batch, reading: ReadProgress) -> Batch:
        return await self.ledger.keep_batch(replace(batch, reading=reading, at=self.clock()))

    async def _queue(self, verdicts: Sequence[Verdict], case: _Case) -> None:
        """Kept first, sent second: a crash between the two sends again what is open by then."""
        kept = await self.ledger.open_rows([_row_of(one, case) for one in verdicts])
        due: list[tuple[GuestRequest, int]] = []
        for verdict, row in zip(verdicts, kept, strict=True):
            if not isinstance(verdict, Queued):
                await self._refused_again(row, verdict)
            else:
                standing = await self._asked_again(row, verdict, ENDINGS[case.purpose])
                reason = held_reason(verdict.request.wish, case.held)
                if standing.outcome is None and reason is not None:
                    await self.ledger.close(row.ref, HeldByBrake(reason))
                elif standing.outcome is None:
                    due.append((verdict.request, standing.generation))
        await self.queues.invite(due)

    async def _refused_again(self, row: LedgerRow, verdict: Rejected) -> None:
        """The newest reason counts, also for a row that a crash left open."""
        if isinstance(row.outcome, WithReason) and row.outcome.reason != verdict.reason:
            row = await self.ledger.reopen(row)
        if row.outcome is None:
            await self.ledger.close(row.ref, NotDone(verdict.reason))

    async def _asked_again(
        self, row: LedgerRow, verdict: Queued, endings: tuple[type[WithReason], ...]
    ) -> LedgerRow:
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


def _held_warnings(case: _Case) -> list[str]:
    return [f"{effect}: {held_sentence(over)}" for effect, over in case.held.items()]


def _row_of(verdict: Verdict, case: _Case) -> LedgerRow:
    row = ledger_row(verdict, case.batch.id)
    if not isinstance(verdict, Queued):
        return row
    reason = held_reason(verdict.request.wish, case.held)
    return row if reason is None else replace(row, outcome=HeldByBrake(reason))


def _anew(request: GuestRequest) -> dict[str, Any]:
    content, correlation = content_of(request.wish), request.wish.correlation_id
    anew = {"request": request.id, "sender": UPLOADS}
    return {**anew, "content": content, "correlation": correlation}
