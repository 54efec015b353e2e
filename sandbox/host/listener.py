"""What every trigger's listener promises to the host."""

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from sandbox.host.function import Function

T = TypeVar("T")


@dataclass
class Phase:
    """How far a listener is: up once it listens, stopping when it shall take nothing new."""

    up: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def pause(self, seconds: float) -> None:
        """Sleeps, but not past the moment the host wants to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)

    async def unless_stopping(self, doing: Coroutine[Any, Any, T]) -> T | None:
        """The result, or None when the host wants to stop first: then it is cancelled."""
        task = asyncio.create_task(doing)
        stop = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            task.cancel()
            stop.cancel()
            await asyncio.wait({task, stop})


class Listener(Protocol):
    phase: Phase

    @property
    def function(self) -> Function: ...

    async def listen(self) -> None:
        """Returns after `stopping`, when what was taken is done."""

    async def invoke(self, text: str) -> Exception | None:
        """Runs the function now with an operator's input."""
