"""Runs a function once: its input decoded, its time limited, its ending logged."""

import asyncio
import contextvars
import logging
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import azure.functions as func

from sandbox.host.function import Function
from sandbox.host.logs import CURRENT, Current

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

    def __init__(self, threads: Executor, timeout: float | None) -> None:
        self._threads = threads
        self._timeout = timeout
        self._in_threads: set[Future[None]] = set()
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

    @property
    def threads_busy(self) -> bool:
        """Whether a sync function goes on that its invocation no longer waits for."""
        return any(working.running() for working in self._in_threads)

    async def _attempt(self, function: Function, decode: Decode) -> Exception | None:
        limit = asyncio.timeout(self._timeout)
        try:
            async with limit:
                await self._call(function, await decode())
        except Exception as failure:
            if limit.expired():
                return TimedOut(f"{function.name} ran longer than {self._timeout} s")
            return failure
        return None

    async def _call(self, function: Function, value: Any) -> None:
        arguments = {function.parameter: value}
        if function.wants_context:
            arguments["context"] = Context(function)
        if function.is_async:
            await function.call(**arguments)
            return
        within = contextvars.copy_context()
        working = self._threads.submit(lambda: within.run(function.call, **arguments))
        self._in_threads.add(working)
        working.add_done_callback(self._in_threads.discard)
        await asyncio.wrap_future(working)


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
