"""Dead letters in memory, by queue."""

from collections import defaultdict
from collections.abc import Awaitable, Callable

from b2b.domain.dead_letter import DeadLetter
from b2b.domain.errors import TryLater


class FakeDeadLetters:
    """`away`: raised in place of the next turn."""

    def __init__(self) -> None:
        self.letters: defaultdict[str, list[DeadLetter]] = defaultdict(list)
        self.away: TryLater | None = None

    async def work_off(
        self,
        queue: str,
        take: Callable[[DeadLetter], Awaitable[bool]],
        *,
        most: int,
        seconds: float,
    ) -> None:
        if self.away is not None:
            raise self.away
        for letter in self.letters[queue][:most]:
            if await take(letter):
                self.letters[queue].remove(letter)
