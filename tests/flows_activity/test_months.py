"""The months' active guests, how far they are known, and the sign-ins of a period."""

import json
from datetime import date, datetime, timedelta

import pytest

from b2b.domain.activity import Coverage, Cursors, Gap, Kind, Month, month_of, summarized
from b2b.flows.activity_lines import SignInFiles
from tests.flows_activity.scene import ANN, BEN, DAY, HOUR, Scene, at


def summary(scene: Scene, month: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(scene.files.text("activity", f"summary/{month}.json"))
    return found


async def test_the_summary_tells_how_far_it_is_known() -> None:
    scene = Scene()
    scene.signs_in(ANN)
    await scene.run()

    assert summary(scene, "2026-11") == {
        "month": "2026-11",
        "activeGuests": 1,
        "throughUntil": "2026-11-23T09:00:00+00:00",
        "partial": False,
    }


async def test_a_month_of_which_the_beginning_was_never_read_is_partial() -> None:
    scene = Scene()
    await scene.run()

    assert summary(scene, "2026-10")["partial"] is True


async def test_a_month_with_a_gap_is_partial_and_the_next_is_not() -> None:
    scene = Scene()
    await scene.run()
    scene.pass_(40 * DAY)  # 2 January
    await scene.run()
    scene.pass_(29 * DAY)
    await scene.run()

    assert summary(scene, "2026-12")["partial"] is True
    assert summary(scene, "2027-01")["partial"] is False
    assert summary(scene, "2027-01")["throughUntil"] == "2027-01-31T09:00:00+00:00"


async def test_a_month_that_is_over_is_known_to_its_end_and_takes_in_who_comes_late() -> None:
    scene = Scene()
    scene.theirs.now = scene.ours.now = at(30, 23, 30)
    await scene.run()
    scene.signs_in(BEN, at=at(30, 23, 59), late=timedelta(hours=30))
    scene.signs_in(ANN, at=at(30, 23, 59))
    await scene.hours(80)

    assert summary(scene, "2026-11")["throughUntil"] == "2026-12-01T00:00:00+00:00"
    assert summary(scene, "2026-11")["activeGuests"] == 2
    assert summary(scene, "2026-12")["activeGuests"] == 0


async def test_who_came_in_the_first_week_still_counts_in_the_last() -> None:
    scene = Scene()
    scene.theirs.now = scene.ours.now = at(2, 9)
    scene.signs_in(ANN)
    await scene.run()
    scene.pass_(20 * DAY)
    scene.signs_in(BEN)
    await scene.run()

    assert summary(scene, "2026-11")["activeGuests"] == 2


@pytest.mark.parametrize(
    ("since", "until", "partial"),
    [
        (at(1, 0) - HOUR, at(1, 0), False),
        (at(1, 0) - HOUR, at(1, 0, 1), True),
        (at(5, 0), at(6, 0), True),
        (at(30, 23), at(30, 23) + HOUR, True),
        (at(30, 23) + HOUR, at(30, 23) + DAY, False),
    ],
)
def test_a_month_is_partial_when_a_gap_reaches_into_it(
    since: datetime, until: datetime, partial: bool
) -> None:
    cursors = Cursors(began=at(1, 0) - DAY, reached=at(30, 0), reread=at(28, 0))
    gap = Gap(kind=Kind.SIGN_INS, since=since, until=until)
    coverage = Coverage(cursors={Kind.SIGN_INS: cursors}, gaps=frozenset({gap}))

    assert summarized(Month(2026, 11), 0, coverage).partial is partial


async def test_the_sign_ins_of_a_period_are_told_by_time_and_without_its_end() -> None:
    scene = Scene()
    inside = [
        scene.signs_in(ANN, at=at(22, 23, 30)),
        scene.signs_in(BEN, at=at(23, 7), error=53003),
    ]
    scene.signs_in(ANN, at=at(23, 8))
    scene.signs_in(ANN, at=at(22, 23, 29))
    await scene.run()
    since, until = at(22, 23, 30), at(23, 8)
    found = [one async for one in SignInFiles(scene.files)(since, until)]

    assert [one.id for one in found] == inside
    assert [(one.guest, one.error, one.country) for one in found] == [
        (ANN, 0, "DE"),
        (BEN, 53003, "DE"),
    ]


async def test_a_period_without_files_has_no_sign_ins() -> None:
    found = [one async for one in SignInFiles(Scene().files)(at(1, 0), at(1, 0) + HOUR)]

    assert found == []


def test_months_follow_each_other_over_the_end_of_a_year() -> None:
    assert month_of(date(2026, 12, 31)).following == Month(2027, 1)
    assert month_of(at(30, 23, 59)).end == Month(2026, 12).start
    assert str(Month(2026, 2)) == "2026-02"
