"""Runs a function once: its input decoded, its time limited, its ending logged."""

import asyncio
import contextvars
import logging
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import azure.functions as func

from sandbox.host.function import Function
from sandbox.host.logs import CURRENT, Current
from sandbox.host.worker import Worker, WorkerGone

log = logging.getLogger(__name__)

Decode = Callable[[], Awaitable[Any]]


class TimedOut(Exception):
    """The function ran longer than functionTimeout allows."""


@dataclass
class Tally:
    invocations: int = 0
    failures: int = 0
    running: int = 0


class Invoker:
    """Async functions run on the loop, the others in the threads that were given."""

    def __init__(self, worker: Worker, timeout: float | None) -> None:
        self._worker = worker
        self._timeout = timeout
        self.tallies: defaultdict[str, Tally] = defaultdict(Tally)

    async def run(self, function: Function, decode: Decode) -> Exception | None:
        """What the function failed of, or None. Never raises but when cancelled."""
        tally = self.tallies[function.name]
        tally.invocations += 1
        tally.running += 1
        mark = CURRENT.set(Current(function.name, str(uuid.uuid4())))
        started = time.monotonic()
        try:
            failure = await self._attempt(function, decode)
        finally:
            tally.running -= 1
            took = time.monotonic() - started
        tally.failures += failure is not None
        _tell(took, failure)
        CURRENT.reset(mark)
        return failure

    async def _attempt(self, function: Function, decode: Decode) -> Exception | None:
        async def work(present: Function) -> None:
            await self._call(present, await decode())

        try:
            run = await self._worker.begin(function.name, work)
        except WorkerGone as failure:
            return failure
        limit = asyncio.timeout(self._timeout)
        try:
            async with limit:
                await run.answer
        except Exception as failure:
            if not limit.expired():
                return failure
            self._worker.is_late(run)
            return TimedOut(f"{function.name} ran longer than {self._timeout} s")
        finally:
            self._worker.end(run)
        return None

    async def _call(self, function: Function, value: Any) -> None:
        arguments = {function.parameter: value}
        if function.wants_context:
            arguments["context"] = Context(function)
        if function.is_async:
            await function.call(**arguments)
            return
        within = contextvars.copy_context()
        call = partial(within.run, function.call, **arguments)
        await asyncio.wrap_future(self._worker.in_thread(call))


class Context(func.Context):
    """What a parameter named `context` receives."""

    _storage = threading.local()

    def __init__(self, function: Function) -> None:
        current = CURRENT.get()
        self._name = function.name
        self._invocation_id = current.invocation if current else ""
        self._storage.invocation_id = self._invocation_id

    @property
    def invocation_id(self) -> str:
        return self._invocation_id

    @property
    def function_name(self) -> str:
        return self._name

    @property
    def function_directory(self) -> str:
        return str(Path.cwd())

    @property
    def thread_local_storage(self) -> Any:
        return self._storage

    @property
    def trace_context(self) -> Any:
        return None

    @property
    def retry_context(self) -> Any:
        return None


def _tell(took: float, failure: Exception | None) -> None:
    facts: dict[str, Any] = {"succeeded": failure is None, "duration_ms": round(took * 1000, 1)}
    if failure is None:
        log.info("function succeeded", extra=facts)
    else:
        facts |= {"error": type(failure).__name__}
        log.error("function failed: %s", failure, extra=facts, exc_info=failure)
