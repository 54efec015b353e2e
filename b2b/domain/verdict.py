"""What becomes of one line of an upload once the reader and the policy have both looked at it."""

from dataclasses import dataclass, replace
from datetime import date

from b2b.domain.batch import LedgerRow
from b2b.domain.outcome import NotDone
from b2b.domain.policy import Policy, changes, delivery_of, weigh
from b2b.domain.reason import Reason
from b2b.domain.request import (
    BatchId,
    Delivery,
    GuestRequest,
    RefusedRow,
    RowRef,
    TenantId,
    Wish,
    content_of,
    request_id,
)
from b2b.domain.upload import AskedRow, Note, SkippedRow

UPLOADS = "uploads"  # the sender's name in the policy of whoever may drop files


@dataclass(frozen=True, slots=True)
class Queued:
    """The guest is asked for. `mailed`: a mail of our own would carry the invitation."""

    line: int
    request: GuestRequest
    notes: tuple[Note, ...]
    mailed: bool
    partner: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing is done for this line. `skipped`: it never asked for a guest."""

    line: int
    email: str
    reason: Reason
    notes: tuple[Note, ...] = ()
    skipped: bool = False


Verdict = Queued | Rejected


@dataclass(frozen=True, slots=True)
class Court:
    """What a line is judged by."""

    policy: Policy
    today: date
    tenant: TenantId
    batch: BatchId

    def judge(self, row: AskedRow | RefusedRow | SkippedRow) -> Verdict:
        if isinstance(row, RefusedRow):
            return Rejected(row.line, row.email, row.reason)
        if isinstance(row, SkippedRow):
            return Rejected(row.line, row.email, row.reason, row.notes, skipped=True)
        wish = _named(row.wish)
        partner = weigh(self.policy, wish, UPLOADS, self.today)
        if isinstance(partner, Reason):
            return Rejected(row.line, wish.email, partner, row.notes)
        made = request_id(self.tenant, wish.email, self.batch)
        request = GuestRequest(made, wish, RowRef.of_line(self.batch, row.line))
        mailed = delivery_of(partner, wish) is Delivery.MAIL and not wish.only_takes
        if not (changed := changes(partner, wish, self.today)):
            return Queued(row.line, request, row.notes, mailed, partner.name)
        ours = tuple(Note(note.code, note.sentence) for note in changed)
        return Queued(row.line, request, row.notes + ours, mailed, partner.name)


def _named(wish: Wish) -> Wish:
    """An invitation takes one name: without a display name it is made of the other two."""
    if wish.display_name or not (wish.given_name or wish.surname):
        return wish
    return replace(wish, display_name=f"{wish.given_name} {wish.surname}".strip())


def ledger_row(verdict: Verdict, batch: BatchId) -> LedgerRow:
    """The row as it is kept before anything is sent."""
    ref = RowRef.of_line(batch, verdict.line)
    if isinstance(verdict, Queued):
        wish = verdict.request.wish
        return LedgerRow(
            ref=ref,
            email=wish.email,
            sender=UPLOADS,
            request=verdict.request.id,
            correlation=wish.correlation_id,
            content=content_of(wish),
        )
    return LedgerRow(ref=ref, email=verdict.email, sender=UPLOADS, outcome=NotDone(verdict.reason))
