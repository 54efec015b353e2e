"""The host itself: admin addresses, logs, both kinds of function, and an orderly end."""

import json
import os
import signal
from collections.abc import Iterator

import httpx
import pytest
from azure.storage.blob import ContainerClient

from tests.sandbox.host.conftest import Run
from tests.sandbox.host.running import RunningHost, write_app

TIMERS = """
import asyncio, os, threading, time

@app.timer_trigger(arg_name="timer", schedule="0 0 2 * * *")
async def fine(timer: func.TimerRequest, context: func.Context) -> None:
    log.info("fine", extra={"id": context.invocation_id, "name_of": context.function_name,
                            "stage": os.environ.get("STAGE")})

@app.timer_trigger(arg_name="timer", schedule="0 0 2 * * *")
async def broken(timer: func.TimerRequest) -> None:
    raise KeyError("lost")

@app.timer_trigger(arg_name="timer", schedule="0 0 2 * * *")
async def slow(timer: func.TimerRequest) -> None:
    log.info("slow began")
    await asyncio.sleep(float(os.environ["NAP"]))
    log.info("slow ended")

@app.timer_trigger(arg_name="timer", schedule="0 0 2 * * *")
def threaded(timer: func.TimerRequest) -> None:
    log.info("threaded", extra={"in_thread": threading.current_thread().name})
    log.debug("too fine")
    time.sleep(float(os.environ["NAP"]))
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, storage: str) -> Iterator[RunningHost]:
    """One host for the tests that only look."""
    folder = tmp_path_factory.mktemp("shared")
    values = {"STAGE": "from the file", "NAP": "from the file"}
    file = folder / "local.settings.json"
    file.write_text(json.dumps({"IsEncrypted": False, "Values": values}), "utf-8")
    settings = {"AzureWebJobsStorage": storage, "NAP": "0", "PYTHON_THREADPOOL_THREAD_COUNT": "1"}
    app = write_app(folder / "app", TIMERS, {"functionTimout": "00:01:00"})
    host = RunningHost(app, settings, "--settings", str(file))
    yield host
    host.kill()


def test_invocations_are_logged_with_name_id_time_and_trace(shared: RunningHost) -> None:
    shared.post("/admin/functions/fine?wait=1")
    shared.post("/admin/functions/broken?wait=1")

    said = shared.lines("fine")[-1]
    good, bad = shared.lines("function succeeded")[-1], shared.lines("function failed")[-1]
    assert said["invocation"] == said["id"] == good["invocation"]
    assert said["function"] == said["name_of"] == "fine"
    assert good["succeeded"]
    assert good["duration_ms"] >= 0
    assert (bad["function"], bad["succeeded"], bad["error"]) == ("broken", False, "KeyError")
    assert 'raise KeyError("lost")' in bad["exception"]


def test_sync_functions_run_in_as_many_threads_as_the_setting_says(shared: RunningHost) -> None:
    for _ in range(3):
        shared.post("/admin/functions/threaded")

    lines = shared.wait_for("threaded", 3)

    assert {line["in_thread"] for line in lines} == {"function_0"}
    assert {line["function"] for line in lines} == {"threaded"}


def test_an_unknown_key_of_host_json_is_warned_of(shared: RunningHost) -> None:
    [line] = shared.lines("host.json")

    assert line["level"] == "WARNING"
    assert "functionTimout" in line["message"]


def test_local_settings_fill_up_the_environment(shared: RunningHost) -> None:
    shared.post("/admin/functions/fine?wait=1")
    slow = shared.post("/admin/functions/slow?wait=1")

    assert shared.lines("fine")[-1]["stage"] == "from the file"
    assert slow.status_code == 200


def test_an_interrupt_stops_it_and_nothing_answers_any_more(run: Run) -> None:
    host = run(TIMERS, NAP="0")

    os.kill(host.pid, signal.SIGINT)

    assert host.wait() == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(host.address)


def test_an_operator_can_run_a_function_and_learn_how_it_went(run: Run) -> None:
    host = run(TIMERS, NAP="0")

    fine = host.post("/admin/functions/fine?wait=1")
    broken = host.post("/admin/functions/broken?wait=1")
    unwaited = host.post("/admin/functions/broken", {"input": "x"})
    unknown = host.post("/admin/functions/nobody")
    host.wait_for("function failed", 2)

    assert (fine.status_code, fine.json()) == (200, {"error": None})
    assert (broken.status_code, broken.json()) == (500, {"error": "KeyError"})
    assert (unwaited.status_code, unknown.status_code) == (202, 404)
    status = host.status()
    assert status["state"] == "Running"
    assert status["functions"]["fine"] == {"invocations": 1, "failures": 0, "running": 0}
    assert status["functions"]["broken"] == {"invocations": 2, "failures": 2, "running": 0}


@pytest.mark.parametrize("path", ["/admin/host/status", "/admin/functions/fine", "/admin/what"])
@pytest.mark.parametrize(
    ("header", "code", "may"),
    [
        *(("", "", False), ("wrong", "", False), ("", "wrong", False), ("blobs", "", False)),
        *(("master", "", True), ("", "master", True)),
    ],
)
def test_every_administrative_call_needs_the_master_key(
    shared: RunningHost, path: str, header: str, code: str, may: bool
) -> None:
    """azure-functions-host, the policy AdminAuthLevel of its controllers (read on 2026-11-29)."""
    method = "GET" if path.endswith("status") else "POST"
    query = {"code": code} if code else {}
    headers = {"x-functions-key": header} if header else {}

    answer = httpx.request(method, shared.address + path, params=query, headers=headers)

    assert (answer.status_code != 401) == may


@pytest.mark.parametrize("content", ["", "{", "[]", "7", "null"])
def test_an_invocation_needs_a_body(shared: RunningHost, content: str) -> None:
    """azure-functions-host, FunctionController.Invoke: no FunctionInvocation, 400."""
    url = f"{shared.address}/admin/functions/fine"

    answer = httpx.post(url, content=content, params={"code": "master"})

    assert answer.status_code == 400


def test_a_blob_can_be_named_by_an_operator(run: Run, container: ContainerClient) -> None:
    source = """
