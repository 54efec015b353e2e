"""Files past a brake of the day: their rows wait for an operator, whatever dies meanwhile."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import count

import pytest

from b2b import events
from b2b.domain.batch import LedgerRow, ReadPurpose
from b2b.domain.errors import Refused
from b2b.domain.outcome import HeldByBrake, NotDone, status_of
from b2b.domain.policy import DEFAULT_BRAKES, DailyBrake, Effect
from b2b.domain.request import BatchId
from tests.fakes.footing import Died
from tests.fakes.house import FakeHouse
from tests.flows.examples import AURORA, a_house, a_policy

GUESTS = 4
INVITES = "email\n" + "".join(f"g{number}@fabrikam.com\n" for number in range(GUESTS))
MIXED = "email,removeGroups\n" + "g0@fabrikam.com,\n" + "g1@fabrikam.com,Aurora\n"
Decide = Callable[[BatchId, int, str], Awaitable[object]]
NIGHT = timedelta(days=1)


def batch_of(content: str) -> BatchId:
    return BatchId(sha256(content.encode()).hexdigest()[:32])


BATCH = batch_of(INVITES)


def braked(effect: Effect, most: int) -> FakeHouse:
    house = a_house()
    limit(house, effect, most)
    return house


def limit(house: FakeHouse, effect: Effect, most: int) -> None:
    brakes = {**DEFAULT_BRAKES, effect: DailyBrake(most)}
    house.policy.now = replace(a_policy(groups={"Aurora": AURORA}), brakes=brakes)


def statuses(house: FakeHouse, batch: BatchId = BATCH) -> list[str]:
    rows = sorted(house.ledger.kept.values(), key=lambda row: row.ref.key)
    return [status_of(row.outcome) for row in rows if row.ref.batch == batch]


async def living(house: FakeHouse, work: Awaitable[object]) -> bool:
    """Runs the work, which may die; returns whether it did."""
    try:
        await work
    except Died:
        return True
    finally:
        house.footing.dies_at = None
    return False


@pytest.mark.parametrize(("most", "status"), [(GUESTS, "pending"), (GUESTS - 1, "held_by_brake")])
async def test_a_file_within_the_brake_is_sent_and_one_past_it_waits_as_a_whole(
    most: int, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    house = braked(Effect.INVITE, most)
    await house.drop("guests.csv", INVITES)

    assert statuses(house) == [status] * GUESTS
    assert len(house.messages()) == (GUESTS if status == "pending" else 0)
    told = [record for record in caplog.records if record.message == events.BATCH_HELD]
    assert len(told) == (status != "pending")
    await house.deliver()
    assert len(house.directory.mails) == (GUESTS if status == "pending" else 0)


async def test_only_the_rows_of_the_held_effect_wait() -> None:
    house = braked(Effect.TAKE_ACCESS, 0)
    await house.drop("mixed.csv", MIXED)

    assert statuses(house, batch_of(MIXED)) == ["pending", "held_by_brake"]
    assert len(house.messages()) == 1


async def test_the_results_say_why_a_row_waits() -> None:
    house = braked(Effect.INVITE, 1)
    await house.drop("guests.csv", INVITES)
    await house.deliver()

    results = house.files.text("results", f"{BATCH}/results.csv")
    summary = house.files.text("results", f"{BATCH}/summary.json")
    assert results.count('"held_by_brake","held_by_brake"') == GUESTS
    assert "[brakes] invite in the policy allows 1" in results
    assert f'"held_by_brake": {GUESTS}' in summary
    assert "b2b release" in summary


async def test_files_of_one_day_count_together_and_a_new_day_begins_at_nothing() -> None:
    house = braked(Effect.INVITE, GUESTS)
    await house.drop("guests.csv", INVITES)
    more = "email\nlate@fabrikam.com\n"
    await house.drop("more.csv", more)
    assert statuses(house, batch_of(more)) == ["held_by_brake"]

    house.clock.advance(NIGHT)
    other = "email\nnext@fabrikam.com\n"
    await house.drop("other.csv", other)
    assert statuses(house, batch_of(other)) == ["pending"]


async def test_a_file_that_is_done_takes_no_places_when_it_is_dropped_again() -> None:
    house = braked(Effect.INVITE, GUESTS)
    await house.drop("guests.csv", INVITES)
    await house.deliver()
    house.clock.advance(NIGHT)
    await house.drop("again.csv", INVITES)

    assert "held_by_brake" not in statuses(house)
    assert not house.places.taken[(house.clock().date(), Effect.INVITE)]


async def test_a_held_file_dropped_again_stays_held_also_under_a_wider_limit() -> None:
    house = braked(Effect.INVITE, 1)
    await house.drop("guests.csv", INVITES)
    limit(house, Effect.INVITE, 100)
    await house.drop("guests-2.csv", INVITES)
    await house.intake.retry(BATCH)

    assert statuses(house) == ["held_by_brake"] * GUESTS
    assert house.messages() == []


async def test_what_is_released_is_sent_once_and_recorded() -> None:
    house = braked(Effect.INVITE, 1)
    await house.drop("guests.csv", INVITES)
    rows = await house.releasing.held(BATCH)
    await house.releasing.release(BATCH, rows, "operator-1")
    await house.deliver()

    assert rows == GUESTS
    assert statuses(house) == ["invited"] * GUESTS
    assert len(house.directory.mails) == GUESTS
    (decision,) = await house.places.decisions(BATCH)
    assert (decision.operator, decision.rows, decision.released) == ("operator-1", GUESTS, True)
    with pytest.raises(Refused):
        await house.releasing.held(BATCH)


async def test_what_is_refused_is_closed_and_never_sent() -> None:
    house = braked(Effect.INVITE, 1)
    await house.drop("guests.csv", INVITES)
    assert await house.releasing.refuse(BATCH, GUESTS, "operator-1") == GUESTS
    await house.deliver()

    outcomes = [row.outcome for row in house.ledger.kept.values()]
    assert {o.reason.code for o in outcomes if isinstance(o, NotDone)} == {"brake_refused"}
    assert house.directory.mails == []


async def test_nothing_is_released_while_the_file_is_still_read() -> None:
    house = braked(Effect.INVITE, 1)
    await house.drop("guests.csv", INVITES)
    batch = house.ledger.batches[BATCH]
    house.ledger.batches[BATCH] = replace(batch, done=False)
    with pytest.raises(Refused) as refused:
        await house.releasing.held(BATCH)
    assert refused.value.reason.code == "still_reading"


async def test_a_death_at_any_step_of_a_braked_file_sends_nothing() -> None:
    for step in count(1):
        house = braked(Effect.INVITE, GUESTS - 1)
        house.files.put("uploads", "guests.csv", INVITES.encode())
        house.footing.steps, house.footing.dies_at = 0, step
        died = await living(house, house.intake.take_in("guests.csv"))
        await house.intake.rescan()
        await house.deliver()
        assert statuses(house) == ["held_by_brake"] * GUESTS, f"died at step {step}"
        assert house.directory.mails == []
        if not died:
            break
    assert step > 10


async def test_a_death_between_reservation_and_sending_keeps_the_places() -> None:
    for step in count(1):
        house = braked(Effect.INVITE, GUESTS)
        house.files.put("uploads", "guests.csv", INVITES.encode())
        house.footing.steps, house.footing.dies_at = 0, step
        died = await living(house, house.intake.take_in("guests.csv"))
        await house.intake.rescan()
        await house.deliver()
        assert statuses(house) == ["invited"] * GUESTS, f"died at step {step}"
        taken = house.places.taken[(house.clock().date(), Effect.INVITE)]
        assert sum(taken.values()) == GUESTS
        if not died:
            break


@pytest.mark.parametrize("refuse", [False, True])
async def test_a_decision_survives_the_death_of_the_process(refuse: bool) -> None:
    for step in count(1):
        house = braked(Effect.INVITE, 1)
        await house.drop("guests.csv", INVITES)
        decide: Decide = house.releasing.refuse if refuse else house.releasing.release
        house.footing.steps, house.footing.dies_at = 0, step
        died = await living(house, decide(BATCH, GUESTS, "operator-1"))
        if died and any(isinstance(row.outcome, HeldByBrake) for row in _rows(house)):
            await decide(BATCH, await house.releasing.held(BATCH), "operator-1")
        house.clock.advance(timedelta(minutes=11))
        await house.intake.rescan()
        await house.deliver()
        expected = "refused" if refuse else "invited"
        assert statuses(house) == [expected] * GUESTS, f"died at step {step}"
        if not died:
            break


async def test_retry_asks_for_no_more_than_the_day_allows() -> None:
    house = braked(Effect.INVITE, 100)
    house.policy.now = replace(a_policy(domains=()), brakes=DEFAULT_BRAKES)
    await house.drop("guests.csv", INVITES)
    assert statuses(house) == ["refused"] * GUESTS
    limit(house, Effect.INVITE, 1)
    await house.intake.retry(BATCH, ReadPurpose.RETRY)

    assert statuses(house) == ["held_by_brake"] * GUESTS
    assert house.messages() == []


def _rows(house: FakeHouse) -> list[LedgerRow]:
    return list(house.ledger.kept.values())
