"""What has served its time is forgotten; what waits, or is still asked for, stays."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from b2b.domain.batch import Batch, LedgerRow
from b2b.domain.guest import GuestId, GuestRecord, Standing
from b2b.domain.lifecycle import Custody, Hold, Rule, Run
from b2b.domain.mail import MailKind, Stage
from b2b.domain.outcome import Invited
from b2b.domain.request import Address, BatchId, RequestId
from b2b.flows.retention import LETTERS, LINKS, MOST, RECORDS, RUNS_AT_ONCE, Retention
from tests.contract.test_journal import DONE, a_run, an_action
from tests.contract.test_ledger import a_row
from tests.contract.test_mail_outbox import a_letter
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Died, Footing
from tests.fakes.journal import FakeJournal
from tests.fakes.ledger import FakeLedger
from tests.fakes.mail import FakeOutbox
from tests.fakes.old_records import FakeOldRecords
from tests.fakes.queues import FakeQueues

GUEST = GuestId("00000000-0000-4000-9000-000000000001")
LENA = Address("lena@fabrikam.com")
BATCH = BatchId("a-batch")
CONTAINER, FILE = "links-portal", "request-2.json"
MOMENT = timedelta(seconds=1)


@dataclass
class Night:
    footing: Footing = field(default_factory=Footing)
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.ledger = FakeLedger(self.footing)
        self.journal = FakeJournal(self.ledger, self.footing)
        self.outbox = FakeOutbox(self.footing)
        self.files = FakeFiles(self.footing)
        self.queues = FakeQueues(self.clock, self.footing)
        self.retention = Retention(
            old=FakeOldRecords(self.ledger, self.journal, self.outbox, self.footing, self.clock),
            ledger=self.ledger,
            journal=self.journal,
            files=self.files,
            queues=self.queues,
            clock=self.clock,
        )

    async def linked_row(self) -> LedgerRow:
        row = replace(
            a_row(BATCH, outcome=Invited(GUEST)),
            email=LENA,
            sender="portal",
            guest=GUEST,
            link="a-link",
        )
        await self.ledger.open_rows([row])
        self.files.put(CONTAINER, FILE, b"{}")
        return row

    async def guest(self, guest: GuestId = GUEST, *, redeemed: bool) -> None:
        now = self.clock()
        record = GuestRecord(
            address=LENA,
            standing=Standing.INVITED,
            request=RequestId("request-2"),
            since=now,
            guest=guest,
            redeemed_on=now.date() if redeemed else None,
        )
        await self.ledger.keep_guest(record)

    async def after(self, wait: timedelta) -> None:
        self.clock.advance(wait)
        await self.retention.nightly()

    async def has_link(self, row: LedgerRow) -> bool:
        kept = self.ledger.kept[row.ref]
        assert replace(kept, link=row.link) == row
        files = [name for name, _ in await self.files.names(CONTAINER)]
        assert files == ([FILE] if kept.link else [])
        return bool(kept.link)


@pytest.fixture
def night() -> Night:
    return Night()


async def test_the_link_of_a_guest_who_accepted_is_cleared_the_next_night(night: Night) -> None:
    row = await night.linked_row()
    await night.guest(redeemed=True)
    await night.after(MOMENT)

    assert not await night.has_link(row)
    assert len(night.queues.letters) == 1  # results are written again without it
    await night.after(MOMENT)
    assert len(night.queues.letters) == 1


@pytest.mark.parametrize(
    ("wait", "kept"), [(LINKS, True), (LINKS + MOMENT, False)], ids=["30 days", "a second more"]
)
async def test_a_link_that_nobody_used_is_cleared_after_30_days(
    night: Night, wait: timedelta, kept: bool
) -> None:
    row = await night.linked_row()
    await night.guest(redeemed=False)
    await night.after(wait)

    assert await night.has_link(row) is kept


async def test_another_guest_of_that_address_who_accepted_clears_nothing(night: Night) -> None:
    row = await night.linked_row()
    await night.guest(GuestId("00000000-0000-4000-9000-000000000002"), redeemed=True)
    await night.after(MOMENT)

    assert await night.has_link(row)


async def test_wherever_the_process_dies_the_next_night_clears_link_and_file() -> None:
    deaths = 0
    for step in range(1, 30):
        night = Night()
        row = await night.linked_row()
        await night.guest(redeemed=True)
        night.footing.dies_at = night.footing.steps + step
        try:
            await night.after(MOMENT)
        except Died:
            deaths += 1
            await night.after(MOMENT)

        night.footing.dies_at = None
        assert not await night.has_link(row), step
    assert deaths > 8


@pytest.mark.parametrize(
    ("wait", "kept"), [(RECORDS, 1), (RECORDS + MOMENT, 0)], ids=["400 days", "a second more"]
)
async def test_rows_and_batches_go_after_400_days(night: Night, wait: timedelta, kept: int) -> None:
    await night.ledger.keep_batch(Batch(id=BATCH, name="a.csv", at=night.clock(), done=True))
    await night.ledger.open_rows([a_row(BATCH, 2, Invited(GUEST))])
    await night.after(wait)

    assert (len(night.ledger.kept), len(night.ledger.batches)) == (kept, kept)


async def test_what_waits_stays_for_ever(night: Night) -> None:
    run = await night.journal.begin_run(a_run(started=night.clock()))
    await night.journal.keep_actions([an_action(run.id)])
    await night.ledger.keep_batch(Batch(id=BATCH, name="a.csv", at=night.clock()))
    await night.ledger.open_rows([replace(a_row(BATCH), link="a-link")])
    await night.outbox.post(a_letter(at=night.clock()))
    await night.guest(redeemed=True)
    held = repr((night.ledger.kept, night.ledger.batches, night.journal.kept_runs))
    letters = dict(night.outbox.kept)
    await night.after(RECORDS * 3)

    assert repr((night.ledger.kept, night.ledger.batches, night.journal.kept_runs)) == held
    assert night.outbox.kept == letters
    assert len(night.ledger.guests) == 1


@pytest.mark.parametrize(
    ("kind", "lasts"),
    [(MailKind.ENDS_SOON, LETTERS), (MailKind.BLOCKED, RECORDS), (MailKind.INVITATION, RECORDS)],
)
async def test_a_letter_goes_once_no_later_night_asks_for_it(
    night: Night, kind: MailKind, lasts: timedelta
) -> None:
    await night.outbox.post(a_letter(kind=kind, stage=Stage.SENT, ended=night.clock()))
    await night.after(lasts)
    assert len(night.outbox.kept) == 1
    await night.after(MOMENT)

    assert night.outbox.kept == {}


async def old_run(night: Night) -> Run:
    run = await night.journal.begin_run(a_run(started=night.clock(), finished=night.clock()))
    await night.journal.keep_actions([replace(an_action(run.id), outcome=DONE)])
    return run


async def test_a_run_goes_after_400_days_with_its_actions(night: Night) -> None:
    await old_run(night)
    await night.after(RECORDS)
    assert len(night.journal.kept_runs) == 1
    await night.after(MOMENT)

    assert night.journal.kept_runs == {}
    assert night.journal.kept_actions == {}


@pytest.mark.parametrize("which", ["block", "removal"])
async def test_a_run_by_which_a_guest_is_still_held_stays(night: Night, which: str) -> None:
    run = await old_run(night)
    hold = Hold(at=night.clock(), run=run.id, action=an_action(run.id).id, rule=Rule.EXPIRED)
    none = Custody(guest=GUEST)
    custody = replace(none, block=hold) if which == "block" else replace(none, removal=hold)
    await night.journal.keep_custody(custody)
    await night.after(RECORDS * 2)

    assert list(night.journal.kept_runs) == [run.id]
    assert len(night.journal.kept_actions) == 1


async def test_a_night_forgets_a_bounded_part_and_the_next_goes_on(night: Night) -> None:
    for _ in range(RUNS_AT_ONCE + 1):
        await old_run(night)
    await night.ledger.open_rows([a_row(BATCH, line, Invited(GUEST)) for line in range(MOST + 1)])
    await night.after(RECORDS + MOMENT)
    assert (len(night.journal.kept_runs), len(night.ledger.kept)) == (1, 1)
    await night.after(MOMENT)

    assert (len(night.journal.kept_runs), len(night.ledger.kept)) == (0, 0)
