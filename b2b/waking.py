"""At the rim: every function that wakes looks whether the nightly sweep is overdue."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar

from b2b.wiring import live

T = TypeVar("T")


def keeps_vigil(turn: Callable[[T], Awaitable[None]]) -> Callable[[T], Awaitable[None]]:
    """Before its own work; once an hour in each process, and never in the way."""

    @wraps(turn)
    async def woken(event: T) -> None:
        await live().stays.vigil.look()
        await turn(event)

    return woken
