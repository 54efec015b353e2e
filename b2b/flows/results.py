"""The rows of a batch become a table and a summary that people can open."""

import json
import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

from b2b import events
from b2b.domain.batch import Batch, LedgerRow
from b2b.domain.outcome import STATUSES, WithReason, status_of
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId
from b2b.domain.stay import StayChange, sentences
from b2b.domain.upload import safe_line
from b2b.flows import day_book
from b2b.ports import Files, Ledger

log = logging.getLogger(__name__)

CONTAINER = "results"
COLUMNS = (
    *("line", "email", "status", "reason", "sentence", "guestId", "redemptionLink"),
    *("expiresOn", "sponsor", "partner", "managed"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What publishing may touch."""

    files: Files
    ledger: Ledger

    async def publish(self, batch_id: BatchId) -> None:
        """Writes results.csv, then summary.json: a summary never tells more than the table."""
        if day_book.is_day_book(batch_id):
            await self.files.write(CONTAINER, day_book.file_of(batch_id), self._day(batch_id))
            log.info(events.RESULTS_PUBLISHED, extra={"batch": batch_id})
            return
        batch = await self.ledger.batch(batch_id)
        counted: Counter[str] = Counter()
        await self.files.write(
            CONTAINER, f"{batch_id}/results.csv", self._table(batch_id, batch, counted)
        )
        await self.files.write(
            CONTAINER, f"{batch_id}/summary.json", _once(_summary(batch_id, batch, counted))
        )
        log.info(events.RESULTS_PUBLISHED, extra={"batch": batch_id, "pending": counted["pending"]})

    async def _day(self, batch_id: BatchId) -> AsyncIterator[bytes]:
        yield safe_line(day_book.COLUMNS).encode()
        async for row in self.ledger.rows(batch_id):
            yield safe_line(day_book.cells_of(row)).encode()

    async def _table(
        self, batch_id: BatchId, batch: Batch | None, counted: Counter[str]
    ) -> AsyncIterator[bytes]:
        yield safe_line(COLUMNS).encode()
        if batch is not None and batch.refused is not None:
            whole = ["", "", "refused", batch.refused.code, batch.refused.sentence]
            yield safe_line([*whole, *[""] * (len(COLUMNS) - len(whole))]).encode()
        async for row in self.ledger.rows(batch_id):
            status = status_of(row.outcome)
            counted[status] += 1
            yield safe_line(_cells(row, status)).encode()


def _cells(row: LedgerRow, status: str) -> list[str | int]:
    reason = row.outcome.reason if isinstance(row.outcome, WithReason) else _GOOD[status]
    guest = row.guest or getattr(row.outcome, "guest", None) or ""
    sentence, stay = reason.sentence, row.stay
    if stay is not None and row.outcome is not None:
        sentence = f"{sentence} {sentences(stay)}"
    return [
        *(row.ref.line or "", row.email, status, reason.code, sentence, guest, row.link),
        *_stay_cells(stay),
    ]


def _stay_cells(stay: StayChange | None) -> list[str | int]:
    """Empty where nothing was decided about a stay, like in a row that was refused."""
    if stay is None:
        return ["", "", "", ""]
    end = stay.until.isoformat() if stay.until else ""
    return [end, stay.sponsor, stay.partner, "yes" if stay.managed else "no"]


_GOOD = {
    "assigned": Reason("", "Invited, and given every group and access package asked for."),
    "invited": Reason("", "Invited; no groups were asked for."),
    "already_guest": Reason("", "Was a guest before; has the access asked for. No new mail."),
    "access_removed": Reason("", "Has none of the access to be taken away; the account stays."),
    "renewed": Reason("", "Renewed."),
    "left": Reason("", "The stay has ended, as asked; the guest is blocked."),
    "pending": Reason("", "On its way."),
}


def _summary(batch_id: BatchId, batch: Batch | None, counted: Counter[str]) -> bytes:
    summary: dict[str, object] = {
        "batch": batch_id,
        "file": batch.name if batch else None,
        "policyVersion": batch.policy_version if batch else None,
        "takenIn": batch.done if batch else None,
        "rowsRead": _rows_read(batch) if batch else None,
        "fileRefused": _told(batch.refused) if batch else None,
        "rows": sum(counted.values()),
        **{status: counted[status] for status in STATUSES},
        "warnings": list(batch.warnings) if batch else [],
    }
    return json.dumps(summary, indent=2, ensure_ascii=False).encode() + b"\n"


def _rows_read(batch: Batch) -> int:
    """While a long file is read: how far the present run, or the one before it, has come."""
    return batch.reading.rows if batch.reading else batch.totals.rows


def _told(reason: Reason | None) -> dict[str, str] | None:
    return {"code": reason.code, "sentence": reason.sentence} if reason else None


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
