"""Files that need more than one run, that two runs read at once, or that cannot be read at all."""

from asyncio import gather
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from b2b.domain.batch import Batch, ReadPurpose
from b2b.domain.errors import TryLater
from b2b.domain.outcome import Failed
from b2b.domain.policy import IntakeTerms
from b2b.domain.reading import reading_rules
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId, RowRef
from b2b.flows import intake
from b2b.flows.intake import MOST_TRIES, RETRY_RESUMED_AFTER
from tests.fakes.house import FakeHouse
from tests.fakes.queues import INVITATIONS
from tests.flows.examples import a_house, a_policy
from tests.flows.test_intake_again import batch_of, dies, dies_amid

SMALL = "email\nlena@fabrikam.com\nmax@nowhere.example\n"


def a_long_file(rows: int) -> str:
    return "email\n" + "".join(f"g{number}@fabrikam.com\n" for number in range(rows))


@pytest.fixture
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "ROWS_BETWEEN_CHECKPOINTS", 200)


def the_batch(house: FakeHouse, content: str) -> Batch:
    return house.ledger.batches[batch_of(content)]


@pytest.mark.usefixtures("short_steps")
async def test_a_long_file_is_taken_in_by_as_many_runs_as_it_needs() -> None:
    content, house = a_long_file(1_050), a_house()
    house.intake = replace(house.intake, read_for=timedelta(0))
    house.files.put("uploads", "long.csv", content.encode())
    reached = []
    for _ in range(5):
        with pytest.raises(TryLater, match="reading_continues"):
            await house.intake.take_in("long.csv")
        reading = the_batch(house, content).reading
        assert reading is not None
        reached.append(reading.rows)
    await house.intake.take_in("long.csv")

    batch = the_batch(house, content)
    assert reached == [200, 400, 600, 800, 1_000]
    assert batch.done
    assert batch.reading is None
    assert (batch.totals.rows, batch.totals.queued) == (1_050, 1_050)
    assert len(house.queues.held(INVITATIONS)) == 1_050


@pytest.mark.usefixtures("short_steps")
async def test_a_run_that_goes_on_writes_nothing_of_the_earlier_rows_again() -> None:
    content, house = a_long_file(450), a_house()
    house.intake = replace(house.intake, read_for=timedelta(0))
    house.files.put("uploads", "long.csv", content.encode())
    with pytest.raises(TryLater):
        await house.intake.take_in("long.csv")
    house.queues.letters.clear()
    for _ in range(2):
        try:
            await house.intake.take_in("long.csv")
        except TryLater:
            continue

    assert len(house.queues.held(INVITATIONS)) == 250


async def test_a_batch_that_is_done_never_turns_undone_whenever_a_later_reading_dies() -> None:
    for step in count(1):
        house = a_house()
        await house.drop("guests.csv", SMALL)
        died = await dies(house, SMALL, step)
        assert the_batch(house, SMALL).done, f"died at step {step}"
        if not died:
            break

    assert step > 10


@pytest.mark.parametrize("purpose", [ReadPurpose.RETRY, ReadPurpose.RETRY_FAILED])
async def test_a_retry_that_dies_at_any_step_is_gone_on_with(purpose: ReadPurpose) -> None:
    for step in count(1):
        house = a_house()
        await house.drop("guests.csv", SMALL)
        house.queues.letters.clear()
        first = RowRef.of_line(batch_of(SMALL), 2)
        await house.ledger.close(first, Failed(Reason("crashed", "...")))
        died = await dies_amid(house, house.intake.retry(batch_of(SMALL), purpose), step)
        if not died:
            break
        begun = the_batch(house, SMALL).reading is not None
        house.clock.advance(RETRY_RESUMED_AFTER + timedelta(minutes=1))
        await house.intake.rescan()
        await house.deliver()

        row = house.ledger.kept[first]
        assert the_batch(house, SMALL).done
        if begun:
            assert not isinstance(row.outcome, Failed), f"died at step {step}"

    assert step > 8


