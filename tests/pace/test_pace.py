"""The pace as a value: what it makes of what a service says."""

import pytest

from b2b.domain.pace import CALM, GROWS, SHRINKS, STALE, Pace


def asked(pace: Pace, seconds: float, *, share: float | None = None, now: float = 0.0) -> int:
    """How many requests go in so many seconds when each is answered at once."""
    went, end = 0, now + seconds
    while (now := now + pace.wait(now)) < end:
        pace.take(now)
        pace.answered(now, share)
        went += 1
    return went


def test_requests_go_at_the_rate_and_not_in_bursts() -> None:
    pace = Pace(rate=10, fastest=10)

    assert asked(pace, 10) == pytest.approx(100, abs=2)


def test_a_content_service_is_asked_a_little_faster_each_second() -> None:
    pace = Pace(rate=10)

    asked(pace, 5)

    assert pace.rate == pytest.approx(10 + 5 * GROWS, rel=0.15)


def test_a_refusal_slows_down_once_however_many_come_together() -> None:
    pace = Pace(rate=10)

    for moment in (0.0, 0.1, 0.2):
        pace.refused(moment, retry_after=0, share=None)

    assert pace.rate == 10 * SHRINKS


def test_a_refusal_after_the_calm_slows_down_again() -> None:
    pace = Pace(rate=10)

    pace.refused(0, retry_after=0, share=None)
    pace.refused(CALM, retry_after=0, share=None)

    assert pace.rate == pytest.approx(10 * SHRINKS**2)


def test_nobody_goes_before_retry_after_is_over() -> None:
    pace = Pace(rate=10)

    pace.refused(100, retry_after=7.5, share=None)

    assert pace.wait(100) == pytest.approx(7.5)
    assert pace.closed(107.4) > 0
    assert pace.wait(107.5) == 0


@pytest.mark.parametrize(
    ("share", "least", "most"), [(0.79, 95, 130), (0.90, 35, 60), (0.97, 5, 15), (1.2, 1, 12)]
)
def test_the_fuller_the_limit_the_slower_the_pace(share: float, least: int, most: int) -> None:
    pace = Pace(rate=10, fastest=10)
    pace.answered(0, share)

    assert least <= asked(pace, 10, share=share) <= most


def test_the_pace_does_not_grow_where_the_limit_is_nearly_used() -> None:
    pace = Pace(rate=10)

    asked(pace, 10, share=0.975)

    assert pace.rate == 10


def test_an_old_share_tells_nothing() -> None:
    pace = Pace(rate=10)
    pace.answered(0, 0.98)
    slow = pace.wait(0.1)
    pace.take(0.1)

    assert pace.wait(0.1) > 0.2
    assert pace.wait(0.1 + STALE + 0.1) == 0
    assert slow <= 1 / pace.slowest


def test_two_who_share_a_limit_come_to_equal_paces() -> None:
    """A limit of 40 a second, told by its share alone; one starts ten times as fast."""
    fast, slow = Pace(rate=50), Pace(rate=5)
    sent: list[tuple[float, Pace]] = []
    now = 0.0
    while now < 120:
        for pace in (fast, slow):
            if pace.wait(now) == 0:
                recent = [moment for moment, _ in sent if moment > now - 10]
                share = len(recent) / 400
                pace.take(now)
                if share >= 1:
                    pace.refused(now, retry_after=0.5, share=share)
                else:
                    sent.append((now, pace))
                    pace.answered(now, share if share > 0.8 else None)
        now += 0.01
    late = [pace for moment, pace in sent if moment > 90]

    assert 0.9 * 40 * 30 <= len(late) <= 40 * 30
    assert 0.5 < late.count(fast) / max(late.count(slow), 1) < 2
