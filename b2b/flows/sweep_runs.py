"""The names of the sweep's runs and of their attempts."""

from datetime import UTC, datetime, timedelta

from b2b.domain.lifecycle import Run, RunId
from b2b.domain.reason import Reason


def run_of(now: datetime, every: timedelta) -> RunId:
    """The date; for schedules of more than one run a day, the time of the slot as well."""
    step = every.total_seconds()
    slot = datetime.fromtimestamp(now.timestamp() // step * step, UTC)
    return RunId(f"{slot:%Y-%m-%d}" if every >= timedelta(days=1) else f"{slot:%Y-%m-%dT%H%M%S}")


def attempt_after(run: RunId) -> RunId:
    """2026-11-29, 2026-11-29.2, 2026-11-29.3"""
    name, _, number = run.partition(".")
    return RunId(f"{name}.{int(number or 1) + 1}")


def acted_already(run: Run) -> Reason:
    doing = "has acted already" if run.over else "is at work"
    return Reason(
        "run_acted",
        f"Run {run.id} {doing} (mode {run.mode}), so it is not begun again: the next night decides "
        f"anew. What it held back can be approved: python -m b2b approve {run.id}.",
    )
