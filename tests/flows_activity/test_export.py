"""Each event of a guest is in the files once: whatever the pages, the lag and the clocks do."""

import json
from datetime import timedelta

import pytest

from b2b.domain.activity import Kind
from b2b.domain.errors import Refused, TryLater
from b2b.domain.reason import Reason
from b2b.flows.activity_reading import MANY
from tests.fakes.clock import START
from tests.fakes.event_log import FakeLogTable, fair
from tests.flows_activity.scene import ANN, BEN, DAY, HOUR, MIA, Scene, at

BUSY = TryLater(Reason("directory_busy", "The directory is busy."), timedelta(seconds=10))
BAD_TOKEN = Refused(Reason("directory_refused", "Invalid Skip Token, skip token is null"))


async def test_sign_ins_of_guests_are_kept_by_the_hour_they_happened_in() -> None:
    scene = Scene()
    scene.signs_in(ANN, at=at(23, 7, 59, 59, 999_999))
    scene.signs_in(BEN, at=at(23, 8))
    scene.signs_in(MIA, at=at(23, 8))
    await scene.run()
    names = [name for _, name in scene.files.blobs if name.startswith("signins")]

    assert sorted(names) == ["signins/2026/11/23/07.jsonl", "signins/2026/11/23/08.jsonl"]
    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN, BEN)


async def test_audit_events_are_kept_when_they_are_about_a_guest_or_say_so() -> None:
    scene = Scene()
    kept = [scene.happens_to(MIA, BEN), scene.happens_to("forgotten", invited=True)]
    scene.happens_to(MIA)
    await scene.run()

    assert [json.loads(line)["id"] for line in scene.held(Kind.AUDITS)] == sorted(kept)


async def test_a_run_with_nothing_new_writes_nothing_but_how_far_it_came() -> None:
    scene = Scene()
    scene.signs_in(ANN)
    await scene.run()
    before = dict(scene.files.blobs)
    await scene.hours()
    changed = {name for key, held in scene.files.blobs.items() if before.get(key) != held
               for name in key[1:]}  # fmt: skip

    assert changed == {"state.json", "summary/2026-11.json"}


async def test_what_appears_late_goes_into_the_hour_it_belongs_to() -> None:
    scene = Scene()
    await scene.run()
    scene.signs_in(ANN, late=timedelta(minutes=50))
    scene.signs_in(BEN, late=timedelta(hours=20))
    scene.signs_in(ANN, late=timedelta(hours=47))
    await scene.hours(50)

    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN, BEN)


async def test_the_next_run_finds_what_was_an_hour_late() -> None:
    scene = Scene()
    await scene.run()
    scene.signs_in(ANN, at=START - timedelta(minutes=9), late=timedelta(minutes=50))
    await scene.hours()

    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN)


async def test_an_event_that_is_told_differently_later_is_kept_once_as_it_is_now() -> None:
    scene = Scene()
    scene.signs_in(ANN)
    scene.signs_in(BEN)
    await scene.run()
    first = scene.log.logged[Kind.SIGN_INS][0]
    risky = first.event.line.replace('"Portal"', '"Portal", "riskState": "atRisk"')
    scene.log.logged[Kind.SIGN_INS][0] = type(first)(
        type(first.event)(first.event.id, first.event.at, risky, (ANN,), True), first.appears
    )
    await scene.hours()

    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN, BEN)
    assert sum("atRisk" in line for line in scene.held(Kind.SIGN_INS)) == 1


@pytest.mark.parametrize("trouble", [BUSY, BAD_TOKEN])
@pytest.mark.parametrize("bad_page", range(1, 40))
async def test_a_page_that_fails_once_costs_no_event(bad_page: int, trouble: Exception) -> None:
    """And one that fails for good, in the middle of a slice, is read in a shorter one."""
    scene = Scene()
    for minute in range(0, 600, 7):
        scene.signs_in(ANN, at=START - timedelta(minutes=minute))
        scene.happens_to(BEN, at=START - timedelta(minutes=minute))

    def weather(number: int) -> None:
        if number == bad_page:
            raise trouble

    scene.log.weather = weather
    await scene.run()
    await scene.hours()

    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN)
    assert scene.held(Kind.AUDITS) == scene.said(Kind.AUDITS, BEN)


async def test_while_a_page_fails_the_watermark_stands_and_nothing_is_lost() -> None:
    scene = Scene()
    await scene.run()
    scene.pass_(HOUR)
    for _ in range(10):
        scene.signs_in(ANN)

    def storm(number: int) -> None:
        raise BUSY

    scene.log.weather = storm
    after = [await scene.run() for _ in range(2)]
    scene.log.weather = fair
    await scene.hours()

    assert after[0].cursors[Kind.SIGN_INS].reached == START
    assert after[0] == after[1]
    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN)


async def test_a_crowd_within_one_hour_is_read_in_short_slices() -> None:
    scene = Scene(page=2)
    for second in range(0, 3600, 12):
        scene.signs_in(ANN, at=START - HOUR + timedelta(seconds=second))
    await scene.run()

    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN)
    assert scene.log.deepest <= MANY


async def test_where_pages_of_long_periods_fail_for_good_short_ones_are_read() -> None:
    scene = Scene()
    scene.log.longest = timedelta(minutes=25)
    for minute in range(0, 120, 4):
        scene.signs_in(ANN, at=START - timedelta(minutes=minute))
    coverage = await scene.run()

    assert coverage.refused == {}
    assert coverage.cursors[Kind.SIGN_INS].reached == START
    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN)


