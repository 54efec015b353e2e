"""The day's refused messages, as rows of a batch of that day: each once, however often it came."""

from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256

from b2b.domain.batch import LedgerRow
from b2b.domain.outcome import NotDone, WithReason, status_of
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId, RowRef

PREFIX = "messages-"
COLUMNS = ("reference", "sender", "correlationId", "email", "status", "reason", "sentence")


def book_of(day: date) -> BatchId:
    return BatchId(f"{PREFIX}{day}")


def is_day_book(batch: BatchId) -> bool:
    return batch.startswith(PREFIX)


def file_of(batch: BatchId) -> str:
    return f"messages/{batch.removeprefix(PREFIX)}.csv"


def line_of(row: LedgerRow, at: datetime) -> LedgerRow:
    """The same row in the day's book."""
    if is_day_book(row.ref.batch):
        return row
    ref = RowRef(book_of(at.date()), row.ref.key)
    return replace(row, ref=ref, link="")


def wrong_message(body: bytes, signature: tuple[str, str], reason: Reason, day: date) -> LedgerRow:
    """The key begins with the digest of the body, by which its sender can find it; the same body
    of two senders is two rows."""
    sender, correlation = signature
    key = sha256(body).hexdigest()[:32]
    of_sender = f"-{sha256(sender.encode()).hexdigest()[:16]}" if sender else ""
    return LedgerRow(
        ref=RowRef(book_of(day), key + of_sender),
        email="",
        sender=sender,
        correlation=correlation,
        outcome=NotDone(reason),
    )


def cells_of(row: LedgerRow) -> list[str]:
    reason = row.outcome.reason if isinstance(row.outcome, WithReason) else Reason("", "")
    asked = [row.ref.key.partition("-")[0], row.sender, row.correlation, row.email]
    return [*asked, status_of(row.outcome), reason.code, reason.sentence]
