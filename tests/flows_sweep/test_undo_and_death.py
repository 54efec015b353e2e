"""Whoever dies or is still at it when a run is undone leaves nobody between two states."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from b2b import wire
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Kind, Run
from tests.fakes.footing import Died
from tests.fakes.interrupted import Interrupted
from tests.flows_sweep.night import Night, faulty

# Who dies right before the last word is found back, and told so.
BACK = {
    *("enable done", "restore done"),
    *("enable skipped enabled_already", "restore skipped back_already"),
}


async def _deliver_until_death(dark: Night, step: int) -> None:
    """The process dies at that step; what it had in hand comes again, after everything else."""
    dark.footing.steps, dark.footing.dies_at = 0, step
    while dark.dispatch.bodies:
        body = dark.dispatch.bodies.pop(0)
        try:
            await dark.departing.depart(*wire.read_departure(body))
        except Died:
            dark.dispatch.bodies.append(body)
            break
    dark.footing.dies_at = None


@pytest.mark.parametrize("step", range(1, 34, 2))
async def test_an_undo_takes_back_what_nobody_lived_to_note(dark: Night, step: int) -> None:
    before = dark.enabled()
    run = await dark.sweep()
    await _deliver_until_death(dark, step)

    await dark.taking_back.undo(run.id)
    await dark.deliver()

    assert dark.enabled() == before
    assert dark.deleted() == set()


@pytest.mark.parametrize("step", range(1, 28, 2))
async def test_an_undo_that_dies_is_finished_and_who_comes_back_stays_ours(
    dark: Night, step: int
) -> None:
    before = dark.enabled()
    run = await dark.whole()
    await dark.taking_back.undo(run.id)
    await _deliver_until_death(dark, step)
    await dark.deliver()

    assert dark.enabled() == before
    assert set(dark.endings().values()) <= BACK
    custody = await dark.journal.custody(GuestId(dark.user("away").id))
    assert custody.block is not None
    assert (custody.removal, custody.returning) == (None, None)


@pytest.mark.parametrize(("minutes", "ours"), [(9, True), (11, False)])
async def test_who_was_blocked_by_one_who_died_is_restored_while_that_is_sure(
    dark: Night, minutes: int, ours: bool
) -> None:
    await dark.whole()
    over = dark.ledger.guests["over@partner.example"]
    custody = await dark.journal.custody(GuestId(dark.user("over").id))
    assert custody.block is not None
    await dark.journal.keep_custody(replace(custody, block=replace(custody.block, sure=False)))
    dark.clock.advance(timedelta(minutes=minutes))

    await dark.taking_back.restore(over.address)
    await dark.deliver()

    assert ("over" in dark.enabled()) is ours


async def test_a_restored_guest_whom_the_directory_hides_for_a_while_is_waited_for(
    dark: Night,
) -> None:
    await dark.whole()
    away = dark.ledger.guests["away@partner.example"]
    await dark.taking_back.restore(away.address)
    dark.fails(f"^/users/{away.guest}", method="PATCH", status=404, count=1)
    dark.fails(f"^/users/{away.guest}", status=404, skip=1, count=1)

    await dark.deliver()

    assert "away" in dark.enabled()
    assert dark.endings()["away"] == "reinstate done"


async def test_who_died_restoring_is_found_by_the_next_night(dark: Night) -> None:
    """The guest is blocked by us, as before: nobody else brought them back."""
    run = await dark.whole()
    await dark.taking_back.undo(run.id)
    action = next(one for one in dark.journal.kept_actions.values() if one.kind is Kind.RESTORE)
    custody = await dark.journal.custody(action.guest)
    await dark.journal.keep_custody(replace(custody, returning=dark.clock()))
    dark.graph.world.store.bring_back(dark.graph.world.store.bin[action.guest])
    dark.clock.advance(timedelta(days=1))
    await dark.sweep()

    custody = await dark.journal.custody(action.guest)
    assert custody.block is not None
    assert custody.removal is None
    assert custody.reenabled_on == dark.clock().date()


async def _act_while(dark: Night, method: str, meanwhile: Callable[[], Awaitable[object]]) -> None:
    accounts = Interrupted(dark.departing.accounts, method, meanwhile)
    departing = replace(dark.departing, accounts=accounts)
    body = dark.dispatch.bodies.pop(0)
    await departing.depart(*wire.read_departure(body))


@pytest.mark.parametrize("method", ["look", "holds_role", "block"])
async def test_an_undo_amid_a_block_leaves_nobody_blocked(dark: Night, method: str) -> None:
    before = dark.enabled()
    run = await dark.sweep()
    dark.dispatch.bodies = dark.dispatch.bodies[:1]

    await _act_while(dark, method, lambda: dark.taking_back.undo(run.id))
    await dark.deliver()

    assert dark.enabled() == before


async def test_what_undoes_a_block_waits_for_a_block_on_its_way(dark: Night) -> None:
    before, undone = dark.enabled(), []
    run = await dark.sweep()
    dark.dispatch.bodies = dark.dispatch.bodies[:1]

    async def undo_at_once() -> Run:
        ordered = await dark.taking_back.undo(run.id)
        with pytest.raises(TryLater, match="on_its_way"):
            await dark.departing.depart(*wire.read_departure(dark.dispatch.bodies[0]))
        undone.append(ordered.id)
        return ordered

    await _act_while(dark, "block", undo_at_once)
    assert undone
    assert dark.enabled() != before
    await dark.deliver()

    assert dark.enabled() == before


async def test_what_was_done_is_told_as_done_whatever_the_policy_says_by_then(dark: Night) -> None:
    await dark.sweep()
    body = dark.dispatch.bodies[0]
    action = dark.journal.kept_actions[wire.read_departure(body)]
    dark.dispatch.bodies = [body]
    while dark.graph.world.store.users[action.guest].accountEnabled:
        dark.footing.dies_at = (dark.footing.dies_at or 0) + 1
        dark.footing.steps = 0
        with pytest.raises(Died):
            await dark.departing.depart(*wire.read_departure(body))
    dark.footing.dies_at = None
    dark.policy.now = faulty()

    await dark.deliver()

    assert dark.endings()[action.address.partition("@")[0]] == "block done policy_faulty"
