"""Which message ids a queue has seen lately."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Duplicates:
    """Scheduled messages count from the moment they were sent, as all others do."""

    window: int | None  # milliseconds; None: nobody looks
    seen: OrderedDict[str, int] = field(default_factory=OrderedDict)
    fresh: dict[str, int] | None = None  # what a journal, if any, has to write

    def meet(self, message_id: Hashable, now: int) -> bool:
        """Whether it was met before; the window is not renewed by meeting it again."""
        if self.window is None or message_id is None:
            return False
        while self.seen and next(iter(self.seen.values())) <= now - self.window:
            self.seen.popitem(last=False)
        key = str(message_id)
        known = key in self.seen
        if not known:
            self.seen[key] = now
            if self.fresh is not None:
                self.fresh[key] = now
        return known
