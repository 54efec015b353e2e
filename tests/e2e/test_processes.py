"""Nothing that was started goes on when its starter ends, however it ends."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from aiohttp import ClientSession

from sandbox import town as towns
from sandbox.demo.run import SAMPLE
from sandbox.storage import DEFAULT_PORTS
from sandbox.storage_account import Storage
from sandbox.town import Plan, Town
from tests.e2e import scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIXED_PORTS = (*DEFAULT_PORTS, 5672, 7071, 8030, 8031, 8032)
EVERYBODY = 5  # storage, bus, directory, identity, host
SETTINGS = towns.ROOT / "local.settings.json"


class Sandbox:
    """One `python -m sandbox ...`, in a process group of its own as in a terminal."""

    def __init__(self, child: asyncio.subprocess.Process, output: Path) -> None:
        self._child = child
        self._output = output

    @property
    def shown(self) -> str:
        return self._output.read_text("utf-8")

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self._child.pid).children(recursive=True)

    async def has(self, number: int) -> list[psutil.Process]:
        """Its children, once there are so many."""

        async def look() -> list[psutil.Process]:
            assert self._child.returncode is None, self.shown
            found = self.children()
            return found if len(found) >= number else []

        return await scene.until(look)

    async def shows(self, text: str) -> None:
        async def look() -> bool:
            assert self._child.returncode is None, self.shown
            return text in self.shown

        await scene.until(look)

    async def ends(self) -> int:
        return await asyncio.wait_for(self._child.wait(), scene.PATIENCE)

    async def ends_by(self, sign: signal.Signals) -> int:
        self._child.send_signal(sign)
        return await self.ends()

    async def interrupted(self) -> int:
        """Ctrl-C reaches the whole foreground group, as in a terminal."""
        for each in [psutil.Process(self._child.pid), *self.children()]:
            if _group(each) == self._child.pid:
                each.send_signal(signal.SIGINT)
        return await self.ends()


@asynccontextmanager
async def sandbox(tmp_path: Path, *arguments: str) -> AsyncIterator[Sandbox]:
    output = tmp_path / f"{arguments[0]}.txt"
    with output.open("wb") as out:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sandbox", *arguments),
            stdout=out, stderr=out, cwd=towns.ROOT, start_new_session=True,
        )  # fmt: skip
    running = Sandbox(child, output)
    try:
        yield running
    finally:
        if child.returncode is None:
            await running.ends_by(signal.SIGTERM)


async def test_a_town_that_ends_leaves_no_process(tmp_path: Path) -> None:
    plan = Plan(logs=tmp_path / "logs", header="-a-secret-may-begin-with-a-dash")
    async with towns.running(plan) as town:
        await town.start_host()
        started = [one for one in psutil.Process().children() if _of(one, town)]

    assert len(started) >= EVERYBODY
    assert not [one for one in started if one.is_running()]


async def test_a_demo_that_is_interrupted_leaves_no_process(tmp_path: Path) -> None:
    async with sandbox(tmp_path, "demo", "--out", str(tmp_path / "out")) as demo:
        started = await demo.has(EVERYBODY)
        code = await demo.interrupted()

    assert code == 130
    assert await _all_gone(started)
    assert "Traceback" not in demo.shown


async def test_a_demo_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    async with sandbox(tmp_path, "demo", "--out", str(tmp_path / "out")) as demo:
        started = await demo.has(EVERYBODY)
        code = await demo.ends_by(signal.SIGKILL)

    assert code == -signal.SIGKILL
    assert await _all_gone(started)


async def test_a_demo_that_is_killed_at_work_leaves_no_process(tmp_path: Path) -> None:
    async with sandbox(tmp_path, "demo", "--out", str(tmp_path / "out")) as demo:
        started = await demo.has(EVERYBODY)
        await _somebody_is_invited(demo)
        await demo.ends_by(signal.SIGKILL)

    assert await _all_gone(started)


async def test_a_demo_whose_rows_get_no_outcome_says_so_and_fails(tmp_path: Path) -> None:
    arguments = ("demo", "--patience", "4", "--out", str(tmp_path / "out"))
    async with sandbox(tmp_path, *arguments) as demo:
        started = await demo.has(2)
        control = await _control_of_directory(demo)
        await scene.post(f"{control}/faults", {"status": 503, "count": None})
        code = await demo.ends()

    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert code == 1
    assert summary["pending"] > 100
    assert f"{summary['pending']} of 200 rows have no outcome after 4 s." in demo.shown
    assert await _all_gone(started)


async def test_a_file_dropped_from_the_command_line_is_taken_in_until_ctrl_c(
    tmp_path: Path,
) -> None:
    taken = [port for port in FIXED_PORTS if _taken(port)]
    if taken:
        pytest.skip(f"the fixed ports of the sandbox are in use: {taken}")
    few = tmp_path / "few.csv"
    few.write_text("email\nlena@fabrikam.com\nnobody\n")
    mine = SETTINGS.read_bytes() if SETTINGS.exists() else None
    try:
        async with sandbox(tmp_path, "up") as up:
            await up.shows("Ctrl-C stops everything")
            started = await up.has(EVERYBODY)
            values = json.loads(SETTINGS.read_text())["Values"]
            async with sandbox(tmp_path, "drop", str(few)) as drop:
                dropped = await drop.ends()
            storage = Storage(values["AzureWebJobsStorage"])
            published = await scene.until(storage.summaries)
            code = await up.interrupted()
    finally:
        if mine is not None:
            SETTINGS.write_bytes(mine)

    assert (dropped, code) == (0, 0)
    assert [one["file"] for one in published.values()] == [few.name]
    assert "Dropped few.csv" in drop.shown
    assert "2 rows: 1 invited, 1 refused." in drop.shown
    assert await _all_gone(started)
    assert "Traceback" not in up.shown


async def test_a_file_dropped_where_no_sandbox_runs_says_how_to_start_one(tmp_path: Path) -> None:
    if _taken(FIXED_PORTS[0]):
        pytest.skip("a sandbox runs here")
    async with sandbox(tmp_path, "drop", str(SAMPLE)) as drop:
        code = await drop.ends()

    assert code == 1
    assert "make sandbox" in drop.shown
    assert "Traceback" not in drop.shown


async def _all_gone(started: list[psutil.Process]) -> bool:
    async def look() -> bool:
        return not [one for one in started if one.is_running() and not _zombie(one)]

    return await scene.until(look, within=20)


async def _control_of_directory(demo: Sandbox) -> str:
    """Where the directory of a running demo listens."""

    async def look() -> int:
        for one in demo.children():
            if "sandbox.directory" in one.cmdline():
                ports = [each.laddr.port for each in one.net_connections() if not each.raddr]
                return ports[0] if ports else 0
        return 0

    return f"http://127.0.0.1:{await scene.until(look)}/sandbox"


async def _somebody_is_invited(demo: Sandbox) -> None:
    control = await _control_of_directory(demo)
    async with ClientSession() as session:

        async def look() -> bool:
            async with session.get(f"{control}/counters") as answer:
                return bool((await answer.json())["invitations"])

        await scene.until(look)


def _of(process: psutil.Process, town: Town) -> bool:
    """Other towns of this very test run are its children too."""
    started = [*town.processes, *([town.host] if town.host else [])]
    storage = town.storage.connection.partition("BlobEndpoint=http://127.0.0.1:")[2].split("/")[0]
    return process.pid in [one.pid for one in started] or storage in process.cmdline()


def _group(process: psutil.Process) -> int:
    return os.getpgid(process.pid)


def _zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
