"""The broker on a loopback port: in the caller's event loop, or in a thread of its own."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from sandbox.servicebus.access import Access
from sandbox.servicebus.clock import Clock
from sandbox.servicebus.engine.faults import Fault
from sandbox.servicebus.engine.namespace import Namespace
from sandbox.servicebus.entities import Terms
from sandbox.servicebus.journal import Journal
from sandbox.servicebus.refused import Refused
from sandbox.servicebus.transport.connection import Connection
from sandbox.servicebus.transport.frames import IDLE_TIMEOUT

LOOPBACK = "127.0.0.1"
# A client drops the connection when a send of 256 KB is stuck for a second in full buffers.
_RECEIVE_BUFFER = 4 * 1024 * 1024

Found = TypeVar("Found")


class ServiceBus:
    """Call it in its own loop only; `call` is for other threads."""

    def __init__(
        self, entities: Iterable[Terms], clock: Clock, access: Access, idle_timeout: int
    ) -> None:
        self.clock = clock
        self.engine = Namespace(entities, clock.now)
        self._access = access
        self._idle_timeout = idle_timeout
        self.port = 0
        self._loop = asyncio.get_running_loop()
        self._connections: set[Connection] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timed: int | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls,
        entities: Iterable[Terms],
        *,
        port: int = 0,
        clock: Clock | None = None,
        access: Access | None = None,
        journal: Path | None = None,
        idle_timeout: int = IDLE_TIMEOUT,
    ) -> "AsyncIterator[ServiceBus]":
        """`journal`: the file that keeps the messages; `idle_timeout` is told, in milliseconds."""
        bus = cls(entities, clock or Clock(), access or Access(), idle_timeout)
        if journal:
            bus.engine.journal = Journal(journal, bus.engine)
        bus._wake()
        server = await bus._loop.create_server(bus._connect, sock=listening(port))
        bus.port = server.sockets[0].getsockname()[1]
        try:
            yield bus
        finally:
            server.close()
            bus._stop()
            if bus.engine.journal:
                bus.engine.journal.close()
                bus.engine.journal = None

    @property
    def connection_string(self) -> str:
        return (
            f"Endpoint=sb://localhost:{self.port};SharedAccessKeyName=sandbox;"
            "SharedAccessKey=sandbox;UseDevelopmentEmulator=true"
        )

    def advance(self, seconds: float) -> None:
        """What would have happened in so many seconds happens now."""
        self.clock.advance(seconds)
        self._wake()

    def order(self, *faults: Fault) -> None:
        self.engine.faults.rules.extend(faults)

    def call(self, act: Callable[[], Found]) -> Found:
        """Runs it in the loop of the bus, for another thread."""

        async def there() -> Found:
            return act()

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result(10)

    def _connect(self) -> Connection:
        self._connections = {each for each in self._connections if not each.lost}
        connection = Connection(self.engine, self._access, self._after, self._idle_timeout)
        self._connections.add(connection)
        return connection

    def _after(self) -> None:
        self.engine.pump()
        self.engine.commit()
        for connection in self._connections:
            connection.flush()
        self._set_timer()

    def _wake(self) -> None:
        self._timed = None
        self.engine.tick()
        self._after()

    def _set_timer(self) -> None:
        alarm = self.engine.next_alarm()
        if alarm == self._timed:
            return
        if self._timer:
            self._timer.cancel()
        self._timed = alarm
        if alarm is not None:
            wait = self.clock.real_seconds_until(alarm)
            self._timer = self._loop.call_later(wait, self._wake)

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timed = None
        gone = Refused("amqp:connection:forced", "The broker is shutting down")
        for connection in list(self._connections):
            connection.close(gone)


@contextlib.contextmanager
def in_thread(entities: Iterable[Terms], *, clock: Clock | None = None) -> Iterator[ServiceBus]:
    """For callers who block, as the synchronous SDK does."""
    started: list[ServiceBus] = []
    ready, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with ServiceBus.running(entities, clock=clock) as bus:
            started.append(bus)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    if not ready.wait(10):
        raise RuntimeError("the broker did not start")
    try:
        yield started[0]
    finally:
        started[0].call(stop.set)
        thread.join(10)


def listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    listener.bind((LOOPBACK, port))
    return listener
