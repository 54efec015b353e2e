"""When a message that has to wait is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b.domain.retry import LONGEST_WAIT, Again, GiveUp, Tries, next_try

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

waits = st.timedeltas(timedelta(0), timedelta(hours=2))
attempts = st.integers(0, 10_000)


def decided(
    attempt: int = 0, wait: timedelta = timedelta(0), since: datetime = NOW, message: str = "id"
) -> Again | GiveUp:
    return next_try(message, Tries(attempt, since), wait, now=NOW, give_up_after=DAY)


def again(attempt: int, wait: timedelta, message: str = "id") -> Again:
    decision = decided(attempt, wait, message=message)
    assert isinstance(decision, Again)
    return decision


@pytest.mark.parametrize(
    ("age", "kind"),
    [(timedelta(0), Again), (DAY - SECOND, Again), (DAY, GiveUp), (DAY + SECOND, GiveUp)],
)
def test_a_day_of_trying_is_enough(age: timedelta, kind: type) -> None:
    assert isinstance(decided(since=NOW - age), kind)


@pytest.mark.parametrize(
    ("attempt", "asked", "least"),
    [
        (0, 0, 1),
        (1, 0, 2),
        (3, 0, 8),
        (9, 0, 512),
        (10, 0, 900),
        (5000, 0, 900),
        (0, 90, 90),
        (6, 63, 64),
        (6, 65, 65),
        (5000, 3600, 3600),
    ],
)
def test_the_wait_grows_with_the_attempts_up_to_a_limit_but_is_never_less_than_asked_for(
    attempt: int, asked: int, least: int
) -> None:
    wait = again(attempt, timedelta(seconds=asked)).at - NOW

    assert timedelta(seconds=least) <= wait <= timedelta(seconds=least * 1.5)


@given(attempts, waits, st.text())
def test_whoever_asked_for_a_pause_gets_it(attempt: int, wait: timedelta, message: str) -> None:
    decision = again(attempt, wait, message)

    assert decision.tries.attempt == attempt + 1
    assert wait <= decision.at - NOW <= max(wait, LONGEST_WAIT) * 1.5


@given(attempts, waits, st.text())
def test_a_decision_made_twice_is_the_same(attempt: int, wait: timedelta, message: str) -> None:
    assert again(attempt, wait, message) == again(attempt, wait, message)


def test_messages_that_failed_together_do_not_come_back_together() -> None:
    moments = {again(0, timedelta(minutes=1), f"id-{number}").at for number in range(200)}
    spread = sorted((moment - NOW).total_seconds() for moment in moments)

    assert len(moments) > 190
    assert spread[0] < 65
    assert spread[-1] > 85
