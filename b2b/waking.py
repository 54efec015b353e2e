"""At the rim: every function that wakes looks whether the nightly sweep is overdue."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec

from b2b.wiring import live

P = ParamSpec("P")


def keeps_vigil(turn: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    """Before its own work; once an hour in each process, and never in the way."""

    @wraps(turn)
    async def woken(*event: P.args, **named: P.kwargs) -> None:  # the host calls by name
        await live().stays.vigil.look()
        await turn(*event, **named)

    return woken
