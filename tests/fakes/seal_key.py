"""A key of seals in memory."""

from collections import deque

from b2b.domain.errors import TryLater
from tests.fakes.footing import Footing

KEY = b"a key that only the app knows"


class FakeSealKey:
    def __init__(self, footing: Footing) -> None:
        self._footing = footing
        self._next: deque[TryLater] = deque()

    def says_next(self, *answers: TryLater) -> None:
        self._next.extend(answers)

    async def seal_key(self) -> bytes:
        self._footing.tread()
        if self._next:
            raise self._next.popleft()
        return KEY
