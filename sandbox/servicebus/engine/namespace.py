"""All entities of one Service Bus namespace."""

from collections.abc import Callable, Iterable, Iterator

from sandbox.servicebus.engine.faults import Faults
from sandbox.servicebus.engine.queue import Queue
from sandbox.servicebus.entities import Terms
from sandbox.servicebus.refused import NOT_FOUND, Refused

_DEAD = "/$deadletterqueue"


class Namespace:
    """Call `tick` before anything is asked and at `next_alarm`, and `pump` after."""

    def __init__(self, entities: Iterable[Terms], now: Callable[[], int]) -> None:
        self.faults = Faults()
        self.now = now
        self._queues = {
            queue.terms.path.lower(): queue for each in entities for queue in _opened(each, now)
        }
        for queue in self._queues.values():
            if queue.terms.forward_to:
                queue.onward = [self._queues[queue.terms.forward_to.lower()]]

    def find(self, path: str) -> Queue:
        """Names compare without case. Raises Refused for what there is not."""
        name = path.strip("/").lower()
        queue = self._queues.get(name.removesuffix(_DEAD))
        found = queue and (queue.dead if name.endswith(_DEAD) else queue)
        if found is None:
            raise Refused(NOT_FOUND, f"The messaging entity {path!r} could not be found.")
        return found

    def tick(self) -> None:
        alarm = self.next_alarm()
        if alarm is not None and alarm <= self.now():
            for queue in self:
                queue.tick()

    def pump(self) -> None:
        for queue in self:
            if queue.consumers or queue.sessions:
                queue.pump()

    def next_alarm(self) -> int | None:
        alarms = [queue.alarms[0][0] for queue in self if queue.alarms]
        return min(alarms, default=None)

    def __iter__(self) -> Iterator[Queue]:
        for queue in self._queues.values():
            yield queue
            if queue.dead:
                yield queue.dead


def _opened(terms: Terms, now: Callable[[], int]) -> Iterator[Queue]:
    if terms.subscriptions is None:
        yield Queue.with_dead_letters(terms, now)
        return
    below = [Queue.with_dead_letters(each, now) for each in terms.subscriptions]
    yield from below
    yield Queue(terms, now, onward=below)