@pytest.mark.parametrize("by", [-400 * DAY, -DAY, -HOUR, HOUR, DAY, 400 * DAY])
async def test_a_clock_turned_here_loses_and_doubles_nothing(by: timedelta) -> None:
    scene = Scene()
    scene.signs_in(ANN)
    await scene.run()
    scene.ours.advance(by)
    for _ in range(3):
        scene.signs_in(BEN, at=scene.theirs() + timedelta(minutes=30), late=timedelta(minutes=10))
        await scene.hours()
    scene.ours.advance(-by)
    scene.signs_in(ANN)
    coverage = scene.run
    await scene.hours(2)

    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN, BEN)
    assert (await coverage()).gaps == frozenset()


async def test_a_turn_that_is_over_is_gone_on_with_in_the_next() -> None:
    scene = Scene()
    for day in range(1, 24):
        scene.signs_in(ANN, at=at(day, 5))

    def slow(number: int) -> None:
        scene.ours.advance(timedelta(minutes=1))

    scene.log.weather = slow
    first = await scene.run()
    for _ in range(20):
        last = await scene.run()

    assert first.cursors[Kind.SIGN_INS].reached < last.cursors[Kind.SIGN_INS].reached == START
    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN)


async def test_what_the_directory_forgot_before_anybody_read_it_is_a_finding() -> None:
    scene = Scene()
    await scene.run()
    scene.pass_(33 * DAY)
    coverage = await scene.run()
    found = await scene.exporter().findings()
    again = await scene.run()

    assert {gap.since for gap in coverage.gaps} == {START}
    assert {gap.kind for gap in coverage.gaps} == {*Kind}
    assert {one.id for one in found} == {"activity_gap_signins", "activity_gap_audits"}
    assert "2026-11-23 09:00 UTC to 2026-11-26 10:00 UTC" in found[0].found
    assert again.gaps == coverage.gaps


async def test_a_pause_within_the_retention_is_no_gap() -> None:
    scene = Scene()
    await scene.run()
    scene.signs_in(ANN)
    scene.pass_(29 * DAY)
    scene.signs_in(BEN)
    coverage = await scene.run()

    assert coverage.gaps == frozenset()
    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN, BEN)


async def test_without_a_licence_audits_are_kept_and_a_week_is_the_retention() -> None:
    scene = Scene()
    scene.log.premium = False
    scene.happens_to(ANN)
    await scene.run()
    scene.pass_(8 * DAY)
    coverage = await scene.run()
    found = {one.id: one for one in await scene.exporter().findings()}

    assert scene.held(Kind.AUDITS) == scene.said(Kind.AUDITS, ANN)
    assert {gap.kind for gap in coverage.gaps} == {Kind.AUDITS}
    assert Kind.SIGN_INS not in coverage.cursors
    assert "P1" in found["activity_unreadable_signins"].found


@pytest.mark.parametrize("kind", Kind)
async def test_a_log_that_is_forbidden_leaves_the_other_going_and_names_the_permission(
    kind: Kind,
) -> None:
    scene = Scene()
    scene.log.forbidden = {kind}
    scene.signs_in(ANN)
    scene.happens_to(BEN)
    await scene.run()
    found = {one.id: one for one in await scene.exporter().findings()}

    kept = {
        Kind.SIGN_INS: scene.said(Kind.SIGN_INS, ANN),
        Kind.AUDITS: scene.said(Kind.AUDITS, BEN),
    }
    assert {each: scene.held(each) for each in Kind} == kept | {kind: []}
    assert found.keys() == {f"activity_unreadable_{kind}"}
    assert "AuditLog.Read.All" in found[f"activity_unreadable_{kind}"].remedy


async def test_a_licence_that_is_bought_ends_the_finding_and_makes_no_gap() -> None:
    scene = Scene()
    scene.log.premium = False
    await scene.run()
    scene.pass_(90 * DAY)
    await scene.run()
    scene.log.premium = True
    scene.signs_in(ANN)
    coverage = await scene.run()

    assert Kind.SIGN_INS not in coverage.refused
    assert {gap.kind for gap in coverage.gaps} == {Kind.AUDITS}
    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN)


async def test_an_export_that_stands_still_is_a_finding() -> None:
    scene = Scene()
    await scene.run()
    scene.pass_(7 * HOUR)

    found = await scene.exporter().findings()

    assert {one.id for one in found} == {"activity_behind_signins", "activity_behind_audits"}


async def test_log_analytics_gets_each_new_event_once_while_nobody_dies() -> None:
    table = FakeLogTable()
    scene = Scene(table=table)
    ids = [scene.signs_in(ANN), scene.signs_in(BEN)]
    await scene.run()
    ids += [scene.signs_in(ANN), scene.happens_to(BEN)]
    await scene.hours(60)

    assert sorted(identity for _, identity in table.rows) == sorted(ids)


async def test_a_workspace_out_of_reach_holds_nothing_up_and_misses_nothing() -> None:
    table = FakeLogTable()
    table.out_of_reach = True
    scene = Scene(table=table)
    ids = [scene.signs_in(ANN)]
    await scene.run()
    waiting = await scene.exporter().findings()
    ids += [scene.signs_in(BEN)]
    await scene.hours()
    kept = scene.held(Kind.SIGN_INS)
    table.out_of_reach = False
    await scene.hours()

    assert kept == scene.said(Kind.SIGN_INS, ANN, BEN)
    assert [one.id for one in waiting] == ["activity_logs_waiting"]
    assert sorted(identity for _, identity in table.rows) == sorted(ids)
    assert await scene.exporter().findings() == []
