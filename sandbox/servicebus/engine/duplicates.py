"""Which message ids a queue has seen lately."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Duplicates:
    """Scheduled messages count from the moment they were sent, as all others do."""

    window: int | None  # milliseconds; None: nobody looks
    _seen: OrderedDict[Hashable, int] = field(default_factory=OrderedDict)

    def meet(self, message_id: Hashable, now: int) -> bool:
        """Whether it was met before; the window is not renewed by meeting it again."""
        if self.window is None or message_id is None:
            return False
        while self._seen and next(iter(self._seen.values())) <= now - self.window:
            self._seen.popitem(last=False)
        known = message_id in self._seen
        self._seen.setdefault(message_id, now)
        return known
