"""Each gate provoked on the wire: the run ends with a finding, and the directory is as before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from b2b.domain.lifecycle import Kind, Run, State
from b2b.domain.policy import Exemption, Mode
from b2b.domain.request import GroupId
from tests.fakes.interrupted import Interrupted
from tests.flows_sweep.night import POLICY, WIDE, Night, faulty, night

GROUP = GroupId("00000000-0000-4000-8000-0000000000d9")
GUEST_PAGE = r"^/users\?.*userType eq 'Guest'"


def _exempt_group(dark: Night) -> None:
    ends = dark.clock().date()
    one = Exemption(owner="o", reason="r", ends_on=ends, group=GROUP)
    dark.policy.now = replace(POLICY, lifecycle=WIDE, exemptions=(one,))


GATES: dict[str, tuple[str, Callable[[Night], None]]] = {
    "a page is lost for good": (
        "guests_unreadable",
        lambda dark: dark.fails(GUEST_PAGE, drop=True, skip=1, count=None),
    ),
    "500 on page 3": (
        "guests_unreadable",
        lambda dark: dark.fails(GUEST_PAGE, status=500, skip=2, count=None),
    ),
    "a page token has expired": (
        "guests_unreadable",
        lambda dark: dark.fails(GUEST_PAGE, status=400, skip=1, count=None),
    ),
    "a page is silently the last": (
        "count_differs",
        lambda dark: dark.fails(GUEST_PAGE, status=200, body='{"value": []}', skip=1),
    ),
    "an answer is no list": (
        "guests_unreadable",
        lambda dark: dark.fails(GUEST_PAGE, status=200, body="{}", count=None),
    ),
    "the count is wrong": (
        "count_differs",
        lambda dark: dark.fails(r"/users/\$count", status=200, body="2196", count=None),
    ),
    "the count cannot be read": (
        "count_unreadable",
        lambda dark: dark.fails(r"/users/\$count", status=403, count=None),
    ),
    "a page of access packages fails": (
        "access_packages_unreadable",
        lambda dark: dark.fails("/assignments", status=500, skip=1, count=None),
    ),
    "access packages are forbidden": (
        "access_packages_unreadable",
        lambda dark: dark.fails("/assignments", status=403, count=None),
    ),
    "an assignment lacks its target": (
        "access_packages_unreadable",
        lambda dark: dark.fails(
            "/assignments", status=200, body='{"value": [{"id": "x", "state": "delivered"}]}'
        ),
    ),
    "the exemption group is gone": ("exemption_unreadable", _exempt_group),
    "roles cannot be read": (
        "roles_unreadable",
        lambda dark: dark.fails("roleAssignments", status=403, count=None),
    ),
    "eligible roles cannot be read": (
        "roles_unreadable",
        lambda dark: dark.fails("roleEligibility", status=403, count=None),
    ),
    "the policy is faulty": ("policy_faulty", lambda dark: setattr(dark.policy, "now", faulty())),
}


@pytest.mark.parametrize("gate", GATES)
async def test_a_gate_ends_the_run_with_a_finding_and_no_action(dark: Night, gate: str) -> None:
    code, provoke = GATES[gate]
    provoke(dark)

    run = await dark.whole()

    assert run.state is State.STOPPED
    assert code in dark.findings(run)
    assert "Nothing was done" in dark.findings(run)
    assert dark.writes == 0
    assert not dark.journal.kept_actions


async def test_without_the_gates_the_same_night_acts(dark: Night) -> None:
    run = await dark.whole()

    assert dark.enabled() == {"calm", "fresh", "quiet", "known"}
    assert dark.deleted() == {"away"}
    assert (await dark.sweep()).state is State.DONE
    assert run.mode == "enforce"


async def test_a_tenant_without_eligible_roles_is_swept_all_the_same() -> None:
    async with night(licences=["P1"]) as dark:
        dark.guest("over", -5)
        dark.guest("calm")
        dark.reported()

        await dark.whole()

        assert dark.enabled() == {"calm"}


async def test_guests_lost_since_the_last_run_stop_the_night(dark: Night) -> None:
    dark.terms(most_change_percent=10)
    (report,) = dark.journal.kept_runs.values()
    dark.journal.kept_runs[report.id] = replace(report, guests=(report.guests or 0) + 2)

    run = await dark.whole()

    assert "guests_changed" in dark.findings(run)
    assert dark.writes == 0


async def test_guests_whom_we_invited_since_the_last_run_are_no_surprise(dark: Night) -> None:
    dark.terms(most_change_percent=10)
    for number in range(20):
        dark.guest(f"new-{number}", born=0, seen=None)

    run = await dark.whole()

    assert run.state is not State.STOPPED


async def test_a_guest_whom_the_directory_protects_takes_nobodys_place_for_ever(
    dark: Night,
) -> None:
    dark.terms(block_cap=1)
    older = dark.guest("protected", -50)
    dark.fails(f"^/users/{older}", method="PATCH", status=403, count=None)
    for _ in range(4):
        await dark.whole()
        dark.clock.advance(timedelta(days=1))

    assert "protected" in dark.enabled()
    assert {"over", "lazy"}.isdisjoint(dark.enabled())


async def test_of_two_turns_at_once_one_makes_the_plan(dark: Night) -> None:
    """Else the second would add its own choice, and the night would pass its caps."""
    dark.terms(block_cap=1)
    turns: list[Run] = []

    async def the_other_turn() -> None:
        if not turns:
            turns.append(await dark.sweeping.go_on())
            await dark.deliver()

    roll = Interrupted(dark.sweeping.roll, "count", the_other_turn)
    late = await replace(dark.sweeping, roll=roll).go_on()
    await dark.deliver()

    blocks = [one for one in dark.journal.kept_actions.values() if one.kind is Kind.BLOCK]
    assert (late.id, len(blocks)) == (turns[0].id, 1)
    assert len(dark.enabled() & {"over", "lazy"}) == 1


async def test_a_page_that_fails_once_is_asked_for_again(dark: Night) -> None:
    dark.fails(GUEST_PAGE, drop=True, skip=1, count=2)

    await dark.whole()

    assert dark.enabled() == {"calm", "fresh", "quiet", "known"}
    assert len(dark.pauses) == 2


async def test_a_long_pause_ends_the_turn_and_the_next_goes_on_from_the_last_page(
    dark: Night,
) -> None:
    dark.fails(GUEST_PAGE, status=429, skip=2, headers={"Retry-After": "600"}, count=1)

    first = await dark.sweep()
    dark.graph.world.counters.reset()
    dark.clock.advance(timedelta(minutes=11))
    second = await dark.sweep()

    assert first.state is State.READING
    assert second.state is State.ACTING
    asked = dark.graph.world.counters.shown()["byOperation"]["GET /users"]
    assert asked == 1 + 1 + 1  # the last page of guests, one of sign-ins, one of sponsors


@pytest.mark.parametrize(("days", "mode"), [(7, "enforce"), (8, "report")])
async def test_nobody_is_touched_without_a_report_of_the_last_week(days: int, mode: str) -> None:
    async with night() as dark:
        dark.guest("over", -5)
        dark.reported(days)

        run = await dark.whole()

        assert run.mode == mode
        assert ("over" in dark.enabled()) == (mode == "report")


async def test_report_mode_writes_nothing_to_the_directory(dark: Night) -> None:
    dark.terms(mode=Mode.REPORT)

    run = await dark.whole()

    assert (run.state, run.blocks, run.removals) == (State.DONE, 2, 1)
    assert dark.writes == 0
    assert not dark.journal.kept_actions
