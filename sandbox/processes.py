"""Child processes that say when they are ready and never outlive whoever started them."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Self

STOPS_WITHIN = 20.0
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


class NotReady(Exception):
    """A process ended, or said nothing, before it was ready."""


@dataclass
class Process:
    """One running `python -m MODULE`; `ready` is the line that it said when it was up."""

    name: str
    ready: str
    _child: asyncio.subprocess.Process
    _drain: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        module: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        log: Path,
        within: float = 60.0,
        command: Sequence[str] = (),
    ) -> Self:
        """`command` takes the place of `python -m MODULE`.

        Raises NotReady with the end of its log when no line beginning with `ready` comes.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            whole = [*(command or (sys.executable, "-m", module)), *arguments]
            child = await _spawn(whole, environment, errors)
        try:
            ready = await asyncio.wait_for(_ready_line(child), within)
        except (TimeoutError, NotReady):
            await _end(child)
            raise NotReady(f"{module} did not start:\n{_tail(log)}") from None
        started = cls(module, ready, child)
        started._drain = asyncio.create_task(_drain(child))
        return started

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.returncode is None

    async def stop(self) -> None:
        """Asks politely first. Stopping twice is stopping once."""
        await _end(self._child)
        if self._drain:
            await self._drain

    async def kill(self) -> None:
        """What a crash looks like."""
        with contextlib.suppress(ProcessLookupError):
            self._child.kill()
        await self._child.wait()


async def _spawn(
    command: Sequence[str],
    environment: Mapping[str, str] | None,
    errors: IO[bytes],
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=errors,
        env={**os.environ, **(environment or {})},
        start_new_session=True,  # a Ctrl-C in the terminal is ours to pass on, in order
        preexec_fn=dying_with_parent(),
    )


def dying_with_parent() -> Callable[[], None] | None:
    """For `preexec_fn`: whoever is started ends at once when its starter does, however that ends.

    At once, for a host that drains would ask services that died with it, for minutes. Linux only.
    """
    return partial(die_with, os.getpid()) if sys.platform == "linux" else None


def die_with(parent: int) -> None:
    """Asked of the kernel by the child itself, between fork and exec."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before it was watched
        os.kill(os.getpid(), signal.SIGKILL)


async def _ready_line(child: asyncio.subprocess.Process) -> str:
    assert child.stdout is not None
    async for line in child.stdout:
        if line.startswith(b"ready"):
            return line.decode().strip()
    raise NotReady


async def _drain(child: asyncio.subprocess.Process) -> None:
    assert child.stdout is not None
    async for _ in child.stdout:
        pass


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), STOPS_WITHIN)
    except TimeoutError:
        child.kill()
        await child.wait()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
