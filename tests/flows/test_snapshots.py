"""The ledger is copied whole and put back whole, whatever dies or changes on the way."""

import json
from dataclasses import dataclass

import pytest

from b2b.domain.errors import Refused
from b2b.flows.snapshots import AT_ONCE, CONTAINER, Snapshots
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Died, Footing
from tests.fakes.records import FakeRecords

NAME = "a-day"


def line(row: int, **fields: object) -> bytes:
    return json.dumps({"PartitionKey": "p", "RowKey": f"{row:05d}", **fields}).encode() + b"\n"


@dataclass
class Kept:
    """`fresh` is a second, empty ledger that shares the files."""

    footing: Footing
    files: FakeFiles
    records: FakeRecords
    snapshots: Snapshots

    def fresh(self) -> "Kept":
        records = FakeRecords(self.footing)
        return Kept(self.footing, self.files, records, _over(records, self.files))


def _over(records: FakeRecords, files: FakeFiles) -> Snapshots:
    return Snapshots(records=records, files=files, clock=FakeClock())


@pytest.fixture
async def kept() -> Kept:
    footing = Footing()
    files, records = FakeFiles(footing), FakeRecords(footing)
    await records.add("guests", [line(n, name="Zoë") for n in range(AT_ONCE * 2 + 3)])
    await records.add("rows", [line(1)])
    await records.add("runs", [])
    return Kept(footing, files, records, _over(records, files))


async def test_a_restored_ledger_is_the_one_that_was_copied(kept: Kept) -> None:
    taken = await kept.snapshots.take(NAME)
    new = kept.fresh()
    added = await new.snapshots.restore(NAME)

    assert new.records.held == kept.records.held
    assert added == {table: one.entities for table, one in taken.items()}
    assert added["guests"] == AT_ONCE * 2 + 3


async def test_a_ledger_that_holds_anything_is_not_written_over(kept: Kept) -> None:
    await kept.snapshots.take(NAME)
    before = {table: dict(held) for table, held in kept.records.held.items()}
    with pytest.raises(Refused, match="ledger_not_empty") as refused:
        await kept.snapshots.restore(NAME)

    assert kept.records.held == before
    assert "guests, rows" in refused.value.reason.sentence


async def test_a_merge_adds_what_is_missing_and_leaves_what_is_newer(kept: Kept) -> None:
    await kept.snapshots.take(NAME)
    guests = kept.records.held["guests"]
    del guests["p", "00000"]
    guests["p", "00001"] = line(1, name="newer")
    added = await kept.snapshots.restore(NAME, merge=True)

    assert added == {"guests": 1, "rows": 0, "runs": 0}
    assert guests["p", "00000"] == line(0, name="Zoë")
    assert guests["p", "00001"] == line(1, name="newer")


async def test_half_a_snapshot_is_refused_wherever_the_copying_died(kept: Kept) -> None:
    await kept.snapshots.take("whole")
    steps_of_a_snapshot = 12
    for step in range(1, steps_of_a_snapshot):
        kept.footing.steps, kept.footing.dies_at = 0, step
        with pytest.raises(Died):
            await kept.snapshots.take(NAME)
        kept.footing.dies_at = None
        new = kept.fresh()
        if (CONTAINER, f"{NAME}/manifest.json") in kept.files.blobs:
            break
        with pytest.raises(Refused, match="no_such_snapshot"):
            await new.snapshots.restore(NAME)
        assert new.records.held == {}

    assert step > 5


@pytest.mark.parametrize(
    "harm", [lambda b: b[:-9], lambda b: b[:20] + b"!" + b[21:], lambda _: b""]
)
async def test_a_file_that_was_changed_is_found_before_anything_is_written(
    kept: Kept, harm: object
) -> None:
    assert callable(harm)
    await kept.snapshots.take(NAME)
    content, _ = kept.files.blobs[CONTAINER, f"{NAME}/rows.jsonl.gz"]
    kept.files.put(CONTAINER, f"{NAME}/rows.jsonl.gz", harm(content))
    new = kept.fresh()
    with pytest.raises(Refused, match="snapshot_changed"):
        await new.snapshots.restore(NAME)

    assert new.records.held == {}


async def test_a_table_of_another_snapshot_is_found(kept: Kept) -> None:
    await kept.snapshots.take(NAME)
    await kept.records.add("rows", [line(2)])
    await kept.snapshots.take("later")
    later = kept.files.blobs[CONTAINER, "later/rows.jsonl.gz"]
    kept.files.blobs[CONTAINER, f"{NAME}/rows.jsonl.gz"] = later
    with pytest.raises(Refused, match="snapshot_changed"):
        await kept.fresh().snapshots.restore(NAME)


async def test_a_restore_that_died_is_finished_by_a_merge(kept: Kept) -> None:
    await kept.snapshots.take(NAME)
    new = kept.fresh()
    kept.footing.steps, kept.footing.dies_at = 0, 9
    with pytest.raises(Died):
        await new.snapshots.restore(NAME)
    assert any(new.records.held.values())
    await new.snapshots.restore(NAME, merge=True)

    assert new.records.held == kept.records.held


async def test_a_night_is_copied_once(kept: Kept) -> None:
    first = await kept.snapshots.nightly()
    await kept.records.add("rows", [line(9)])
    second = await kept.snapshots.nightly()

    assert first == second
    assert len(await kept.snapshots.whole()) == 1


async def test_an_unknown_name_is_answered_with_those_there_are(kept: Kept) -> None:
    await kept.snapshots.take(NAME)
    with pytest.raises(Refused) as refused:
        await kept.snapshots.restore("another")

    assert NAME in refused.value.reason.sentence
