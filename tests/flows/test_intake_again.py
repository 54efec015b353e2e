"""A file that comes again after a crash, when the world has changed meanwhile."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import count

import pytest

from b2b.domain.batch import ReadPurpose
from b2b.domain.outcome import Failed, NotDone, status_of
from b2b.domain.policy import Policy
from b2b.domain.request import BatchId, GroupId
from b2b.flows.lost_uploads import LOST_AFTER
from tests.fakes.footing import Died
from tests.fakes.house import FakeHouse
from tests.flows.examples import AURORA, a_house, a_policy

BOARD = GroupId("board")


def batch_of(content: str) -> BatchId:
    return BatchId(sha256(content.encode()).hexdigest()[:32])


def ending(house: FakeHouse, content: str) -> str:
    outcome = house.row(2, batch_of(content)).outcome
    return outcome.reason.code if isinstance(outcome, NotDone | Failed) else status_of(outcome)


async def dies(house: FakeHouse, content: str, step: int) -> bool:
    """The file is dropped, and the process dies at that step of taking it in."""
    house.files.put("uploads", "guests.csv", content.encode())
    return await dies_amid(house, house.intake.take_in("guests.csv"), step)


async def dies_amid(house: FakeHouse, work: Awaitable[object], step: int) -> bool:
    house.footing.steps, house.footing.dies_at = 0, step
    try:
        await work
    except Died:
        return True
    finally:
        house.footing.dies_at = None
    return False


def strict() -> Policy:
    return replace(a_policy(groups={"Finance": AURORA}), version="v2")


async def test_a_crash_while_a_row_is_refused_for_a_newer_reason_leaves_no_row_open() -> None:
    content = "email,groups\nlena@fabrikam.com,Board\n"
    for step in count(1):
        house = a_house()
        await house.drop("guests.csv", content)
        house.policy.now = replace(a_policy(domains=()), version="v2")
        died = await dies(house, content, step)
        await house.intake.rescan()
        await house.deliver()
        if not died:
            break

        assert ending(house, content) == "unknown_partner", f"died at step {step}"

    assert step > 8


async def test_a_row_that_the_policy_no_longer_takes_after_a_crash_ends_as_refused() -> None:
    content = "email,groups\nlena@fabrikam.com,Aurora\n"
    for step in count(1):
        house = a_house()
        died = await dies(house, content, step)
        house.policy.now = strict()
        await house.intake.rescan()
        await house.deliver()
        if not died:
            break

        assert ending(house, content) == "group_not_allowed", f"died at step {step}"
        assert house.directory.mails == []

    assert step > 8


async def test_a_stay_counted_from_today_survives_a_crash_before_midnight() -> None:
    content = "email,expiresOn\nlena@fabrikam.com,+30d\n"
    for step in count(1):
        house = a_house()
        died = await dies(house, content, step)
        house.clock.advance(timedelta(days=1))
        await house.intake.rescan()
        await house.deliver()
        if not died:
            break

        assert ending(house, content) == "invited", f"died at step {step}"
        assert house.directory.mails == ["lena@fabrikam.com"]

    assert step > 8


@pytest.mark.parametrize(
    ("purpose", "told"),
    [(ReadPurpose.RETRY_FAILED, "group_not_allowed"), (ReadPurpose.RETRY, "pending")],
)
async def test_asking_again_for_the_failed_leaves_alone_what_the_policy_takes_by_now(
    purpose: ReadPurpose, told: str
) -> None:
    content = "email,groups\nlena@fabrikam.com,Board\n"
    house = a_house()
    await house.drop("guests.csv", content)
    house.policy.now = replace(a_policy(groups={"Board": BOARD}), version="v2")
    await house.intake.retry(batch_of(content), purpose)

    assert ending(house, content) == told


@pytest.mark.parametrize("replaced", [True, False])
async def test_a_file_that_vanishes_after_a_crash_leaves_no_row_waiting(replaced: bool) -> None:
    content = "email\nlena@fabrikam.com\n"
    for step in count(1):
        house = a_house()
        died = await dies(house, content, step)
        house.files.blobs.clear()
        if replaced:
            house.files.put("uploads", "guests.csv", b"email\nzoe@fabrikam.com\n")
        await house.intake.rescan()
        await house.deliver()
        house.clock.advance(LOST_AFTER + timedelta(hours=1))
        await house.intake.rescan()
        await house.deliver()
        if not died:
            break

        batches = house.ledger.batches.values()
        assert all(batch.done for batch in batches), f"died at step {step}"
        told = {row.email: status_of(row.outcome) for row in house.ledger.kept.values()}
        assert told.get("lena@fabrikam.com", "invited") in ("invited", "failed")
        assert told.get("zoe@fabrikam.com") == ("invited" if replaced else None)

    assert step > 8


async def test_an_old_file_that_is_read_again_right_now_is_not_lost() -> None:
    content = "email\nlena@fabrikam.com\nmax@nowhere.example\n"
    house = a_house()
    house.files.put("uploads", "guests.csv", content.encode())
    await house.intake.take_in("guests.csv")
    await house.deliver()
    house.clock.advance(LOST_AFTER + timedelta(days=5))
    retry = house.intake.retry(batch_of(content))
    assert await dies_amid(house, retry, 5)  # or is somewhere amid the rows
    await house.intake.rescan()

    batch = house.ledger.batches[batch_of(content)]
    assert batch.reading is not None
    assert batch.done
    assert batch.refused is None


async def test_a_crash_while_a_lost_file_is_given_up_is_made_good() -> None:
    content = "email\nlena@fabrikam.com\n"
    for step in count(1):
        house = a_house()
        assert await dies(house, content, 13)  # right after the row was kept
        house.files.blobs.clear()
        house.clock.advance(LOST_AFTER + timedelta(hours=1))
        died = await dies_amid(house, house.intake.rescan(), step)
        await house.intake.rescan()
        await house.deliver()
        if not died:
            break

        assert ending(house, content) == "upload_lost", f"died at step {step}"
        batch = house.ledger.batches[batch_of(content)]
        assert batch.done
        assert batch.refused is not None
        assert '"failed": 1' in house.files.text("results", f"{batch.id}/summary.json")

    assert step > 5


@pytest.mark.parametrize("content", ["", "email\nmax@nowhere.example\n"])
async def test_a_crash_at_any_step_keeps_no_results_back(content: str) -> None:
    for step in count(1):
        house = a_house()
        died = await dies(house, content, step)
        await house.intake.rescan()
        await house.deliver()
        if not died:
            break

        told = house.files.text("results", f"{batch_of(content)}/summary.json")
        assert '"takenIn": true' in told, f"died at step {step}"

    assert step > 8
