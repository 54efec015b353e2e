"""What a night proposes waits for an operator's approval; what is approved is done, once."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from b2b import wire
from b2b.domain.errors import Refused
from b2b.domain.lifecycle import Run, RunId
from b2b.domain.policy import Brake, Mode
from b2b.flows.approving import Approved
from tests.fakes.footing import Died
from tests.fakes.interrupted import Interrupted
from tests.flows_sweep.night import DAY, Night

ANN, BEN = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
EVERYBODY = {"over", "lazy", "away"}  # two to be blocked, one to be removed


async def propose(dark: Night, **terms: object) -> Run:
    dark.terms(**({"mode": Mode.APPROVE} | terms))
    await dark.sweep()
    await dark.deliver()
    return await dark.sweep()


async def approve(dark: Night, run: RunId, *names: str, by: str = ANN) -> Approved:
    """Without names, everything that waits."""
    waiting = await dark.approving.waiting(run, by)
    wanted = names or [one.action.address.partition("@")[0] for one in waiting]
    chosen = [one.action.id for one in waiting if one.action.address.partition("@")[0] in wanted]
    return await dark.approving.approve(run, chosen, by)


def gone(dark: Night) -> set[str]:
    """Who is blocked or removed of those who were there before."""
    there = {"calm", "over", "lazy", "fresh", "quiet", "known"}
    return (there - dark.enabled()) | dark.deleted()


def outcome(dark: Night, run: RunId) -> dict[str, object]:
    return json.loads(dark.files.text("reports", f"sweeps/{run}/outcome.json"))  # type: ignore[no-any-return]


async def next_night(dark: Night, after: timedelta = DAY) -> Run:
    dark.clock.advance(after)
    await dark.sweep()
    await dark.deliver()
    return await dark.sweep()


async def refusal(dark: Night, run: RunId, by: str = ANN) -> str:
    writes, messages = dark.writes, len(dark.dispatch.bodies)
    with pytest.raises(Refused) as caught:
        await approve(dark, run, by=by)
    assert (dark.writes, len(dark.dispatch.bodies)) == (writes, messages)
    assert not [one for one in dark.journal.kept_approvals.values() if not one.withdrawn]
    return caught.value.reason.code


async def test_without_an_approval_nobody_is_blocked_or_removed(dark: Night) -> None:
    run = await propose(dark)

    assert dark.writes == 0
    assert gone(dark) == set()
    assert outcome(dark, run.id)["state"] == "done"
    plan = dark.files.text("reports", f"sweeps/{run.id}/plan.csv")
    assert plan.count('"waits"') == 3
    assert "block_needs_approval" in dark.findings(run)
    await next_night(dark)
    assert gone(dark) == set()


async def test_reminders_are_sent_as_in_enforce(dark: Night) -> None:
    dark.guest("soon", 10)

    await propose(dark)

    assert dark.endings() == {"soon": "remind done"}


async def test_exactly_what_is_approved_is_done(dark: Night) -> None:
    run = await propose(dark)

    before = dark.clock()
    assert await approve(dark, run.id, "over", "away") == Approved(2, 0)
    await dark.deliver()
    await dark.sweep()

    assert gone(dark) == {"over", "away"}
    (approval,) = dark.journal.kept_approvals.values()
    assert (approval.by, approval.run) == (ANN, run.id)
    assert before <= approval.at <= dark.clock()
    assert outcome(dark, run.id)["done"] == {"done": 2}
    assert approval.id in dark.files.text("reports", f"sweeps/{run.id}/outcome.csv")
    await next_night(dark)
    assert gone(dark) == {"over", "away"}


async def test_each_is_read_again_right_before_the_write(dark: Night) -> None:
    run = await propose(dark)
    await approve(dark, run.id)
    dark.promise("over", dark.ledger.guests["over@partner.example"].guest, 30, dark.ago(0))  # type: ignore[arg-type]

    await dark.deliver()

    assert gone(dark) == {"lazy", "away"}


async def test_a_cap_spreads_an_approval_over_the_nights(dark: Night) -> None:
    run = await propose(dark, block_cap=1)

    assert await approve(dark, run.id) == Approved(2, 1)
    await dark.deliver()
    assert gone(dark) == {"over", "away"} or gone(dark) == {"lazy", "away"}
    await next_night(dark)

    assert gone(dark) == EVERYBODY


async def test_an_approval_lapses_after_three_nights_and_says_so(dark: Night) -> None:
    for number in range(4):
        dark.guest(f"late{number}", -5)
    run = await propose(dark, block_cap=1)
    dark.clock.advance(timedelta(hours=3))
    await approve(dark, run.id)
    await dark.deliver()

    later = (timedelta(hours=21), DAY, DAY, DAY)
    nights = [await next_night(dark, after) for after in later]

    done = [one for one in dark.endings().values() if one == "block done"]
    assert len(done) == 4, "one at once, and one in each of three nights"
    assert "approval_lapsed" not in dark.findings(nights[2])
    assert '"approval_lapsed","2 guests of run' in dark.findings(nights[3])
    assert ANN in dark.findings(nights[3])
    assert "approval_lapsed" not in dark.findings(await next_night(dark)), "told once"


async def test_what_was_queued_too_late_lapses_as_well(dark: Night) -> None:
    run = await propose(dark)
    await approve(dark, run.id)
    dark.clock.advance(timedelta(days=3))

    await dark.deliver()

    assert gone(dark) == set()
    assert set(dark.endings().values()) == {
        "block skipped approval_lapsed",
        "remove skipped approval_lapsed",
    }


async def test_what_waits_in_the_queue_stops_when_the_policy_says_approve(dark: Night) -> None:
    await dark.sweep()
    dark.terms(mode=Mode.APPROVE)

    await dark.deliver()

    assert gone(dark) == set()
    assert set(dark.endings().values()) == {
        "block skipped not_approved",
        "remove skipped not_approved",
    }


# A brake


async def test_a_brake_that_tripped_is_approved_and_the_backlog_trips_it_no_more(
    dark: Night,
) -> None:
    for number in range(4):
        dark.guest(f"late{number}", -5)
    dark.terms(block_brake=Brake(2, 100), block_cap=3)
    run = await dark.sweep()
    await dark.deliver()
    assert "block_brake" in dark.findings(run)
    assert gone(dark) == {"away"}

    assert await approve(dark, run.id) == Approved(3, 3)
    await dark.deliver()
    following = await next_night(dark)

    assert "block_brake" not in dark.findings(following)
    assert not {"over", "lazy", "late0", "late1", "late2", "late3"} & dark.enabled()


async def test_what_waits_for_the_cap_is_counted_by_the_brake_once(dark: Night) -> None:
    dark.terms(block_brake=Brake(3, 100), block_cap=1)
    await dark.whole()
    for number in range(2):
        dark.guest(f"late{number}", -5)

    following = await next_night(dark)
    many = [dark.guest(f"more{number}", -5) for number in range(4)]
    braked = await next_night(dark)

    assert "block_brake" not in dark.findings(following)
    assert '"block_brake","4 of ' in dark.findings(braked)
    assert not {"more0", "more1", "more2", "more3"} - dark.enabled(), many
    assert "late0" not in dark.enabled() or "late1" not in dark.enabled()


# Two operators, a running night, deaths, an undo


async def test_two_operators_at_once_do_it_once(dark: Night) -> None:
    run = await propose(dark)
    waiting = [one.action.id for one in await dark.approving.waiting(run.id, ANN)]

    told = await asyncio.gather(
        *(dark.approving.approve(run.id, waiting, by) for by in (ANN, BEN, ANN))
    )
    await dark.deliver()
    await dark.sweep()

    assert gone(dark) == EVERYBODY
    assert sum(one.queued for one in told) >= 3
    assert sorted(dark.endings().values()) == ["block done", "block done", "remove done"]


async def test_an_approval_amid_the_night_is_done_with_it(dark: Night) -> None:
    dark.guest("soon", 10)
    dark.terms(mode=Mode.APPROVE)
    run = await dark.sweep()

    await approve(dark, run.id)
    await dark.sweep()
    await dark.deliver()
    await dark.sweep()

    assert gone(dark) == EVERYBODY
    assert outcome(dark, run.id) | {"done": {"done": 4}} == outcome(dark, run.id)
    assert outcome(dark, run.id)["state"] == "done"


async def test_the_night_does_not_end_a_run_over_the_head_of_an_approval(dark: Night) -> None:
    dark.guest("soon", 10)
    dark.terms(mode=Mode.APPROVE)
    acting = await dark.sweep()
    await dark.deliver()
    await approve(dark, acting.id)

    kept = await dark.sweeping.look_after(acting)  # a turn that began before the approval
    await dark.deliver()
    ended = await dark.sweep()

    assert kept.state != "done"
    assert ended.state == "done"
    assert outcome(dark, acting.id)["done"] == {"done": 4}


@pytest.mark.parametrize("step", range(1, 70))
async def test_who_dies_approving_is_completed_by_the_next_night_or_approval(
    dark: Night, step: int
) -> None:
    run = await propose(dark)
    waiting = [one.action.id for one in await dark.approving.waiting(run.id, ANN)]
    dark.footing.steps, dark.footing.dies_at = 0, step
    with suppress(Died):
        await dark.approving.approve(run.id, waiting, ANN)
    dark.footing.dies_at = None
    recorded = bool(dark.journal.kept_approvals)

    if step % 2:
        await next_night(dark)
    else:
        await dark.approving.approve(run.id, [], BEN)
        await dark.deliver()

    assert gone(dark) == (EVERYBODY if recorded else set())


async def test_an_undo_takes_back_what_was_approved_and_stops_the_rest(dark: Night) -> None:
    before = dark.enabled()
    run = await propose(dark, block_cap=1, settle_days=1)
    await approve(dark, run.id)
    await dark.deliver()

    await dark.taking_back.undo(run.id)
    await dark.deliver()
    await next_night(dark)

    assert dark.enabled() == before
    assert dark.deleted() == set()
    assert await refusal(dark, run.id) in ("run_undone", "not_current")


@pytest.mark.parametrize("step", range(1, 40))
async def test_an_undo_amid_an_approval_leaves_nobody_blocked(dark: Night, step: int) -> None:
    """The approval stands still before each of its steps while somebody undoes the run."""
    before = dark.enabled()
    run = await propose(dark)
    waiting = [one.action.id for one in await dark.approving.waiting(run.id, ANN)]
    dark.footing.steps, dark.footing.dies_at = 0, step
    try:
        await dark.approving.approve(run.id, waiting, ANN)
    except Died:
        dark.footing.dies_at = None
        await dark.taking_back.undo(run.id)
        with pytest.raises(Refused):
            await dark.approving.approve(run.id, waiting, ANN)
    else:
        pytest.skip("the approval has no such step")

    await dark.deliver()

    assert dark.enabled() == before
    assert dark.deleted() == set()


async def test_an_approval_that_is_recorded_after_the_undo_began_is_withdrawn(dark: Night) -> None:
    run = await propose(dark)
    waiting = await dark.approving.waiting(run.id, ANN)

    undo = partial(dark.taking_back.undo, run.id)
    journal = Interrupted(dark.journal, "keep_approval", undo)
    approving = replace(dark.approving, journal=journal)
    with pytest.raises(Refused, match="run_undone"):
        await approving.approve(run.id, [one.action.id for one in waiting], ANN)
    await dark.deliver()
    await next_night(dark)

    assert gone(dark) == set()


# Who may not, and what cannot be approved


@pytest.mark.parametrize(
    ("writer", "version", "by", "code"),
    [
        (ANN, "", ANN, "same_person"),
        (ANN.upper(), "", ANN, "same_person"),
        ("", "", ANN, "policy_writer_unknown"),
        (BEN, "v0", ANN, "policy_changes"),
    ],
)
async def test_who_wrote_the_policy_may_not_approve(
    dark: Night, writer: str, version: str, by: str, code: str
) -> None:
    run = await propose(dark, second_person=True)
    dark.policy_file.by, dark.policy_file.version = writer, version

    assert await refusal(dark, run.id, by) == code


async def test_another_person_may(dark: Night) -> None:
    run = await propose(dark, second_person=True)
    dark.policy_file.by = BEN

    await approve(dark, run.id, by=ANN)
    await dark.deliver()

    assert gone(dark) == EVERYBODY


async def test_a_run_with_a_newer_plan_is_not_approved(dark: Night) -> None:
    run = await propose(dark)
    following = await next_night(dark)

    assert await refusal(dark, run.id) == "not_current"
    await approve(dark, following.id)
    await dark.deliver()
    assert gone(dark) == EVERYBODY


async def test_unknown_runs_reports_and_stops_are_not_approved(dark: Night) -> None:
    run = await propose(dark)
    dark.journal.kept_runs[RunId("stopped")] = replace(run, id=RunId("stopped"), state="stopped")  # type: ignore[arg-type]
    dark.journal.kept_runs[RunId("read")] = replace(run, id=RunId("read"), state="reading")  # type: ignore[arg-type]

    assert await refusal(dark, RunId("2020-01-01")) == "unknown_run"
    for name in ("stopped", "read", "report-1"):
        assert await refusal(dark, RunId(name)) == "nothing_proposed"
    dark.terms(mode=Mode.REPORT)
    assert await refusal(dark, run.id) == "mode_is_report"


# A run of the day, begun again


async def test_a_stopped_run_is_begun_again_once_its_cause_is_mended(dark: Night) -> None:
    dark.terms(most_change_percent=1)
    dark.journal.kept_runs[RunId("report-1")] = replace(
        dark.journal.kept_runs[RunId("report-1")], guests=100
    )
    stopped = await dark.sweep()
    assert stopped.state == "stopped"
    assert outcome(dark, stopped.id)["state"] == "stopped"
    assert (await dark.sweep()).id == stopped.id
    dark.terms()

    first, second = await asyncio.gather(dark.sweeping.begin_again(), dark.sweeping.begin_again())
    run = await dark.whole()

    assert first.id == second.id == run.id == f"{stopped.id}.2"
    assert gone(dark) == EVERYBODY
    assert dark.files.text("reports", f"sweeps/{stopped.id}/findings.csv")


async def test_a_report_is_begun_again_and_then_acts(dark: Night) -> None:
    dark.terms(mode=Mode.REPORT)
    report = await dark.sweep()
    dark.terms(mode=Mode.APPROVE)

    assert (await dark.sweeping.begin_again()).state == "reading"
    run = await dark.sweep()

    assert run.id == f"{report.id}.2"
    assert await refusal(dark, report.id) == "nothing_proposed"
    await approve(dark, run.id)
    await dark.deliver()
    assert gone(dark) == EVERYBODY


@pytest.mark.parametrize("finished", [False, True])
async def test_a_run_that_acts_or_acted_is_not_begun_again(dark: Night, finished: bool) -> None:
    run = await dark.sweep()
    if finished:
        await dark.deliver()
        await dark.sweep()
    runs = len(dark.journal.kept_runs)

    with pytest.raises(Refused, match="run_acted"):
        await dark.sweeping.begin_again()

    assert len(dark.journal.kept_runs) == runs
    assert (await dark.sweep()).id == run.id


async def test_the_outcome_of_a_finished_report_says_that_it_is_done(dark: Night) -> None:
    dark.terms(mode=Mode.REPORT)

    run = await dark.sweep()

    assert outcome(dark, run.id)["state"] == "done"


async def test_an_action_queued_twice_by_approvals_is_done_once(dark: Night) -> None:
    run = await propose(dark)
    await approve(dark, run.id)
    body = dark.dispatch.bodies[0]

    await dark.deliver()
    writes = dark.writes
    await dark.departing.depart(*wire.read_departure(body))

    assert dark.writes == writes
