"""Leaving by message, over a tenant of the stand-in on the wire."""

from dataclasses import replace
from itertools import count

import pytest

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import RunId
from b2b.domain.outcome import Left, NotDone
from b2b.domain.policy import DailyBrake, Effect, Exemption, Mode
from b2b.domain.request import Address
from tests.flows_events.evening import PORTAL, SERVED, Evening, code, evening, leaving
from tests.flows_sweep.night import DAY, give_package
from tests.flows_sweep.test_second_look import _give_role

__all__ = ["evening"]


def terms(evening: Evening, **changes: object) -> None:
    lifecycle = replace(SERVED.lifecycle, **changes)  # type: ignore[arg-type]
    evening.night.policy.now = replace(SERVED, lifecycle=lifecycle)


def end_of(evening: Evening, name: str) -> str:
    return str(evening.night.ledger.guests[f"{name}@partner.example"].expires_on)


async def test_whoever_leaves_is_blocked_and_removed_after_the_grace(evening: Evening) -> None:
    dark = evening.night
    guest = dark.guest("ida", 100)
    outcome = await evening.leave("ida")

    assert outcome == Left(guest)
    assert dark.enabled() == set()
    assert dark.deleted() == set()
    assert evening.herald.story("c-1") == ["blocked"]
    dark.reported()
    dark.clock.advance(31 * DAY)
    dark.reported()
    await dark.whole()
    assert dark.deleted() == {"ida"}


@pytest.mark.parametrize("days", [100, None])
async def test_a_leave_that_is_undone_leaves_no_trace(evening: Evening, days: int | None) -> None:
    dark = evening.night
    dark.guest("ida", days or 1)
    key = "ida@partner.example"
    if days is None:
        dark.ledger.guests[key] = replace(dark.ledger.guests[key], expires_on=None)
    before = end_of(evening, "ida")
    await evening.leave("ida")
    assert end_of(evening, "ida") != before

    (run,) = {run for run, _ in dark.journal.kept_actions}
    await dark.taking_back.undo(run)
    await dark.deliver()

    assert dark.enabled() == {"ida"}
    assert end_of(evening, "ida") == before


async def test_a_leave_delivered_again_or_asked_again_changes_nothing(evening: Evening) -> None:
    evening.night.guest("ida", 100)
    await evening.leave("ida")
    writes = evening.night.writes
    await evening.leave("ida")
    outcome = await evening.leave("ida", "c-2")

    assert isinstance(outcome, Left)
    assert evening.night.writes == writes
    assert evening.herald.story("c-2") == ["blocked"]
    assert evening.herald.contradictions() == []


async def test_a_policy_that_only_reports_blocks_nobody_by_message_either(
    evening: Evening,
) -> None:
    evening.night.guest("ida", 100)
    before = end_of(evening, "ida")
    terms(evening, mode=Mode.REPORT)

    assert code(await evening.leave("ida")) == "mode_is_report"
    assert evening.night.writes == 0
    assert evening.night.journal.kept_actions == {}
    assert end_of(evening, "ida") == before
    assert evening.herald.story("c-1") == ["refused"]


async def test_a_sender_that_may_not_serve_the_partner_lets_nobody_go(evening: Evening) -> None:
    evening.night.guest("ida", 100)

    assert code(await evening.leave("ida", sender="hr")) == "sender_not_allowed"
    assert evening.night.enabled() == {"ida"}


async def test_whoever_we_promised_nothing_is_none_of_ours(evening: Evening) -> None:
    evening.night.guest("stranger", None)

    assert code(await evening.leave("stranger")) == "not_managed"
    assert evening.night.enabled() == {"stranger"}


CODES = {"role": "holds_role", "exempt": "exempt", "entitled": "entitled"}
FORBIDDEN = {
    "member": "not_a_guest",
    "role": "somebody has to take that away first (holds_role)",
    "exempt": "the policy exempts the guest (exempt)",
    "unreadable": "Graph permission",
    "entitled": "take the packages away first (entitled)",
    "back": "left alone for the settle_days of the policy (reenabled_lately)",
}


@pytest.mark.parametrize("why", FORBIDDEN)
async def test_a_leave_that_the_second_look_forbids_leaves_no_trace_and_says_why(
    evening: Evening, why: str
) -> None:
    dark = evening.night
    dark.guest("ida", 100, userType="Member" if why == "member" else "Guest")
    before = end_of(evening, "ida")
    if why == "role":
        _give_role(dark, "roleAssignments", "ida")
    if why == "exempt":
        address, end = Address("ida@partner.example"), (dark.clock() + 9 * DAY).date()
        spared = Exemption(owner="boss", reason="why", ends_on=end, address=address)
        dark.policy.now = replace(SERVED, exemptions=(spared,))
    if why == "unreadable":
        dark.fails("roleAssignments", status=403, count=None)
    if why == "entitled":
        give_package(dark, "ida")
    if why == "back":
        custody = await dark.journal.custody(GuestId(dark.user("ida").id))
        back = replace(custody, reenabled_on=dark.clock().date())
        await dark.journal.keep_custody(back)
    outcome = await evening.leave("ida")

    assert dark.user("ida").accountEnabled is not False
    assert end_of(evening, "ida") == before
    assert evening.herald.story("c-1") == ["refused"]
    assert isinstance(outcome, NotDone)
    assert FORBIDDEN[why] in outcome.reason.sentence
    if why in CODES:
        assert outcome.reason.code == CODES[why]


