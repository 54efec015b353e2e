"""What forgetting promises: the fake, and Azure Tables through Azurite."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from b2b.adapters.access_removals import TableAccessRemovals
from b2b.adapters.journal import TableJournal
from b2b.adapters.mail_outbox import TableOutbox
from b2b.adapters.old_records import TableOldRecords
from b2b.adapters.tables import TableLedger
from b2b.domain.batch import Batch, LedgerRow
from b2b.domain.guest import GuestId
from b2b.domain.mail import MailKind, Stage
from b2b.domain.outcome import Invited
from b2b.domain.request import BatchId
from b2b.ports import AccessRemovals, Journal, Ledger
from b2b.ports.keeping import LinkedRow, OldRecords
from b2b.ports.mail import Outbox
from tests.contract.test_access_removals import a_removal
from tests.contract.test_journal import DONE, a_run, an_action, an_approval
from tests.contract.test_ledger import a_batch, a_row
from tests.contract.test_mail_outbox import a_letter
from tests.fakes.access_removals import FakeAccessRemovals
from tests.fakes.footing import Footing
from tests.fakes.journal import FakeJournal
from tests.fakes.ledger import FakeLedger
from tests.fakes.mail import FakeOutbox
from tests.fakes.old_records import FakeOldRecords

GUEST = GuestId("00000000-0000-4000-9000-000000000001")
ALL = 100_000
DAY = timedelta(days=1)


def tomorrow() -> datetime:
    return datetime.now(UTC) + DAY


def yesterday() -> datetime:
    return datetime.now(UTC) - DAY


@dataclass
class Shelves:
    old: OldRecords
    ledger: Ledger
    journal: Journal
    outbox: Outbox
    removals: AccessRemovals

    async def linked(self, batch: BatchId) -> list[LinkedRow]:
        return [one async for one in self.old.linked_rows() if one.row.ref.batch == batch]

    async def rows(self, batch: BatchId) -> list[LedgerRow]:
        return [row async for row in self.ledger.rows(batch)]


class OldRecordsContract:
    async def test_a_link_is_cleared_and_nothing_else_of_the_row(self, shelves: Shelves) -> None:
        batch = a_batch()
        row = replace(a_row(batch, outcome=Invited(GUEST)), guest=GUEST, link="a-link")
        await shelves.ledger.open_rows([row])
        (linked,) = await shelves.linked(batch)

        assert linked.row == row
        assert abs(linked.written - datetime.now(UTC)) < timedelta(minutes=5)
        assert await shelves.old.clear_link(linked)
        assert await shelves.ledger.row(row.ref) == replace(row, link="")
        assert await shelves.linked(batch) == []

    async def test_a_row_that_is_open_keeps_its_link(self, shelves: Shelves) -> None:
        batch = a_batch()
        await shelves.ledger.open_rows([replace(a_row(batch), link="a-link")])

        assert await shelves.linked(batch) == []

    async def test_a_row_that_changed_meanwhile_keeps_its_link(self, shelves: Shelves) -> None:
        batch = a_batch()
        row = replace(a_row(batch, outcome=Invited(GUEST)), link="a-link")
        await shelves.ledger.open_rows([row])
        (linked,) = await shelves.linked(batch)
        await shelves.ledger.keep_guest_of(row.ref, GUEST, "a-newer-link")

        assert not await shelves.old.clear_link(linked)
        kept = await shelves.ledger.row(row.ref)
        assert kept is not None
        assert kept.link == "a-newer-link"

    async def test_rows_that_ended_long_ago_go_and_open_ones_stay(self, shelves: Shelves) -> None:
        batch = a_batch()
        rows = [a_row(batch, line, Invited(GUEST)) for line in range(2, 100)]
        waiting = a_row(batch, 200)
        await shelves.ledger.open_rows([*rows, waiting])
        await shelves.old.forget_rows(yesterday(), ALL)
        assert len(await shelves.rows(batch)) == 99

        assert await shelves.old.forget_rows(tomorrow(), ALL) >= 98
        assert await shelves.rows(batch) == [waiting]
        assert await shelves.old.forget_rows(tomorrow(), ALL) == 0

    async def test_no_more_are_forgotten_than_asked(self, shelves: Shelves) -> None:
        batch = a_batch()
        await shelves.old.forget_rows(tomorrow(), ALL)
        await shelves.ledger.open_rows([a_row(batch, line, Invited(GUEST)) for line in range(2, 9)])

        assert await shelves.old.forget_rows(tomorrow(), 3) == 3
        assert len(await shelves.rows(batch)) == 4

    async def test_what_was_taken_away_long_ago_goes(self, shelves: Shelves) -> None:
        taken = a_removal(at=datetime.now(UTC))
        await shelves.removals.intend(taken)
        await shelves.old.forget_removals(yesterday(), ALL)
        assert len(await shelves.removals.of_batch(taken.row.batch)) == 1

        assert await shelves.old.forget_removals(tomorrow(), ALL) >= 1
        assert await shelves.removals.of_batch(taken.row.batch) == []

    async def test_a_batch_goes_after_its_last_row(self, shelves: Shelves) -> None:
        full, empty, unread = a_batch(), a_batch(), a_batch()
        now = datetime.now(UTC)
        for batch in (full, empty, unread):
            await shelves.ledger.keep_batch(
                Batch(id=batch, name="a.csv", at=now, done=batch != unread)
            )
        await shelves.ledger.open_rows([a_row(full)])
        await shelves.old.forget_batches(yesterday(), ALL)
        assert await shelves.ledger.batch(empty) is not None
        await shelves.old.forget_batches(tomorrow(), ALL)

        assert await shelves.ledger.batch(empty) is None
        assert await shelves.ledger.batch(full) is not None
        assert await shelves.ledger.batch(unread) is not None

    async def test_letters_that_ended_long_ago_go_but_not_these_kinds(
        self, shelves: Shelves
    ) -> None:
        now = datetime.now(UTC)
        ended = {"stage": Stage.SENT, "ended": now - 2 * DAY}
        old = await shelves.outbox.post(a_letter(kind=MailKind.ENDS_SOON, **ended))
        asked_for = await shelves.outbox.post(a_letter(kind=MailKind.BLOCKED, **ended))
        young = await shelves.outbox.post(a_letter(stage=Stage.DROPPED, ended=now))
        waiting = await shelves.outbox.post(a_letter(at=now - 900 * DAY))
        await shelves.old.forget_letters(now - DAY, ALL, but={MailKind.BLOCKED})

        assert await shelves.outbox.letter(old.id) is None
        for letter in (asked_for, young, waiting):
            assert await shelves.outbox.letter(letter.id) == letter

    async def test_a_run_goes_with_its_actions_and_approvals(self, shelves: Shelves) -> None:
        gone, other = a_run(), a_run()
        for run in (gone, other):
            await shelves.journal.begin_run(run)
            action = replace(an_action(run.id), outcome=DONE)
            await shelves.journal.keep_actions([action])
            await shelves.journal.keep_approval(an_approval(run.id, action.id))
        await shelves.old.forget_run(gone.id)
        await shelves.old.forget_run(gone.id)

        assert await shelves.journal.run(gone.id) is None
        assert await shelves.journal.actions(gone.id) == []
        assert await shelves.journal.run(other.id) is not None
        assert len(await shelves.journal.actions(other.id)) == 1
        runs = [approval.run for approval in await shelves.journal.approvals()]
        assert gone.id not in runs
        assert other.id in runs


class TestFakeOldRecords(OldRecordsContract):
    @pytest.fixture
    def shelves(self) -> Shelves:
        footing = Footing()
        ledger = FakeLedger(footing)
        journal, outbox = FakeJournal(ledger, footing), FakeOutbox(footing)
        removals = FakeAccessRemovals(footing)
        old = FakeOldRecords(ledger, journal, outbox, footing, lambda: datetime.now(UTC), removals)
        return Shelves(old, ledger, journal, outbox, removals)


class TestTableOldRecords(OldRecordsContract):
    @pytest_asyncio.fixture
    async def shelves(self, storage: str) -> AsyncIterator[Shelves]:
        async with TableServiceClient.from_connection_string(storage) as service:
            yield Shelves(
                TableOldRecords(service),
                TableLedger(service),
                TableJournal(service),
                TableOutbox(service),
                TableAccessRemovals(service),
            )
