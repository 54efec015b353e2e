"""What several ports speak of."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from b2b.domain.policy import Policy

Clock = Callable[[], datetime]  # aware, UTC

PolicyNow = Callable[[], Awaitable[Policy]]
"""The policy in force. Raises Refused `policy_missing` or `policy_faulty`, or TryLater."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UnreadItem:
    """One account of a list that could not be read, and why. `id` is empty when that is amiss."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list; `following` leads to the next part and is empty on the last.

    `unread`: what was on it, and could not be read.
    """

    items: Sequence[T]
    following: str = ""
    unread: Sequence[UnreadItem] = ()