async def test_nobody_leaves_by_a_message_while_the_policy_says_approve(evening: Evening) -> None:
    evening.night.guest("ida", 100)
    terms(evening, mode=Mode.APPROVE)

    assert code(await evening.leave("ida")) == "mode_is_approve"
    assert evening.night.enabled() == {"ida"}


async def test_a_sender_gone_wild_is_stopped_by_the_brake(evening: Evening) -> None:
    for number in range(5):
        evening.night.guest(f"g{number}", 100)
    brakes = {**SERVED.brakes, Effect.LEAVE: DailyBrake(3)}
    evening.night.policy.now = replace(SERVED, brakes=brakes)
    outcomes = [await evening.leave(f"g{n}", f"c-{n}") for n in range(5)]

    assert [isinstance(one, Left) for one in outcomes] == [True, True, True, False, False]
    assert code(outcomes[-1]) == "too_many_leaves"
    assert evening.night.enabled() == {"g3", "g4"}


async def test_the_brake_counts_by_our_clock_whatever_day_a_message_names(evening: Evening) -> None:
    dark = evening.night
    for number in range(4):
        dark.guest(f"g{number}", 100)
    brakes = {**SERVED.brakes, Effect.LEAVE: DailyBrake(1)}
    dark.policy.now = replace(SERVED, brakes=brakes)
    today = dark.clock().date()
    for number in range(3):
        command = leaving(f"g{number}", f"c-{number}", PORTAL)
        await evening.asking.let_go(command, today - number * DAY)
    assert dark.enabled() == {"g1", "g2", "g3"}

    dark.clock.advance(DAY)
    assert isinstance(await evening.leave("g3", "c-3"), Left)


async def test_of_the_leave_brake_both_limits_count_and_those_of_the_partner(
    evening: Evening,
) -> None:
    dark = evening.night
    for number in range(8):
        dark.guest(f"g{number}", 100)
    brakes = {**SERVED.brakes, Effect.LEAVE: DailyBrake(1, 50)}
    own = {Effect.LEAVE: DailyBrake(1, 25)}
    partners = tuple(replace(partner, brakes=own) for partner in SERVED.partners)
    dark.policy.now = replace(SERVED, brakes=brakes)
    await evening.leave("g0", "c-0")
    await evening.leave("g1", "c-1")
    assert len(dark.enabled()) == 6  # above 1 guest, within 50 % of 8

    dark.policy.now = replace(SERVED, brakes=brakes, partners=partners)
    outcome = await evening.leave("g2", "c-2")
    assert code(outcome) == "too_many_leaves"  # 25 % of 8 are 2


async def test_what_the_sweep_does_is_told_with_the_id_of_whoever_asked_last(
    evening: Evening,
) -> None:
    dark = evening.night
    for name, end in (("over", -5), ("soon", 10), ("calm", 100)):
        dark.guest(name, end)
    dark.blocked_by_us("away", 40)
    records = dark.ledger.guests
    records.update({key: replace(one, correlation=key) for key, one in records.items()})
    dark.reported()
    await dark.whole()

    told = {name: evening.herald.story(f"{name}@partner.example") for name in ("over", "soon")}
    assert told == {"over": ["blocked"], "soon": ["reminded"]}
    assert evening.herald.story("away@partner.example") == ["removed"]
    assert evening.herald.story("calm@partner.example") == []


async def test_the_leaves_of_a_day_are_undone_as_one_run(evening: Evening) -> None:
    for name in ("ida", "joe"):
        evening.night.guest(name, 100)
        await evening.leave(name, name)
    await evening.night.taking_back.undo(RunId(f"leaves-{evening.night.clock().date()}"))
    await evening.night.deliver()

    assert evening.night.enabled() == {"ida", "joe"}
    assert evening.herald.story("ida") == ["blocked", "restored"]


async def test_a_leave_survives_the_death_of_the_process_at_any_step(evening: Evening) -> None:
    dark = evening.night
    for step in count(1):
        name = f"g{step}"
        guest = dark.guest(name, 100)
        dark.footing.steps, dark.footing.dies_at = 0, step
        outcome = await evening.leave(name, name)
        if dark.footing.steps < step:
            break

        assert outcome == Left(guest), f"died at step {step}"
        assert dark.user(name).accountEnabled is False
        assert evening.herald.story(name) == ["blocked"], f"died at step {step}"

    assert evening.herald.contradictions() == []
    assert step > 30