@app.blob_trigger(arg_name="upload", path="%BOX%/{name}", connection="STORAGE",
                  source="EventGrid")
async def take(upload: func.InputStream) -> None:
    log.info("took", extra={"content": upload.read().decode()})
"""
    container.upload_blob("a.csv", b"here")
    host = run(source, BOX=container.container_name)

    box = container.container_name
    there = host.post("/admin/functions/take?wait=1", {"input": f"{box}/a.csv"})
    gone = host.post("/admin/functions/take?wait=1", {"input": f"{box}/b.csv"})

    assert there.status_code == 200
    assert host.lines("took")[0]["content"] == "here"
    assert gone.json() == {"error": "ResourceNotFoundError"}


def test_log_levels_of_host_json_are_obeyed(run: Run) -> None:
    levels = {"default": "Error", "Function.threaded": "Debug", "Host.Results": "None"}
    host = run(TIMERS, host_json={"logging": {"logLevel": levels}, "nonsense": 1}, NAP="0")
    host.post("/admin/functions/threaded?wait=1")
    host.post("/admin/functions/fine?wait=1")

    assert len(host.lines("too fine")) == 1
    assert not host.lines("fine")
    assert not host.lines("function succeeded")


def test_a_function_that_takes_too_long_fails(run: Run) -> None:
    host = run(TIMERS, host_json={"functionTimeout": "00:00:00.2"}, NAP="1")

    asynchronous = host.post("/admin/functions/slow?wait=1")
    synchronous = host.post("/admin/functions/threaded?wait=1")

    assert asynchronous.json() == synchronous.json() == {"error": "TimedOut"}
    assert not host.lines("slow ended")


def test_what_runs_is_let_finish_when_told_to_stop(run: Run) -> None:
    host = run(TIMERS.replace("0 0 2 * * *", "* * * * * *", 3), NAP="0.5")
    host.wait_for("slow began")
    host.post("/admin/functions/slow")

    code = host.stop()

    assert code == 0
    began = len(host.lines("slow began"))  # a slow machine sees the timer come again
    assert began >= 2
    assert len(host.lines("slow ended")) == began


def test_draining_is_bounded(run: Run) -> None:
    host = run(TIMERS, "--drain", "0.3", NAP="60")
    host.post("/admin/functions/threaded")
    host.wait_for("threaded")

    assert host.stop() == 0
