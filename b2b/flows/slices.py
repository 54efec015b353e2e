"""Many small waits side by side, but never too many."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 20


async def in_slices(items: Sequence[T], act: Callable[[T], Awaitable[R]]) -> list[R]:
    """What `act` answers for each, in order; the first error goes out when its slice is over."""
    answers: list[R] = []
    for start in range(0, len(items), AT_ONCE):
        some = items[start : start + AT_ONCE]
        ended = await asyncio.gather(*map(act, some), return_exceptions=True)
        answers += [_answer(one) for one in ended]
    return answers


def _answer(ended: R | BaseException) -> R:
    if isinstance(ended, BaseException):
        raise ended
    return ended
