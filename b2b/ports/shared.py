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
class Page(Generic[T]):
    """Part of a list; `following` leads to the next part and is empty on the last."""

    items: Sequence[T]
    following: str = ""
