"""A host in a process of its own, for tests: started, watched through its log, stopped."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import IO, Any, TypeVar

import httpx

from sandbox.host.keys import BLOBS_KEY, MASTER_KEY

KEYS = {MASTER_KEY: "master", BLOBS_KEY: "blobs"}
PATIENCE = 15.0
HEAD = """
import logging
import typing
import azure.functions as func
app = func.FunctionApp()
log = logging.getLogger("app")
"""


T = TypeVar("T")


def until(look: Callable[[], T]) -> T:
    """The first answer that is true. A condition that never comes true fails the test."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError("it never came true")
        time.sleep(0.02)
    return seen


def write_app(folder: Path, source: str, host_json: Mapping[str, Any] | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "function_app.py").write_text(HEAD + dedent(source), "utf-8")
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **(host_json or {})}), "utf-8")
    return folder


class RunningHost:
    def __init__(self, folder: Path, settings: Mapping[str, str], *options: str) -> None:
        self.log = folder / "host.log"
        with self.log.open("ab") as errors:
            self._child = _spawn(folder, settings, options, errors)
        assert self._child.stdout is not None
        self.ready = self._child.stdout.readline().strip()
        assert self.ready.startswith("ready "), self.log.read_text("utf-8")
        self.address = self.ready.rpartition(" ")[2]

    @property
    def pid(self) -> int:
        return self._child.pid

    def lines(self, message: str) -> list[dict[str, Any]]:
        """The log lines that begin so, oldest first."""
        written = self.log.read_text("utf-8").splitlines()
        parsed = [json.loads(line) for line in written if line.startswith("{")]
        return [line for line in parsed if line["message"].startswith(message)]

    def wait_for(self, message: str, count: int = 1) -> list[dict[str, Any]]:
        return until(lambda: lines if len(lines := self.lines(message)) >= count else [])

    def post(self, path: str, content: object = None, **headers: str) -> httpx.Response:
        """With the master key."""
        given = {"x-functions-key": KEYS[MASTER_KEY], **headers}
        return httpx.post(self.address + path, json=content or {}, headers=given, timeout=PATIENCE)

    def status(self) -> dict[str, Any]:
        key = {"code": KEYS[MASTER_KEY]}
        found: dict[str, Any] = httpx.get(f"{self.address}/admin/host/status", params=key).json()
        return found

    def ask_to_stop(self) -> None:
        self._child.terminate()

    def stop(self) -> int:
        self.ask_to_stop()
        return self.wait()

    def wait(self) -> int:
        return self._child.wait(PATIENCE)

    def kill(self) -> None:
        self._child.kill()
        self._child.wait()
        assert self._child.stdout is not None
        self._child.stdout.close()


def refusal(folder: Path, settings: Mapping[str, str] | None = None, *options: str) -> str:
    """What a host that does not start says about it."""
    arguments = [*_command(folder), *options]
    ended = subprocess.run(
        arguments, env=_environment(settings or {}), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2, ended.stderr
    return ended.stderr


def _spawn(
    folder: Path, settings: Mapping[str, str], options: tuple[str, ...], errors: IO[bytes]
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*_command(folder), *options],
        env=_environment(settings),
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )


def _command(folder: Path) -> list[str]:
    quick = ["--scan-every", "0.1", "--drain", "8"]
    return [sys.executable, "-m", "sandbox.host", "--app", str(folder), "--port", "0", *quick]


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **KEYS, **settings}
