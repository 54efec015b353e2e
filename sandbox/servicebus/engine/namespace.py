"""All entities of one Service Bus namespace."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from sandbox.servicebus.engine.faults import Faults
from sandbox.servicebus.engine.queue import Queue
from sandbox.servicebus.entities import Terms
from sandbox.servicebus.refused import NOT_FOUND, Refused

if TYPE_CHECKING:
    from sandbox.servicebus.journal import Journal


class Namespace:
    """Call `tick` before anything is asked and at `next_alarm`, and `pump` after."""

    def __init__(self, entities: Iterable[Terms], now: Callable[[], int]) -> None:
        self.faults = Faults()
        self.now = now
        self.journal: Journal | None = None
        self._queues = {
            queue.terms.path.lower(): queue for each in entities for queue in _opened(each, now)
        }
        for queue in self._queues.values():
            if queue.terms.forward_to:
                queue.onward = [self._queues[queue.terms.forward_to.lower()]]
        main = self._queues.values()
        below = [sub for queue in main for sub in (queue.dead, queue.transfer_dead) if sub]
        self._every = (*main, *below)
        self._by_path = {queue.terms.path.lower(): queue for queue in self._every}

    def find(self, path: str) -> Queue:
        """Names compare without case. Raises Refused for what there is not."""
        found = self._by_path.get(path.strip("/").lower())
        if found is None:
            raise Refused(NOT_FOUND, f"The messaging entity {path!r} could not be found.")
        return found

    def tick(self) -> None:
        alarm = self.next_alarm()
        if alarm is not None and alarm <= self.now():
            for queue in self._every:
                queue.tick()

    def pump(self) -> None:
        for queue in self._every:
            if queue.consumers or queue.sessions:
                queue.pump()

    def commit(self) -> None:
        """To the journal, if there is one; call it before anything is answered."""
        if self.journal:
            self.journal.commit()

    def next_alarm(self) -> int | None:
        alarms = [queue.alarms[0][0] for queue in self._every if queue.alarms]
        return min(alarms, default=None)

    def __iter__(self) -> Iterator[Queue]:
        return iter(self._every)


def _opened(terms: Terms, now: Callable[[], int]) -> Iterator[Queue]:
    if terms.subscriptions is None:
        yield Queue.with_dead_letters(terms, now)
        return
    below = [Queue.with_dead_letters(each, now) for each in terms.subscriptions]
    yield from below
    yield Queue(terms, now, onward=below)
