"""At the rim: how a function of `function_app.py` reads its message and settles it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import TypeVar

from b2b import outside
from b2b.adapters.received_message import OneMessage, SeveralMessages, receives, receives_many
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.flows.settling import Act, Refusing, Turn
from b2b.wiring import live

T = TypeVar("T")


def defers_to(queue: str, refused: Refusing | None = None) -> Callable[[Turn], OneMessage]:
    """For a function of one message. `queue` is an app setting between percent signs."""

    def around(turn: Turn) -> OneMessage:
        @wraps(turn)
        async def settled(message: ReceivedMessage) -> None:
            house = live()
            name = house.settings.resolve(queue)
            await house.settling.settle(name, message, turn, refused)

        return receives(settled, _now)

    return around


def settles_together(queue: str, read: Callable[[bytes], T]) -> Callable[[Act[T]], SeveralMessages]:
    """For a function of many messages: it is given what `read` makes of their bodies."""

    def around(act: Act[T]) -> SeveralMessages:
        @wraps(act)
        async def settled(messages: Sequence[ReceivedMessage]) -> None:
            house = live()
            name = house.settings.resolve(queue)
            await house.settling.settle_together(name, messages, read, act)

        return receives_many(settled, _now)

    return around


async def answers(message: ReceivedMessage, reason: Reason) -> None:
    """For a queue that other services send to: they are told, and nothing is kept of the body."""
    signature = outside.told_by(message.body, message.stamp)
    wrong = live().correspondence.wrong
    await wrong.turn_away(message.body, signature, reason, message.first_day)


def _now() -> datetime:
    return live().clock()
