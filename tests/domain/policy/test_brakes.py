"""The limits of a day, at both sides of each edge."""

import pytest

from b2b.domain.places import DayLimits, OverLimit, missing_places, over_limit, with_places
from b2b.domain.policy import DEFAULT_BRAKES, DailyBrake, Effect


@pytest.mark.parametrize(
    ("most", "percent", "managed", "allowed"),
    [
        (50, 5, 0, 50),
        (50, 5, 1_000, 50),
        (50, 5, 1_019, 50),
        (50, 5, 1_020, 51),
        (50, 5, 20_000, 1_000),
        (50, 0, 1_000_000, 50),
        (0, 0, 1_000, 0),
        (0, 0.5, 199, 0),
        (0, 0.5, 200, 1),
    ],
)
def test_the_larger_of_number_and_percentage_is_allowed(
    most: int, percent: float, managed: int, allowed: int
) -> None:
    assert DailyBrake(most, percent).allowed(managed) == allowed


@pytest.mark.parametrize(
    ("taken", "more", "passed"),
    [
        ({}, {"a": 10}, None),
        ({}, {"a": 11}, OverLimit(Effect.INVITE, "", 11, 10)),
        ({"b": 4}, {"a": 6}, None),
        ({"b": 5}, {"a": 6}, OverLimit(Effect.INVITE, "", 11, 10)),
        ({}, {"b": 5}, None),
        ({"b": 3}, {"b": 3}, OverLimit(Effect.INVITE, "b", 6, 5)),
        ({"b": 6}, {"a": 1}, None),  # b is past a lower limit of today; a is not b
        ({"a": 99}, {}, None),
    ],
)
def test_places_are_given_up_to_the_limits_and_not_beyond(
    taken: dict[str, int], more: dict[str, int], passed: OverLimit | None
) -> None:
    limits = DayLimits(10, {"b": 5})
    assert over_limit(Effect.INVITE, taken, more, limits) == passed


def test_what_is_held_already_counts_once() -> None:
    assert missing_places({"a": 3, "b": 1}, {"a": 3}) == {"b": 1}
    assert missing_places({"a": 2}, {"a": 3}) == {}
    assert with_places({"a": 3}, {"a": 1, "b": 2}) == {"a": 4, "b": 2}


def test_the_defaults_let_a_first_upload_pass_and_hold_a_mass_loss() -> None:
    assert DEFAULT_BRAKES[Effect.INVITE].allowed(0) == 5_000
    assert DEFAULT_BRAKES[Effect.GIVE_ACCESS].allowed(0) == 5_000
    assert DEFAULT_BRAKES[Effect.TAKE_ACCESS].allowed(1_000) == 50
    assert set(DEFAULT_BRAKES) == set(Effect)
