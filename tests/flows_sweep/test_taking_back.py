"""Undo, restore, renew and adopt; a newer request brings back whom we sent away."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from b2b.domain.errors import Refused
from b2b.domain.guest import DeletedGuest, Guest, Redemption
from b2b.domain.lifecycle import Ending
from b2b.domain.policy import Mode
from b2b.domain.request import Address
from b2b.flows.vigil import Vigil
from tests.flows_sweep.night import BOSS, DAY, Night


def _address(name: str) -> Address:
    return Address(f"{name}@partner.example")


async def test_undo_brings_back_exactly_what_the_run_changed_and_tells_who_changed_since(
    dark: Night,
) -> None:
    run = await dark.whole()
    dark.graph.world.store.change(dark.user("lazy"), {"displayName": "Lazy Bones"})

    await dark.taking_back.undo(run.id)
    await dark.deliver()

    assert dark.deleted() == set()
    assert dark.user("over").accountEnabled
    assert not dark.user("lazy").accountEnabled
    assert not dark.user("away").accountEnabled, "as it was before the run"
    assert dark.endings()["lazy"] == "enable skipped changed_since"


async def test_undo_leaves_whom_somebody_enabled_restored_or_deleted(dark: Night) -> None:
    run = await dark.whole()
    store = dark.graph.world.store
    store.change(dark.user("over"), {"accountEnabled": True})
    store.discard(dark.user("lazy"), dark.ago(0))
    store.bring_back(next(one for one in store.bin.values() if one.displayName == "away"))
    writes = dark.writes

    await dark.taking_back.undo(run.id)
    await dark.deliver()

    assert dark.writes == writes
    assert dark.endings() == {
        "over": "enable skipped enabled_already",
        "lazy": "enable skipped guest_deleted",
        "away": "restore skipped back_already",
    }


async def test_undo_stops_what_was_not_done_yet(dark: Night) -> None:
    run = await dark.sweep()

    await dark.taking_back.undo(run.id)
    await dark.deliver()

    assert dark.writes == 0
    assert set(dark.endings().values()) == {
        "block skipped run_undone",
        "remove skipped run_undone",
    }


async def test_undo_twice_is_undo_once(dark: Night) -> None:
    run = await dark.whole()
    await dark.taking_back.undo(run.id)
    await dark.deliver()
    writes = dark.writes

    await dark.taking_back.undo(run.id)
    await dark.deliver()

    assert dark.writes == writes


async def test_the_next_nights_leave_alone_who_was_brought_back(dark: Night) -> None:
    run = await dark.whole()
    await dark.taking_back.undo(run.id)
    await dark.deliver()

    dark.clock.advance(29 * DAY)
    dark.reported()
    await dark.whole()

    assert {"over", "lazy"} <= dark.enabled()
    assert dark.deleted() == set()


@pytest.mark.parametrize("name", ["over", "away"])
async def test_restore_brings_one_back_and_enables(dark: Night, name: str) -> None:
    await dark.whole()

    await dark.taking_back.restore(_address(name))
    await dark.deliver()

    assert name in dark.enabled()
    assert dark.endings()[name] == "reinstate done"


async def test_a_restore_whose_sign_in_name_was_taken_says_what_to_do(dark: Night) -> None:
    """And goes on once that is done: what we remember of the removal is kept."""
    await dark.whole()
    taken = "Another object with the same value for property userPrincipalName already exists."
    dark.fails("/restore", method="POST", status=400, code="Request_BadRequest", message=taken)
    await dark.taking_back.restore(_address("away"))
    await dark.deliver()
    refused = dark.endings()["away"]

    dark.clock.advance(timedelta(minutes=1))
    await dark.taking_back.restore(_address("away"))
    await dark.deliver()

    assert refused.endswith(" sign_in_name_taken")
    assert "away" in dark.enabled()


async def test_restore_refuses_whom_we_did_not_send_away(dark: Night) -> None:
    dark.guest("shut-out", -400, accountEnabled=False)

    with pytest.raises(Refused, match="not_blocked_by_us"):
        await dark.taking_back.restore(_address("shut-out"))


@pytest.mark.parametrize("name", ["over", "away"])
async def test_renew_extends_and_brings_back(dark: Night, name: str) -> None:
    await dark.whole()
    until = (dark.clock() + 90 * DAY).date()

    await dark.taking_back.renew(_address(name), until)
    await dark.deliver()

    assert dark.ledger.guests[_address(name)].expires_on == until
    assert name in dark.enabled()


async def test_renew_that_died_midway_can_be_asked_for_again(dark: Night) -> None:
    await dark.whole()
    until = (dark.clock() + 90 * DAY).date()
    over = dark.ledger.guests[_address("over")]
    dark.ledger.guests[over.address] = replace(over, expires_on=until)

    await dark.taking_back.renew(over.address, until)
    await dark.deliver()

    assert "over" in dark.enabled()


async def test_renew_never_shortens_and_keeps_to_the_policy(dark: Night) -> None:
    today = dark.clock().date()

    for until, code in (
        (today - DAY, "not_later"),
        (today + 200 * DAY, "not_later"),
        (today + 366 * DAY, "stay_too_long"),
    ):
        with pytest.raises(Refused, match=code):
            await dark.taking_back.renew(_address("calm"), until)


@pytest.mark.parametrize("name", ["over", "away"])
async def test_a_newer_request_with_a_later_end_brings_back_at_once(dark: Night, name: str) -> None:
    await dark.whole()
    record = dark.ledger.guests[_address(name)]
    assert record.guest is not None
    known = DeletedGuest(record.guest)
    if name == "over":
        known_guest = Guest(record.guest, Redemption.ACCEPTED, False)
        back = await dark.taking_back.bring_back(known_guest, record, _in(dark, 90))
    else:
        back = await dark.taking_back.bring_back(known, record, _in(dark, 90))

    assert back
    assert name in dark.enabled()
    assert dark.endings()[name] == "reinstate done"


async def test_a_request_without_a_later_end_brings_nobody_back(dark: Night) -> None:
    await dark.whole()
    record = dark.ledger.guests[_address("lazy")]
    assert record.guest is not None
    known = Guest(record.guest, Redemption.ACCEPTED, False)

    assert not await dark.taking_back.bring_back(known, record, record.expires_on)
    assert "lazy" not in dark.enabled()


async def test_a_request_brings_nobody_back_whom_others_blocked(dark: Night) -> None:
    dark.guest("shut-out", -5, accountEnabled=False)
    record = dark.ledger.guests[_address("shut-out")]
    assert record.guest is not None
    known = Guest(record.guest, Redemption.ACCEPTED, False)

    assert not await dark.taking_back.bring_back(known, record, _in(dark, 90))
    assert dark.writes == 0


@pytest.mark.parametrize(("hours", "overdue"), [(35, False), (37, True)])
async def test_a_sweep_that_did_not_happen_is_noticed(
    dark: Night, hours: int, overdue: bool
) -> None:
    await dark.sweep()
    await dark.deliver()
    await dark.sweep()
    vigil = Vigil(journal=dark.journal, clock=dark.clock, overdue_after=timedelta(hours=36))

    dark.clock.advance(timedelta(hours=hours))

    assert await vigil.look() is overdue
    assert not await vigil.look(), "once an hour"


async def test_a_sweep_that_never_ran_is_missed_as_well(dark: Night) -> None:
    dark.journal.kept_runs.clear()
    vigil = Vigil(journal=dark.journal, clock=dark.clock, overdue_after=timedelta(hours=36))

    assert not await vigil.look()
    dark.clock.advance(timedelta(hours=37))
    assert await vigil.look()


async def test_actions_that_nobody_did_are_closed_after_a_day(dark: Night) -> None:
    run = await dark.sweep()
    dark.dispatch.bodies.clear()
    dark.terms(mode=Mode.REPORT)

    dark.clock.advance(DAY + timedelta(hours=1))
    await dark.sweep()

    actions = await dark.journal.actions(run.id)
    assert {one.outcome and one.outcome.ending for one in actions} == {Ending.FAILED}


async def test_reminders_are_given_once_each(dark: Night) -> None:
    dark.guest("ending", 14)
    await dark.whole()
    first = dark.endings()["ending"]
    for _ in range(3):
        dark.clock.advance(DAY)
        await dark.whole()

    reminders = [one for one in dark.journal.kept_actions.values() if one.kind == "remind"]
    assert first == "remind done"
    assert len(reminders) == 1


async def test_a_missing_sponsor_is_replaced_by_the_partners(dark: Night) -> None:
    guest = dark.guest("orphan")
    key = _address("orphan")
    dark.ledger.guests[key] = replace(dark.ledger.guests[key], sponsor="left@home.example")

    run = await dark.whole()

    assert dark.ledger.guests[key].sponsor == BOSS
    assert guest in dark.findings(run)


async def test_without_any_sponsor_the_guest_is_blocked_after_the_limit(dark: Night) -> None:
    dark.guest("orphan")
    dark.graph.world.store.change(
        next(one for one in dark.graph.world.store.users.values() if one.mail == BOSS),
        {"accountEnabled": False},
    )
    await dark.whole()
    assert "orphan" in dark.enabled()

    dark.clock.advance(30 * DAY)
    await dark.whole()
    assert "orphan" in dark.enabled(), "an enforcing run needs a report of the last 7 days"
    dark.clock.advance(DAY)
    await dark.whole()

    assert "orphan" not in dark.enabled()


def _in(dark: Night, days: int) -> date:
    return (dark.clock() + days * DAY).date()
