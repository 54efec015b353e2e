"""What every ledger promises: the fake, and Azure Tables through Azurite."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from b2b.adapters.tables import TableLedger
from b2b.domain.batch import Batch, LedgerRow, ReadProgress, ReadPurpose, Totals
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId, GuestRecord, Standing
from b2b.domain.outcome import (
    AlreadyGuest,
    Assigned,
    Failed,
    HeldByBrake,
    Invited,
    Left,
    NotDone,
    Outcome,
    Renewed,
    Taken,
)
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId, RequestId, RowRef
from b2b.domain.stay import StayChange, StayEffect
from b2b.ports import Ledger
from tests.fakes.footing import Footing
from tests.fakes.ledger import FakeLedger

NOW = datetime(2026, 11, 23, 9, 0, 0, 123456, UTC)
GUEST = GuestId("00000000-0000-4000-9000-000000000001")
WHY = Reason("unknown_partner", 'Nobody knows "nowhere.example" - ask for it.')
OUTCOMES: list[Outcome] = [
    Assigned(GUEST, 3),
    Invited(GUEST),
    AlreadyGuest(GUEST, 0),
    Assigned(GUEST, 0, 2),
    AlreadyGuest(GUEST, 1, 2),
    Taken(GUEST, 2, 1),
    NotDone(WHY),
    NotDone(WHY, GUEST),
    Failed(WHY),
    Failed(WHY, GUEST),
    Renewed(GUEST),
    Left(GUEST),
]


def a_batch() -> BatchId:
    return BatchId(uuid4().hex)


def an_address() -> Address:
    return Address(f"Lena.{uuid4().hex}@fabrikam.com")


def a_row(batch: BatchId, line: int = 2, outcome: Outcome | None = None) -> LedgerRow:
    return LedgerRow(
        ref=RowRef.of_line(batch, line),
        email=f"guest-{line}@fabrikam.com",
        sender="uploads",
        request=RequestId(f"request-{line}"),
        outcome=outcome,
    )


def a_record(address: Address) -> GuestRecord:
    return GuestRecord(
        address=address,
        standing=Standing.INVITING,
        request=RequestId("request"),
        since=NOW,
        partner="Fabrikam",
        sponsor="s.weber@contoso.com",
        expires_on=date(2027, 1, 31),
        policy_version="0x8D",
    )


async def rows_of(ledger: Ledger, batch: BatchId) -> list[LedgerRow]:
    return [row async for row in ledger.rows(batch)]


class LedgerContract:
    async def test_an_unknown_batch_is_none(self, ledger: Ledger) -> None:
        assert await ledger.batch(a_batch()) is None

    @pytest.mark.parametrize("refused", [None, WHY])
    async def test_a_batch_is_kept_as_it_is(self, ledger: Ledger, refused: Reason | None) -> None:
        batch = Batch(
            id=a_batch(),
            name="Gäste #1?.csv",
            at=NOW,
            policy_version="0x8D",
            done=True,
            refused=refused,
            totals=Totals(6, 3, 2, 1),
            warnings=("line 3: capped", "lines 4,5: umlauts - kept"),
        )
        await ledger.keep_batch(batch)

        assert await ledger.batch(batch.id) == batch

    async def test_a_batch_kept_again_replaces_the_older(self, ledger: Ledger) -> None:
        first = Batch(id=a_batch(), name="a.csv", at=NOW, refused=WHY, warnings=("one",))
        kept = await ledger.keep_batch(first)
        second = Batch(id=first.id, name="b.csv", at=NOW, version=kept.version)
        await ledger.keep_batch(second)

        assert await ledger.batch(first.id) == second

    async def test_a_batch_is_written_only_over_the_one_that_was_read(self, ledger: Ledger) -> None:
        """Who comes late with what it read earlier changes nothing: done is never taken back."""
        fresh = Batch(id=a_batch(), name="a.csv", at=NOW)
        early = await ledger.keep_batch(fresh)
        done = await ledger.keep_batch(replace(early, done=True))
        for late in (early, fresh):
            with pytest.raises(TryLater) as wait:
                await ledger.keep_batch(replace(late, name="late.csv"))
            assert wait.value.reason.code == "changed_meanwhile"

        found = await ledger.batch(fresh.id)
        assert found is not None
        assert found == done
        assert await ledger.keep_batch(replace(found, name="next.csv"))

    @pytest.mark.parametrize("purpose", ReadPurpose)
    async def test_how_far_a_file_was_read_is_kept(
        self, ledger: Ledger, purpose: ReadPurpose
    ) -> None:
        reading = ReadProgress("0x8D", purpose, 5_000)
        batch = Batch(id=a_batch(), name="a.csv", at=NOW, done=True, reading=reading)
        await ledger.keep_batch(batch)

        assert await ledger.batch(batch.id) == batch
        assert batch in await ledger.unfinished()

    async def test_runs_without_progress_are_counted_for_each_version(self, ledger: Ledger) -> None:
        name = a_batch()
        counted = [await ledger.count_try(name, "v1") for _ in range(3)]
        await ledger.count_progress(name, "v1")
        counted.append(await ledger.count_try(name, "v1"))
        counted.append(await ledger.count_try(name, "v2"))

        assert counted == [1, 2, 3, 1, 1]
        assert await ledger.upload(name) is None
        await ledger.keep_upload(name, "v2")
        assert await ledger.upload(name) == "v2"

    async def test_batches_that_were_not_read_to_their_end_are_found(self, ledger: Ledger) -> None:
        begun = Batch(id=a_batch(), name="begun.csv", at=NOW)
        read = Batch(id=a_batch(), name="read.csv", at=NOW)
        await ledger.keep_batch(begun)
        kept = await ledger.keep_batch(read)
        await ledger.keep_batch(replace(kept, done=True))
        found = await ledger.unfinished()

        assert begun in found
        assert read.id not in {batch.id for batch in found}

    @pytest.mark.parametrize("name", ["guests.csv", "2026/Ä #1?\\x.csv", "x" * 1024])
    async def test_a_file_of_any_name_is_known_by_its_version(
        self, ledger: Ledger, name: str
    ) -> None:
        name = uuid4().hex + name
        before = await ledger.upload(name)
        await ledger.keep_upload(name, "0x1")
        await ledger.keep_upload(name, "0x2")

        assert before is None
        assert await ledger.upload(name) == "0x2"

    async def test_rows_are_opened_as_they_are(self, ledger: Ledger) -> None:
        batch = a_batch()
        rows = [a_row(batch, 2), a_row(batch, 3, NotDone(WHY))]
        opened = await ledger.open_rows(rows)

        assert list(opened) == rows
        assert await rows_of(ledger, batch) == rows

    async def test_no_rows_are_no_work(self, ledger: Ledger) -> None:
        assert list(await ledger.open_rows([])) == []

    async def test_rows_opened_before_stand_as_they_are(self, ledger: Ledger) -> None:
        batch = a_batch()
        rows = [a_row(batch, line) for line in range(2, 102)]
        await ledger.open_rows(rows[40:60])
        await ledger.close(rows[50].ref, Invited(GUEST))
        standing = await ledger.open_rows(rows)

        assert [row.ref for row in standing] == [row.ref for row in rows]
        assert [row for row in standing if row.outcome] == [standing[50]]
        assert standing[50].outcome == Invited(GUEST)
        assert len(await rows_of(ledger, batch)) == 100

    async def test_all_rows_of_a_batch_come_by_line_and_no_others(self, ledger: Ledger) -> None:
        batch, other = a_batch(), a_batch()
        for start in range(1100, 0, -100):
            await ledger.open_rows([a_row(batch, start + line) for line in range(100)])
        await ledger.open_rows([a_row(other)])

        assert [row.ref.line for row in await rows_of(ledger, batch)] == list(range(100, 1200))

    async def test_an_unknown_row_is_none(self, ledger: Ledger) -> None:
        assert await ledger.row(RowRef.of_line(a_batch(), 2)) is None

    async def test_a_row_that_came_as_a_message_has_line_0(self, ledger: Ledger) -> None:
        row = a_row(a_batch(), 0)
        await ledger.open_rows([row])

        assert await ledger.row(row.ref) == row

    @pytest.mark.parametrize("outcome", OUTCOMES, ids=repr)
    async def test_an_outcome_is_kept_as_it_is(self, ledger: Ledger, outcome: Outcome) -> None:
        row = a_row(a_batch())
        await ledger.open_rows([row])
        closed = await ledger.close(row.ref, outcome)
        found = await ledger.row(row.ref)

        assert closed
        assert found is not None
        assert found.outcome == outcome
        assert (found.email, found.sender, found.request) == (row.email, row.sender, row.request)
        assert found.guest == outcome.guest

    async def test_the_first_outcome_stays(self, ledger: Ledger) -> None:
        row = a_row(a_batch())
        await ledger.open_rows([row])
        first = await ledger.close(row.ref, Invited(GUEST))
        second = await ledger.close(row.ref, Failed(WHY))
        found = await ledger.row(row.ref)

        assert (first, second) == (True, False)
        assert found is not None
        assert found.outcome == Invited(GUEST)

    async def test_of_two_who_close_a_row_at_once_one_does(self, ledger: Ledger) -> None:
        row = a_row(a_batch())
        await ledger.open_rows([row])
        tries = [ledger.close(row.ref, outcome) for outcome in (Invited(GUEST), Failed(WHY))]
        answers = await asyncio.gather(*tries, return_exceptions=True)

        assert answers.count(True) == 1
        assert all(isinstance(answer, bool | TryLater) for answer in answers)

    async def test_only_a_held_row_is_closed_as_held(self, ledger: Ledger) -> None:
        row = a_row(a_batch())
        await ledger.open_rows([replace(row, outcome=HeldByBrake(WHY))])
        assert not await ledger.close(row.ref, Invited(GUEST))
        found = await ledger.row(row.ref)
        assert found is not None
        assert found.outcome == HeldByBrake(WHY)

        answers = [await ledger.close_held(row.ref, NotDone(WHY)) for _ in range(2)]
        found = await ledger.row(row.ref)
        assert answers == [True, False]
        assert found is not None
        assert found.outcome == NotDone(WHY)
        assert not await ledger.close_held(RowRef.of_line(row.ref.batch, 99), NotDone(WHY))

    async def test_a_row_that_does_not_exist_is_not_closed(self, ledger: Ledger) -> None:
        ref = RowRef.of_line(a_batch(), 2)

        assert not await ledger.close(ref, Failed(WHY))
        assert await ledger.row(ref) is None

    async def test_a_row_opened_again_has_no_outcome_and_the_next_generation(
        self, ledger: Ledger
    ) -> None:
        row = a_row(a_batch())
        await ledger.open_rows([row])
        await ledger.close(row.ref, NotDone(WHY))
        closed = await ledger.row(row.ref)
        assert closed is not None
        again = await ledger.reopen(replace(closed, request=RequestId("another")))

        assert (again.outcome, again.generation) == (None, 1)
        assert again.request == RequestId("another")
        assert await ledger.row(row.ref) == again
        assert await ledger.close(row.ref, Invited(GUEST))

    async def test_a_guest_and_a_link_are_noted_on_an_open_row(self, ledger: Ledger) -> None:
        row = a_row(a_batch())
        await ledger.open_rows([row])
        await ledger.keep_guest_of(row.ref, GUEST, "https://redeem.example/x?a=b&c=d")

        noted = replace(row, guest=GUEST, link="https://redeem.example/x?a=b&c=d")
        assert await ledger.row(row.ref) == noted

    async def test_a_link_outlives_the_closing_of_its_row(self, ledger: Ledger) -> None:
        row = a_row(a_batch())
        await ledger.open_rows([row])
        await ledger.keep_guest_of(row.ref, GUEST, "https://redeem.example/x")
        await ledger.close(row.ref, Assigned(GUEST, 1))
        found = await ledger.row(row.ref)

        assert found is not None
        assert found.link == "https://redeem.example/x"

    async def test_what_a_request_did_to_a_stay_stays_with_its_row(self, ledger: Ledger) -> None:
        row = a_row(a_batch())
        stay = StayChange(
            effect=StayEffect.EXTENDED,
            guest=GUEST,
            at=NOW,
            before=date(2027, 1, 31),
            until=date(2027, 5, 31),
            asked=date(2027, 6, 30),
            sponsor="p.singh@contoso.com",
            sponsor_before="s.weber@contoso.com",
            partner="Fabrikam",
        )
        await ledger.open_rows([row])
        await ledger.keep_stay(row.ref, stay)
        await ledger.close(row.ref, NotDone(WHY))
        kept = await ledger.row(row.ref)

        assert kept is not None
        assert kept.stay == stay
        again = await ledger.reopen(kept)
        assert again.stay == stay
        without_end = replace(stay, before=None, until=None, asked=None)
        await ledger.keep_stay(row.ref, without_end)
        assert (await ledger.row(row.ref)).stay == without_end  # type: ignore[union-attr]
        await ledger.keep_stay(row.ref, None)
        assert (await ledger.row(row.ref)).stay is None  # type: ignore[union-attr]

    async def test_an_unknown_guest_is_none(self, ledger: Ledger) -> None:
        assert await ledger.guest(an_address()) is None

    @pytest.mark.parametrize("standing", list(Standing))
    async def test_a_guest_is_kept_as_it_is(self, ledger: Ledger, standing: Standing) -> None:
        record = replace(a_record(an_address()), standing=standing, guest=GUEST)
        kept = await ledger.keep_guest(record)

        assert kept.version is not None
        assert replace(kept, version=None) == record
        assert await ledger.guest(record.address) == kept

    async def test_a_guest_without_an_end_or_an_account_is_kept_as_it_is(
        self, ledger: Ledger
    ) -> None:
        record = replace(a_record(an_address()), expires_on=None, guest=None)
        kept = await ledger.keep_guest(record)

        assert await ledger.guest(record.address) == kept

    async def test_two_spellings_of_an_address_are_one_guest(self, ledger: Ledger) -> None:
        record = await ledger.keep_guest(a_record(an_address()))

        assert await ledger.guest(Address(record.address.upper())) == record

    @pytest.mark.parametrize("address", ["o'hara+x/y#z?{}@fabrikam.com", "käthe@fabrikam.com"])
    async def test_an_address_may_hold_what_a_key_may_not(
        self, ledger: Ledger, address: str
    ) -> None:
        record = await ledger.keep_guest(a_record(Address(uuid4().hex + address)))

        assert await ledger.guest(record.address) == record

    async def test_of_two_writers_the_second_is_told_to_read_again(self, ledger: Ledger) -> None:
        first = await ledger.keep_guest(a_record(an_address()))
        newer = await ledger.keep_guest(replace(first, standing=Standing.INVITED))
        with pytest.raises(TryLater) as wait:
            await ledger.keep_guest(replace(first, standing=Standing.ASKED))

        assert wait.value.reason.code == "changed_meanwhile"
        assert not wait.value.unclear
        assert await ledger.guest(first.address) == newer

    async def test_of_two_who_know_nobody_one_is_first(self, ledger: Ledger) -> None:
        record = a_record(an_address())
        first = await ledger.keep_guest(record)
        with pytest.raises(TryLater):
            await ledger.keep_guest(replace(record, request=RequestId("another")))

        assert await ledger.guest(record.address) == first


class TestFakeLedger(LedgerContract):
    @pytest.fixture
    def ledger(self) -> Ledger:
        return FakeLedger(Footing())


class TestTableLedger(LedgerContract):
    @pytest_asyncio.fixture
    async def ledger(self, storage: str) -> AsyncIterator[Ledger]:
        async with TableServiceClient.from_connection_string(storage) as service:
            yield TableLedger(service)