async def test_two_runs_over_one_file_at_once_end_with_the_file_done() -> None:
    content, house = a_long_file(250), a_house()
    house.files.put("uploads", "guests.csv", content.encode())
    ended = await gather(
        *(house.intake.take_in("guests.csv") for _ in range(3)), return_exceptions=True
    )
    assert all(one is None or isinstance(one, TryLater) for one in ended)
    await house.intake.rescan()

    assert the_batch(house, content).done
    assert house.ledger.uploads["guests.csv"]
    assert len(house.queues.held(INVITATIONS)) == 250


async def test_a_run_that_was_held_up_cannot_undo_what_a_faster_one_has_done() -> None:
    """It read the batch before the other one ended, and writes its first step afterwards."""
    house = a_house()
    house.files.put("uploads", "guests.csv", SMALL.encode())
    slow = await house.ledger.keep_batch(Batch(id=batch_of(SMALL), name="a", at=house.clock()))
    await house.intake.take_in("guests.csv")
    with pytest.raises(TryLater):
        await house.ledger.keep_batch(replace(slow, done=False))

    assert the_batch(house, SMALL).done


async def test_a_file_that_fails_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    house = a_house()
    house.files.put("uploads", "a.csv", SMALL.encode())
    house.files.put("uploads", "b.csv", b"email\ntom@fabrikam.com\n")
    bad = batch_of(SMALL)
    honest = type(house.ledger).batch

    async def batch(ledger: object, batch_id: BatchId) -> Batch | None:
        if batch_id == bad:
            raise RuntimeError("a bug of ours")
        return await honest(house.ledger, batch_id)

    monkeypatch.setattr(type(house.ledger), "batch", batch)
    await house.intake.rescan()

    assert "b.csv" in house.ledger.uploads
    assert "a.csv" not in house.ledger.uploads


async def test_a_file_that_never_comes_forward_is_told_and_not_repeated_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = a_house()
    house.files.put("uploads", "a.csv", SMALL.encode())

    def killed(*_: object) -> object:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(intake, "survey", killed)
        for _ in range(MOST_TRIES):
            with pytest.raises(MemoryError):
                await house.intake.take_in("a.csv")
        await house.intake.take_in("a.csv")
        await house.intake.take_in("a.csv")
    await house.deliver()

    (batch,) = house.ledger.batches.values()
    assert batch.done
    assert batch.refused is not None
    assert batch.refused.code == "never_read"
    assert "never_read" in house.files.text("results", f"{batch.id}/results.csv")
    assert house.ledger.uploads["a.csv"]


async def test_the_size_is_asked_before_the_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    house = a_house()
    house.files.put("uploads", "huge.csv", SMALL.encode())

    def opened(*_: object) -> object:
        raise AssertionError("the file was opened")

    monkeypatch.setattr(type(house.files), "open", opened)
    monkeypatch.setattr(intake, "reading_rules", _tiny(reading_rules))
    await house.intake.take_in("huge.csv")

    (batch,) = house.ledger.batches.values()
    assert batch.refused is not None
    assert batch.refused.code == "file_too_large"
    assert house.ledger.uploads["huge.csv"]


def _tiny(honest: object) -> object:
    def rules(*given: object) -> object:
        return replace(honest(*given), largest_bytes=10)  # type: ignore[operator]

    return rules


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("rows", "code"), [(3, None), (4, "too_many_rows")])
async def test_the_policy_says_how_many_rows_a_file_may_have(
    rows: int, code: str | None, encoding: str
) -> None:
    house = a_house()
    house.policy.now = replace(a_policy(), intake=IntakeTerms(largest_rows=3))
    house.files.put("uploads", "a.csv", a_long_file(rows).encode(encoding))
    await house.intake.take_in("a.csv")

    (batch,) = house.ledger.batches.values()
    assert (batch.refused.code if batch.refused else None) == code


async def test_letters_that_look_like_line_ends_in_utf_16_are_no_rows() -> None:
    house = a_house()
    house.policy.now = replace(a_policy(), intake=IntakeTerms(largest_rows=3))
    content = "email,displayName\nlena@fabrikam.com,\u0a0a\u0a05\u0a15\u0a0a\u0a0a\n"
    house.files.put("uploads", "a.csv", content.encode("utf-16"))
    await house.intake.take_in("a.csv")

    (batch,) = house.ledger.batches.values()
    assert batch.refused is None
