"""A dropped file becomes a message for each guest asked for, and a reason for every other line."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import count

import pytest

from b2b.domain.batch import ReadPurpose, Totals
from b2b.domain.errors import Refused, TryLater
from b2b.domain.outcome import Failed, Invited, NotDone, status_of
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId, GroupId, RowRef
from b2b.flows.intake import CHUNK
from tests.fakes.house import FakeHouse, a_request
from tests.fakes.queues import INVITATIONS, RESULTS
from tests.flows.examples import AURORA, a_house, a_policy

FILE = """\
email,groups
lena@fabrikam.com,Aurora
max@nowhere.example,Aurora
not an address,Aurora
lena@fabrikam.com,Aurora
pia@fabrikam.com,Board
tom@fabrikam.com,
"""
BOARD = GroupId("board")
FAULTY = Reason("policy_faulty", "line 3: no such thing")


def batch_of(content: str) -> BatchId:
    return BatchId(sha256(content.encode()).hexdigest()[:32])


def codes(house: FakeHouse, batch: BatchId) -> dict[int, str]:
    rows = [row for row in house.ledger.kept.values() if row.ref.batch == batch]
    return {
        row.ref.line: row.outcome.reason.code
        if isinstance(row.outcome, NotDone | Failed)
        else status_of(row.outcome)
        for row in rows
    }


async def test_every_line_is_queued_or_told_why_not() -> None:
    house = a_house()
    await house.drop("guests.csv", FILE)

    told = codes(house, batch_of(FILE))
    assert list(told) == [2, 3, 4, 5, 6, 7]
    assert (told[2], told[7]) == ("pending", "pending")
    assert (told[3], told[6]) == ("unknown_partner", "group_not_allowed")
    assert {told[4], told[5]}.isdisjoint({"pending"})
    assert len(house.queues.held(INVITATIONS)) == 2


async def test_the_totals_add_up_and_the_batch_is_done() -> None:
    house = a_house()
    await house.drop("guests.csv", FILE)

    batch = house.ledger.batches[batch_of(FILE)]
    assert batch.totals == Totals(rows=6, queued=2, rejected=4, skipped=0)
    assert (batch.name, batch.done, batch.policy_version) == ("guests.csv", True, "v1")


async def test_a_file_of_many_chunks_is_queued_whole() -> None:
    rows = [f"guest-{number}@fabrikam.com\n" for number in range(2 * CHUNK + 1)]
    content = "email\n" + "".join(rows)
    house = a_house()
    await house.drop("many.csv", content)

    assert len(house.queues.held(INVITATIONS)) == 2 * CHUNK + 1
    assert house.ledger.batches[batch_of(content)].totals.queued == 2 * CHUNK + 1


async def test_the_same_file_under_two_names_is_one_batch() -> None:
    house = a_house()
    await house.drop("guests.csv", FILE)
    await house.drop("guests (2).csv", FILE)
    await house.deliver()

    assert len(house.ledger.batches) == 1
    assert sorted(house.directory.mails) == ["lena@fabrikam.com", "tom@fabrikam.com"]


async def test_an_event_delivered_twice_takes_the_file_in_once() -> None:
    house = a_house()
    await house.drop("guests.csv", FILE)
    await house.deliver()
    messages = len(house.queues.letters)
    await house.intake.take_in("guests.csv")

    assert len(house.queues.letters) == messages == 0


async def test_a_crash_at_any_step_loses_nobody_and_queues_nobody_twice() -> None:
    for step in count(1):
        house = a_house(dies_at=step)
        await house.drop("guests.csv", FILE)
        await house.deliver()
        if house.footing.held:
            break

        told = codes(house, batch_of(FILE))
        assert len(told) == 6, f"died at step {step}"
        assert (told[2], told[7]) == ("assigned", "invited"), f"died at step {step}"
        assert sorted(house.directory.mails) == ["lena@fabrikam.com", "tom@fabrikam.com"]
        batch = house.ledger.batches[batch_of(FILE)]
        assert batch.done
        assert batch.totals == Totals(6, 2, 4, 0)
        assert house.ledger.uploads["guests.csv"]

    assert step > 20


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_file"), (b"name,city\nlena,Berlin\n", "no_email_column")],
)
async def test_a_file_that_cannot_be_read_is_refused_with_one_reason(
    content: bytes, code: str
) -> None:
    house = a_house()
    await house.drop("guests.csv", content)
    batch = house.ledger.batches[BatchId(sha256(content).hexdigest()[:32])]

    assert batch.refused is not None
    assert batch.refused.code == code
    assert batch.done
    assert house.ledger.kept == {}
    assert len(house.queues.held(RESULTS)) == 1


async def test_a_faulty_policy_refuses_the_file_and_a_mended_one_takes_it_in() -> None:
    house = a_house(policy=FAULTY)
    await house.drop("guests.csv", FILE)
    refused = house.ledger.batches[batch_of(FILE)]
    house.policy.now = a_policy()
    await house.drop("guests.csv", FILE)

    assert refused.refused == FAULTY
    assert house.ledger.batches[batch_of(FILE)].refused is None
    assert len(house.queues.held(INVITATIONS)) == 2


async def test_a_policy_out_of_reach_leaves_the_file_for_later() -> None:
    away = TryLater(Reason("storage_unreachable", "..."), timedelta(seconds=5))
    house = a_house(policy=away)
    with pytest.raises(TryLater):
        await house.drop("guests.csv", FILE)

    assert house.ledger.batches == {}
    assert house.ledger.uploads == {}


async def test_a_file_dropped_again_after_the_policy_was_mended_asks_for_the_refused_only() -> None:
    house = a_house()
    await house.drop("guests.csv", FILE)
    await house.deliver()
    mended = a_policy(groups={"Aurora": AURORA, "Board": BOARD})
    house.policy.now = replace(mended, version="v2")
    house.directory.group(BOARD)
    await house.drop("guests.csv", FILE)
    asked = house.messages()
    await house.deliver()

    told = codes(house, batch_of(FILE))
    assert len(asked) == 1
    assert told[6] == "assigned"
    assert (told[2], told[3], told[7]) == ("assigned", "unknown_partner", "invited")
    assert len(house.directory.mails) == 3


async def test_a_failed_row_is_asked_for_again_and_keeps_its_next_outcome() -> None:
    house = a_house()
    await house.drop("guests.csv", FILE)
    ref = RowRef.of_line(batch_of(FILE), 7)
    house.queues.letters.clear()  # whatever was queued died of crashes
    for line in (2, 7):
        here = RowRef.of_line(batch_of(FILE), line)
        await house.ledger.close(here, Failed(Reason("crashed", "...")))
    await house.drop("guests.csv", FILE)
    await house.deliver()

    assert house.ledger.kept[ref].outcome == Invited(house.directory.account("tom@fabrikam.com").id)


async def test_a_crash_while_a_failed_row_is_asked_for_again_loses_it_at_no_step() -> None:
    for step in count(1):
        house = a_house()
        await house.drop("guests.csv", "email\nlena@fabrikam.com\n")
        house.queues.letters.clear()
        ref = next(iter(house.ledger.kept))
        await house.ledger.close(ref, Failed(Reason("crashed", "...")))
        house.footing.steps, house.footing.dies_at = 0, step
        await house.drop("guests.csv", "email\nlena@fabrikam.com\n")
        await house.deliver()
        if house.footing.held:
            break

        assert status_of(house.ledger.kept[ref].outcome) == "invited", f"died at step {step}"
        assert house.directory.mails == ["lena@fabrikam.com"]

    assert step > 8


async def test_a_rescan_takes_in_what_no_event_told_of() -> None:
    house = a_house()
    await house.drop("known.csv", FILE)
    await house.deliver()
    house.files.put("uploads", "lost.csv", b"email\nzoe@fabrikam.com\n")
    await house.intake.rescan()
    await house.deliver()

    assert "zoe@fabrikam.com" in house.directory.mails
    assert len(house.directory.mails) == 3


async def test_a_rescan_takes_in_a_file_that_was_replaced_under_its_name() -> None:
    house = a_house()
    await house.drop("guests.csv", FILE)
    house.files.put("uploads", "guests.csv", b"email\nzoe@fabrikam.com\n")
    await house.intake.rescan()

    assert len(house.ledger.batches) == 2


async def test_a_file_that_is_gone_already_is_passed_over() -> None:
    house = a_house()
    await house.intake.take_in("gone.csv")

    assert house.ledger.batches == {}
    assert house.queues.letters == []


async def test_a_batch_is_asked_for_again_by_its_id() -> None:
    house = a_house()
    await house.drop("guests.csv", FILE)
    house.queues.letters.clear()  # whatever was queued died of crashes
    for line in (2, 7):
        here = RowRef.of_line(batch_of(FILE), line)
        await house.ledger.close(here, Failed(Reason("crashed", "...")))
    name = await house.intake.retry(batch_of(FILE), ReadPurpose.RETRY_FAILED)
    await house.deliver()

    told = codes(house, batch_of(FILE))
    assert name == "guests.csv"
    assert (told[2], told[7]) == ("assigned", "invited")
    assert told[3] == "unknown_partner"
    assert house.ledger.batches[batch_of(FILE)].done


async def test_asking_again_for_the_failed_leaves_the_refused_alone() -> None:
    house = a_house()
    await house.drop("guests.csv", FILE)
    await house.ledger.close(
        RowRef.of_line(batch_of(FILE), 2), NotDone(Reason("guest_disabled", "..."))
    )
    await house.deliver()
    await house.intake.retry(batch_of(FILE), ReadPurpose.RETRY_FAILED)

    assert house.messages() == []
    assert codes(house, batch_of(FILE))[2] == "guest_disabled"


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "upload_gone"), (b"email\nzoe@fabrikam.com\n", "upload_changed")],
)
async def test_a_batch_whose_file_is_no_longer_there_cannot_be_asked_for_again(
    content: bytes | None, code: str
) -> None:
    house = a_house()
    await house.drop("guests.csv", FILE)
    house.files.blobs.clear()
    if content is not None:
        house.files.put("uploads", "guests.csv", content)
    with pytest.raises(Refused) as refusal:
        await house.intake.retry(batch_of(FILE))

    assert refusal.value.reason.code == code


async def test_an_unknown_batch_cannot_be_asked_for_again() -> None:
    with pytest.raises(Refused) as refusal:
        await a_house().intake.retry(BatchId("no-such-batch"))

    assert refusal.value.reason.code == "batch_unknown"


async def test_a_message_that_names_a_row_opens_none() -> None:
    house = a_house()
    stranger = a_request("max@fabrikam.com", line=2, batch=batch_of(FILE))
    with pytest.raises(Refused):  # a message may name any batch and line
        await house.onboarding.onboard(stranger)
    await house.drop("guests.csv", FILE)
    await house.deliver()

    row = house.row(2, batch_of(FILE))
    assert row.request == a_request("lena@fabrikam.com", batch=batch_of(FILE)).id
    assert codes(house, batch_of(FILE))[2] == "assigned"


async def test_a_file_dropped_again_much_later_asks_for_nobody_who_is_done() -> None:
    house = a_house()
    await house.drop("guests.csv", FILE)
    await house.deliver()
    house.clock.advance(timedelta(hours=2))  # the queues have forgotten the ids by now
    await house.drop("guests.csv", FILE)

    assert house.messages() == []
