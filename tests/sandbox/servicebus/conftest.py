"""A broker with one queue `work` per test, and handlers that are closed while later tests run."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusReceiver, ServiceBusSender

from sandbox.servicebus import ServiceBus, in_thread, read

MakeDesk = Callable[..., "Desk"]


class Desk:
    """A running broker and the synchronous SDK in front of it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._open = ExitStack()
        self.bus: ServiceBus = self._open.enter_context(in_thread(read(document)))
        self.client = ServiceBusClient.from_connection_string(
            self.bus.connection_string, retry_backoff_factor=0.05, retry_backoff_max=0.2
        )

    def sender(self, queue: str = "work") -> ServiceBusSender:
        return self._open.enter_context(self.client.get_queue_sender(queue))

    def receiver(self, queue: str = "work", **options: Any) -> ServiceBusReceiver:
        return self._open.enter_context(self.client.get_queue_receiver(queue, **options))

    def pair(self, **options: Any) -> tuple[ServiceBusSender, ServiceBusReceiver]:
        """Opened side by side: each takes the SDK half a second, most of it asleep."""
        with ThreadPoolExecutor(2) as pool:
            sender = pool.submit(self.client.get_queue_sender("work").__enter__)
            receiver = pool.submit(self.client.get_queue_receiver("work", **options).__enter__)
        self._open.push(sender.result())
        self._open.push(receiver.result())
        return sender.result(), receiver.result()

    def refusals(self, *handlers: Any) -> list[Exception | None]:
        """What opening each of them raised; side by side, as they take a second each."""
        with ThreadPoolExecutor(len(handlers)) as pool:
            opened = [pool.submit(handler.__enter__) for handler in handlers]
        return [each.exception() for each in opened]  # type: ignore[misc]

    def also(self, handler: Any) -> Any:
        return self._open.enter_context(handler)

    def advance(self, seconds: float) -> None:
        self.bus.call(lambda: self.bus.advance(seconds))

    def held(self, path: str = "work") -> int:
        """How many messages the entity keeps, in whatever state."""
        return self.bus.call(lambda: len(self.bus.engine.find(path).messages))

    def close(self) -> None:
        self._open.close()


@pytest.fixture(scope="session")
def _closers() -> Iterator[ThreadPoolExecutor]:
    # The SDK takes about a second to close one handler, and sleeps all the while.
    with ThreadPoolExecutor(16) as pool:
        yield pool


@pytest.fixture
def make_desk(_closers: ThreadPoolExecutor) -> Iterator[MakeDesk]:
    desks: list[Desk] = []

    def make(document: dict[str, Any] | None = None, **queue: Any) -> Desk:
        desks.append(Desk(document or {"queues": [{"name": "work", **queue}]}))
        return desks[-1]

    yield make
    for desk in desks:
        _closers.submit(desk.close)


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()
