"""The app's code and what runs in it: the part of the host that a crash or a time limit ends.

The real host keeps it in a process of its own; here it shares ours. Sources, read on 2026-11-29:
azure-functions-host, `RpcFunctionInvocationDispatcher` (when a worker is started anew, and when the
host gives up), `GrpcWorkerChannel` (a crash fails what runs; a restart after a timeout leaves it
without an answer).
"""

import asyncio
import contextvars
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from sandbox.host.function import Function
from sandbox.host.logs import CURRENT

log = logging.getLogger(__name__)

CRASHES = 3
"""The one that makes the host recycle itself, unless the one before is WINDOW seconds ago."""
WINDOW = 30 * 60.0

Load = Callable[[], Sequence[Function]]
Work = Callable[[Function], Awaitable[None]]
"""Given the function as the present worker has it."""


class WorkerGone(Exception):
    """The worker ended while the function ran."""


@dataclass(eq=False)
class Run:
    """One invocation in the worker. Nothing may ever be answered."""

    answer: asyncio.Future[None]
    task: asyncio.Task[None] | None = None


class Worker:
    """Functions are looked up by name at each call: after a restart they are other objects."""

    def __init__(self, load: Load, make_threads: Callable[[], Executor]) -> None:
        self._load = load
        self._make_threads = make_threads
        self._threads = make_threads()
        self._in_threads: set[Future[None]] = set()
        self._functions: dict[str, Function] = {}
        self._runs: set[Run] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._crashes: list[float] = []
        self._up = asyncio.Event()
        self.given_up = asyncio.Event()
        """Set after too many crashes: the host shall recycle itself."""

    def start(self) -> Sequence[Function]:
        """Loads the app. Raises CannotStart."""
        asyncio.get_running_loop().set_task_factory(self._make_task)
        functions = self._load()
        self._functions = {function.name: function for function in functions}
        self._up.set()
        return functions

    async def begin(self, name: str, work: Work) -> Run:
        """Hands an invocation to the worker, once there is one. Raises WorkerGone."""
        await self._up.wait()
        if self.given_up.is_set():
            raise WorkerGone("no worker is left: the host is recycling itself")
        run = Run(asyncio.get_running_loop().create_future())
        self._runs.add(run)
        run.task = asyncio.create_task(self._work(run, self._functions[name], work))
        return run

    def end(self, run: Run) -> None:
        """Nobody waits for the answer any more."""
        self._runs.discard(run)
        if run.task:
            run.task.cancel()

    def is_late(self, run: Run) -> None:
        """A worker that goes beyond the time limit is started anew, if it is still the same one."""
        if run in self._runs:
            log.error("worker is started anew: a function took too long")
            self._restart()

    def crash(self) -> None:
        """What runs fails at once, and the app is loaded anew."""
        now = time.monotonic()
        if self._crashes and now - self._crashes[-1] > WINDOW:
            self._crashes.clear()
        self._crashes.append(now)
        log.error("worker crashed", extra={"crashes": len(self._crashes)})
        for run in self._runs:
            if not run.answer.done():
                run.answer.set_exception(WorkerGone("the worker crashed"))
        if len(self._crashes) < CRASHES:
            self._restart()
        else:
            log.critical("worker crashed too often: the host recycles itself")
            self._give_up()

    def in_thread(self, call: Callable[[], None]) -> Future[None]:
        working = self._threads.submit(call)
        self._in_threads.add(working)
        working.add_done_callback(self._in_threads.discard)
        return working

    @property
    def threads_busy(self) -> bool:
        """Whether a sync function goes on that its invocation no longer waits for."""
        return any(working.running() for working in self._in_threads)

    async def _work(self, run: Run, function: Function, work: Work) -> None:
        try:
            await work(function)
        except (SystemExit, KeyboardInterrupt):
            self.crash()
        except Exception as failure:
            if not run.answer.done():
                run.answer.set_exception(failure)
        else:
            if not run.answer.done():
                run.answer.set_result(None)

    def _restart(self) -> None:
        """What runs is dropped; what has no answer yet will get none."""
        self._up.clear()
        self._runs.clear()
        for task in tuple(self._tasks):
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._threads = self._make_threads()
        # In a context of its own: what the app starts while it loads belongs to no invocation.
        again = contextvars.Context()
        asyncio.get_running_loop().call_soon(self._begin_again, context=again)

    def _begin_again(self) -> None:
        try:
            functions = self._load()
        except Exception as problem:
            log.critical("the app cannot be loaded again: %s", problem)
            self._give_up()
            return
        self._functions = {function.name: function for function in functions}
        log.warning("worker started anew")
        self._up.set()

    def _give_up(self) -> None:
        self.given_up.set()
        self._up.set()

    def _make_task(self, loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
        """Remembers the tasks that are made within an invocation: they end with the worker."""
        task = asyncio.Task(coro, loop=loop, **options)
        if CURRENT.get() is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return task
