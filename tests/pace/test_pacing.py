"""Waiting in line, on a clock that only moves when somebody waits."""

import pytest

from b2b import events
from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.pacing import PATIENCE, Budget, Pacing
from b2b.domain.errors import TryLater


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pacing(clock: Clock) -> Pacing:
    return Pacing(now=lambda: clock.now, sleep=clock.sleep)


def refusal(retry_after: str) -> Answer:
    return Answer(429, {"Retry-After": retry_after}, b"")


async def test_a_short_pause_is_waited_for_in_place(pacing: Pacing, clock: Clock) -> None:
    pacing.heard(Budget.WRITES, refusal("3"))

    waited = await pacing.turn(Budget.WRITES)

    assert waited == pytest.approx(3, abs=0.3)


async def test_a_long_pause_is_left_to_the_queue_and_says_how_long(pacing: Pacing) -> None:
    pacing.heard(Budget.WRITES, refusal(str(PATIENCE + 40)))

    with pytest.raises(TryLater) as wait:
        await pacing.turn(Budget.WRITES)

    assert wait.value.after.total_seconds() == pytest.approx(PATIENCE + 40)


async def test_a_pause_of_writes_holds_up_no_reads(pacing: Pacing) -> None:
    pacing.heard(Budget.WRITES, refusal("600"))

    assert await pacing.turn(Budget.READS) < 1


@pytest.mark.parametrize(
    ("budget", "seconds", "most"),
    [
        (Budget.REPORTS, 10.0, 5),
        (Budget.SIGN_IN_ACTIVITY, 60.0, 10),
        (Budget.PROTECTION, 1.0, 1),
    ],
)
async def test_the_small_budgets_are_never_passed(
    pacing: Pacing, clock: Clock, budget: Budget, seconds: float, most: int
) -> None:
    turns = []
    for _ in range(60):
        await pacing.turn(budget)
        turns.append(clock.now)
        pacing.heard(budget, Answer(200, {}, b""))

    assert all(sum(start <= turn < start + seconds for turn in turns) <= most for start in turns)


async def test_a_refusal_without_a_time_still_makes_a_pause(pacing: Pacing, clock: Clock) -> None:
    pacing.heard(Budget.PROTECTION, Answer(429, {}, b""))

    assert await pacing.turn(Budget.PROTECTION) > 1


def test_a_budget_is_told_once_a_minute_with_what_happened_since(
    pacing: Pacing, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for second in range(125):
        clock.now = 1000.0 + second
        crowded = Answer(200, {"x-ms-throttle-limit-percentage": "0.9"}, b"")
        pacing.heard(Budget.WRITES, refusal("1") if second == 3 else crowded)

    told = [vars(record) for record in caplog.records if record.message == events.PACE_TOLD]
    assert [(one["budget"], one["throttled"], one["share"]) for one in told] == [
        ("writes", 1, 0.9),
        ("writes", 0, 0.9),
    ]
