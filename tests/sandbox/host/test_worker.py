"""A worker that is too late or crashes is started anew, with all that ran in it.

Held against azure-functions-host (read on 2026-11-29): RpcFunctionInvocationDispatcher
(RestartWorkerWithInvocationIdAsync, WorkerError, AddOrUpdateErrorBucket), WorkerFunctionInvoker.
"""

import httpx
import pytest

from tests.sandbox.host.bus import Bus
from tests.sandbox.host.conftest import Run
from tests.sandbox.host.running import RunningHost, until

SOURCE = """
import asyncio
seen = []

@app.service_bus_queue_trigger(arg_name="message", queue_name="%QUEUE%", connection="BUS",
                               data_type=func.DataType.BINARY)
async def take(message: func.ServiceBusMessage) -> None:
    body = message.get_body().decode()
    seen.append(body)
    log.info("took", extra={"body": body, "count": message.delivery_count, "seen": len(seen)})
    if body == "quits" and message.delivery_count == 1:
        while "bystander" not in seen:
            await asyncio.sleep(0.01)
        raise SystemExit(3)
    if message.delivery_count == 1:
        await asyncio.sleep(60)

@app.timer_trigger(arg_name="timer", schedule="0 0 2 * * *")
async def beats(timer: func.TimerRequest) -> None:
    async def beat() -> None:
        while True:
            log.info("beat")
            await asyncio.sleep(0.02)
    app.task = asyncio.get_running_loop().create_task(beat())

@app.timer_trigger(arg_name="timer", schedule="0 0 2 * * *")
def hangs(timer: func.TimerRequest) -> None:
    import time
    time.sleep(60)
"""


def _crash(host: RunningHost) -> None:
    host.post("/sandbox/worker/crash").raise_for_status()


def test_a_crash_gives_everything_in_flight_a_delivery_more(run: Run, bus: Bus) -> None:
    bus.send("crashing", "a", "b", "c")
    host = run(SOURCE, QUEUE="crashing", BUS=bus.connection_string)
    host.wait_for("took", 3)

    _crash(host)
    taken = host.wait_for("took", 6)
    until(lambda: bus.bodies("crashing") == [])

    assert sorted((line["body"], line["count"]) for line in taken) == [
        *(("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 1), ("c", 2)),
    ]
    assert {line["error"] for line in host.lines("function failed")} == {"WorkerGone"}
    # The module began anew: nothing that it had kept is there.
    assert sorted(line["seen"] for line in taken) == [1, 1, 2, 2, 3, 3]


def test_an_app_that_quits_takes_the_others_with_it(run: Run, bus: Bus) -> None:
    bus.send("quitting", "quits", "bystander")
    host = run(SOURCE, QUEUE="quitting", BUS=bus.connection_string)

    taken = host.wait_for("took", 4)
    until(lambda: bus.bodies("quitting") == [])

    assert sorted((line["body"], line["count"]) for line in taken) == [
        *(("bystander", 1), ("bystander", 2), ("quits", 1), ("quits", 2)),
    ]
    assert len(host.lines("worker crashed")) == 1


def test_beyond_the_time_limit_the_bystanders_hang_until_their_own(run: Run, bus: Bus) -> None:
    limit = {"functionTimeout": "00:00:03"}
    host = run(SOURCE, host_json=limit, QUEUE="hanging", BUS=bus.connection_string)
    host.post("/admin/functions/hangs")
    until(lambda: host.status()["functions"]["hangs"]["running"])
    until(lambda: host.status()["functions"]["hangs"]["invocations"])
    bus.send("hanging", "bystander")
    host.wait_for("took")

    taken = host.wait_for("took", 2)
    failed = host.wait_for("function failed", 2)

    assert [line["function"] for line in failed] == ["hangs", "take"]
    assert [line["error"] for line in failed] == ["TimedOut", "TimedOut"]
    assert failed[1]["duration_ms"] >= 3000
    assert [line["count"] for line in taken] == [1, 2]
    assert taken[1]["seen"] == 1  # of a module that began anew
    assert len(host.lines("worker started anew")) == 1  # not for the bystander too


def test_what_an_app_has_left_running_ends_with_its_worker(run: Run, bus: Bus) -> None:
    host = run(SOURCE, QUEUE="idle", BUS=bus.connection_string)
    host.post("/admin/functions/beats?wait=1")
    host.wait_for("beat", 2)

    _crash(host)
    host.wait_for("worker started anew")
    before = len(host.lines("beat"))
    host.post("/admin/functions/hangs")
    until(lambda: host.status()["functions"]["hangs"]["running"])

    assert len(host.lines("beat")) == before


def test_after_too_many_crashes_the_host_recycles_itself(run: Run, bus: Bus) -> None:
    host = run(SOURCE, QUEUE="recycled", BUS=bus.connection_string)
    pid = host.pid
    for number in (1, 2):
        _crash(host)
        host.wait_for("worker started anew", number)
    bus.send("recycled", "bystander")
    host.wait_for("took")

    _crash(host)
    taken = host.wait_for("took", 2)
    until(lambda: bus.bodies("recycled") == [])

    assert [line["count"] for line in taken] == [1, 2]
    assert len(host.lines("worker started anew")) == 2  # the third time all is new
    assert until(lambda: _invocations(host)) == {"take": 1}
    assert host.pid == pid
    assert host.stop() == 0


def _invocations(host: RunningHost) -> dict[str, int]:
    try:
        functions = host.status()["functions"]
    except httpx.TransportError:
        return {}
    return {name: each["invocations"] for name, each in functions.items() if each["invocations"]}


@pytest.mark.parametrize("key", ["", "wrong", "blobs"])
def test_a_crash_asks_for_the_master_key(run: Run, bus: Bus, key: str) -> None:
    host = run(SOURCE, QUEUE="idle", BUS=bus.connection_string)

    answer = httpx.post(f"{host.address}/sandbox/worker/crash", params={"code": key})

    assert answer.status_code == 401
    assert not host.lines("worker crashed")
