"""Timers: on time, late once after a downtime, never over themselves."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import BlobClient, ContainerClient

from sandbox.host.errors import CannotStart
from sandbox.host.timer_schedule import Schedule
from tests.sandbox.host.conftest import Run
from tests.sandbox.host.running import until

NIGHTLY = """
@app.timer_trigger(arg_name="timer", schedule="%WHEN%")
async def sweep(timer: func.TimerRequest) -> None:
    log.info("swept", extra={"late": timer.past_due, "last": timer.schedule_status.get("Last")})
"""
NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 2 * * *", datetime(2026, 3, 2, 2, 0, 0, tzinfo=UTC)),
        ("*/15 * * * * *", NOON + timedelta(seconds=15)),
        ("30 5 12 * * *", NOON + timedelta(minutes=5, seconds=30)),
        ("0 0 0 * * 0", datetime(2026, 3, 8, tzinfo=UTC)),
        ("0 0 0 * * Mon", datetime(2026, 3, 2, tzinfo=UTC)),
        ("*/5 * * * *", NOON + timedelta(minutes=5)),
    ],
)
def test_when_a_schedule_is_due_next(expression: str, expected: datetime) -> None:
    assert Schedule("f", expression).next(NOON) == expected


@pytest.mark.parametrize("expression", ["", "daily", "0 0 2 * *  * *", "99 0 2 * * *"])
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(CannotStart, match=r"function f: .* not an NCRONTAB"):
        Schedule("f", expression)


def test_a_timer_runs_on_time(run: Run) -> None:
    host = run(NIGHTLY, WHEN="* * * * * *")

    lines = host.wait_for("swept", 2)

    seconds = [datetime.fromisoformat(line["time"]) for line in lines]
    assert all(moment.microsecond < 200_000 for moment in seconds)
    assert not any(line["late"] for line in lines)
    # Too often for a status: azure-webjobs-sdk-extensions, TimerTriggerAttribute.UseMonitor.
    assert {line["last"] for line in lines} == {None}
    assert seconds[0].second != seconds[1].second


def test_a_missed_run_is_made_up_for_once(run: Run, storage: str) -> None:
    run(NIGHTLY, WHEN="0 0 2 * * *").stop()
    status = _status_blob(storage)
    kept = json.loads(status.download_blob().readall())
    long_ago = datetime.now(UTC) - timedelta(days=3)
    due = Schedule("f", "0 0 2 * * *").next(long_ago)
    kept |= {"Last": long_ago.isoformat(), "Next": due.isoformat()}
    status.upload_blob(json.dumps(kept), overwrite=True)

    late = run(NIGHTLY, WHEN="0 0 2 * * *")
    late.wait_for("function succeeded")
    late.stop()
    after = run(NIGHTLY, WHEN="0 0 2 * * *")
    after.stop()

    assert [line["late"] for line in after.lines("swept")] == [True]
    assert datetime.fromisoformat(after.lines("swept")[0]["last"]) == long_ago


def test_a_changed_schedule_is_not_late(run: Run, storage: str) -> None:
    run(NIGHTLY, WHEN="0 0 2 * * *").stop()
    long_ago = datetime.now(UTC) - timedelta(days=3)
    due = Schedule("f", "0 0 2 * * *").next(long_ago)
    kept = {name: long_ago.isoformat() for name in ("Last", "LastUpdated")}
    _status_blob(storage).upload_blob(json.dumps({**kept, "Next": due.isoformat()}), overwrite=True)

    host = run(NIGHTLY, WHEN="0 0 3 * * *")
    next_run = until(lambda: json.loads(_status_blob(storage).download_blob().readall()))["Next"]
    host.stop()

    assert not host.lines("swept")
    assert datetime.fromisoformat(next_run).hour == 3


def test_a_timer_does_not_overlap_itself_and_may_run_at_the_start(run: Run) -> None:
    source = """
import asyncio
running = 0

@app.timer_trigger(arg_name="timer", schedule="0 0 2 * * *", run_on_startup=True)
async def sweep(timer: func.TimerRequest) -> None:
    global running
    running += 1
    await asyncio.sleep(0.1)
    log.info("together", extra={"running": running})
    running -= 1
"""
    host = run(source)
    for _ in range(3):
        host.post("/admin/functions/sweep")

    lines = host.wait_for("together", 4)

    assert [line["running"] for line in lines] == [1, 1, 1, 1]


def _status_blob(storage: str) -> BlobClient:
    """The newest one: each test's app has a place, and so a host id, of its own."""
    hosts = ContainerClient.from_connection_string(storage, "azure-webjobs-hosts")
    blobs = list(hosts.list_blobs(name_starts_with="timers/"))
    newest = max(blobs, key=lambda blob: blob.creation_time)
    assert newest.name.endswith("/Host.Functions.sweep/status")
    return hosts.get_blob_client(newest.name)
