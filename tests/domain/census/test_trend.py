"""Trends, ceilings and comparisons, on both sides of each edge."""

import pytest

from b2b.domain.census.limits import Gauges, Quota, limits
from b2b.domain.census.trend import Past, compare, reached_on, recent, slope
from tests.domain.census.people import TODAY, day


def points(*pairs: tuple[int, int]) -> list[tuple[object, int]]:
    return [(day(ahead), guests) for ahead, guests in pairs]


@pytest.mark.parametrize(
    ("course", "growth"),
    [
        ([(-7, 93), (-3, 97), (0, 100)], 1.0),
        ([(-6, 94), (-3, 97), (0, 100)], None),  # less than a week
        ([(-7, 93), (0, 100)], None),  # two points are any line
        ([(-8, 100), (-4, 100), (0, 100)], 0.0),
        ([(-10, 120), (-5, 110), (0, 100)], -2.0),
    ],
)
def test_a_trend_needs_a_week_and_three_points(
    course: list[tuple[int, int]], growth: float
) -> None:
    found = slope([(day(ahead), guests) for ahead, guests in course])

    assert found == (None if growth is None else pytest.approx(growth))


@pytest.mark.parametrize(
    ("used", "growth", "expected"),
    [
        (100, 0.0, 0),  # full already
        (101, -5.0, 0),
        (99, 1.0, 1),
        (99, 0.5, 2),
        (98, 0.9, 3),  # 2.2 days: the third is the first full one
        (99, 0.0, None),
        (99, -1.0, None),
        (99, None, None),
        (50, 50 / 1825, 1825),  # five years
        (50, 50 / 1826, None),
    ],
)
def test_a_ceiling_is_reached_on_a_day(used: int, growth: float, expected: int) -> None:
    found = reached_on(used, 100, growth, TODAY)

    assert found == (None if expected is None else day(expected))


def test_a_trend_looks_back_ninety_days_and_no_further() -> None:
    past = [Past(day(-91), {"guests": 1}), Past(day(-90), {"guests": 2})]

    assert recent(past, 3, TODAY) == [(day(-90), 2), (TODAY, 3)]


@pytest.mark.parametrize(
    ("name", "days", "found"),
    [
        ("last run", 1, True),
        ("last run", 100, True),
        ("7 days ago", 6, False),
        ("7 days ago", 7, True),
        ("7 days ago", 10, True),
        ("7 days ago", 11, False),
        ("30 days ago", 29, False),
        ("30 days ago", 30, True),
        ("30 days ago", 37, True),
        ("30 days ago", 38, False),
        ("90 days ago", 89, False),
        ("90 days ago", 90, True),
        ("90 days ago", 104, True),
        ("90 days ago", 105, False),
    ],
)
def test_a_comparison_is_with_a_census_of_about_that_age(name: str, days: int, found: bool) -> None:
    changes = compare({"guests": 12}, [Past(day(-days), {"guests": 10})], TODAY)
    change = next(one for one in changes if one.name == name)

    assert change.day == (day(-days) if found else None)
    assert change.differences == ({"guests": 2} if found else {})


def test_of_several_the_newest_that_is_old_enough_is_compared() -> None:
    past = [Past(day(-ago), {"guests": ago}) for ago in (9, 8, 7, 6, 1)]
    by_name = {one.name: one.day for one in compare({"guests": 0}, past, TODAY)}

    assert by_name["last run"] == day(-1)
    assert by_name["7 days ago"] == day(-7)


def test_what_is_not_readable_is_no_limit_reached() -> None:
    gauges = Gauges(ceiling=100, quota=None, quota_note="beta only", active=None)
    ceiling, quota, active = limits(100, gauges, None, TODAY)

    assert (ceiling.percent, ceiling.reached) == (100, TODAY)
    assert (quota.percent, quota.reached, quota.note) == (None, None, "beta only")
    assert (active.percent, active.used, active.most) == (None, None, 50_000)
    assert active.note


def test_the_directory_is_taken_to_grow_as_its_guests_do() -> None:
    gauges = Gauges(ceiling=100, quota=Quota(190, 200), quota_note="", active=5)
    ceiling, quota, active = limits(95, gauges, 5.0, TODAY)

    assert ceiling.reached == day(1)
    assert quota.reached == day(2)
    assert active.reached is None
