"""What was read before somebody acted, or of one address among several, misleads nobody."""

from dataclasses import replace
from datetime import timedelta

import pytest

from b2b.domain.lifecycle import Rule, State
from b2b.domain.request import Address
from tests.flows_sweep.night import DAY, Night
from tests.flows_sweep.test_unknown import SEEN_PAGE


async def _act_while_the_next_night_reads(dark: Night) -> tuple[str, str]:
    """Yesterday's actions come through when the pages of today are read and not yet judged."""
    dark.clock.reach(dark.clock().replace(hour=23, minute=0, second=0))
    acting = await dark.sweep()
    dark.clock.advance(timedelta(hours=2))
    dark.fails(SEEN_PAGE, status=429, headers={"Retry-After": "600"}, count=1)
    reading = await dark.sweep()
    assert reading.state is State.READING
    await dark.deliver()
    dark.clock.advance(timedelta(minutes=11))
    await dark.whole()
    return acting.id, reading.id


async def test_whom_we_blocked_or_removed_after_the_page_was_read_stays_ours(dark: Night) -> None:
    acting, _ = await _act_while_the_next_night_reads(dark)
    assert dark.deleted() == {"away"}

    await dark.taking_back.undo(acting)  # type: ignore[arg-type]
    await dark.deliver()

    assert {"over", "lazy"} <= dark.enabled()
    assert dark.deleted() == set()


async def test_the_night_after_notes_what_others_did_all_the_same(dark: Night) -> None:
    await _act_while_the_next_night_reads(dark)
    dark.graph.world.store.change(dark.user("over"), {"accountEnabled": True})
    dark.clock.advance(DAY)
    await dark.whole()

    custody = await dark.journal.custody(dark.user("over").id)
    assert custody.block is None
    assert custody.reenabled_on == dark.clock().date()


@pytest.mark.parametrize("end", [100, None])
@pytest.mark.parametrize("first", [True, False])
async def test_who_was_asked_for_by_two_addresses_stays_until_the_later_end(
    dark: Night, end: int | None, first: bool
) -> None:
    """A partner changes its domain; the newer file names the guest by the newer address."""
    guests = dark.ledger.guests
    over = guests.pop("over@partner.example")
    until = (dark.clock() + end * DAY).date() if end else None
    newer = replace(over, address=Address("over@new.partner.example"), expires_on=until)
    for record in (newer, over) if first else (over, newer):
        guests[record.address] = record

    await dark.whole()

    assert "over" in dark.enabled()


async def test_a_longer_stay_by_the_address_of_today_counts_right_before_the_write(
    dark: Night,
) -> None:
    await dark.sweep()
    dark.graph.world.store.change(dark.user("over"), {"mail": "over@new.partner.example"})
    over = dark.ledger.guests["over@partner.example"]
    later = (dark.clock() + 90 * DAY).date()
    newer = replace(over, address=Address("over@new.partner.example"), expires_on=later)
    dark.ledger.guests[newer.address] = newer

    await dark.deliver()

    assert dark.endings()["over"] == "block skipped no_longer_justified"


async def test_nobody_is_removed_for_a_sign_in_that_the_directory_no_longer_tells(
    dark: Night,
) -> None:
    dark.blocked_by_us("idle", 40, Rule.INACTIVE)
    dark.graph.world.store.change(
        dark.user("idle"), {"signInActivity": {"lastSignInDateTime": dark.ago(300)}}
    )
    await dark.sweep()
    dark.graph.world.store.change(dark.user("idle"), {"signInActivity": None})

    await dark.deliver()

    assert dark.endings()["idle"] == "remove skipped no_longer_justified"
    assert "idle" not in dark.deleted()


async def test_who_tried_to_sign_in_after_the_block_is_not_planned_for_removal(
    dark: Night,
) -> None:
    dark.blocked_by_us("knocking", 40, Rule.INACTIVE)
    dark.graph.world.store.change(
        dark.user("knocking"), {"signInActivity": {"lastSignInDateTime": dark.ago(3)}}
    )

    await dark.whole()

    assert "knocking" not in dark.endings()
