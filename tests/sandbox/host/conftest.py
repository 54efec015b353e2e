"""Real storage and a real AMQP endpoint for the whole run, and hosts that are never left over."""

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import ContainerClient

from sandbox.storage import Azurite, Ports
from tests.sandbox.host.bus import Bus, running_bus
from tests.sandbox.host.running import RunningHost, write_app

Run = Callable[..., RunningHost]


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    """The connection string of an Azurite."""
    command = [sys.executable, "-m", "sandbox.storage", "--free-ports"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        addresses = running.stdout.readline().split()[2::2]
        ports = Ports(*(int(address.rpartition(":")[2]) for address in addresses))
        yield Azurite(ports).connection_string
        running.terminate()


@pytest.fixture(scope="session")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    with running_bus(tmp_path_factory.mktemp("bus")) as running:
        yield running


@pytest.fixture
def container(storage: str) -> ContainerClient:
    """An empty container with a name of its own."""
    made = ContainerClient.from_connection_string(storage, f"c{uuid.uuid4().hex}")
    made.create_container()
    return made


@pytest.fixture
def run(tmp_path: Path, storage: str) -> Iterator[Run]:
    """Starts hosts; those still running at the end are killed."""
    started: list[RunningHost] = []

    def start(
        source: str,
        *options: str,
        host_json: Mapping[str, Any] | None = None,
        **settings: str,
    ) -> RunningHost:
        folder = write_app(tmp_path / "app", source, host_json)
        given = {"AzureWebJobsStorage": storage, "STORAGE": storage, **settings}
        started.append(RunningHost(folder, given, *options))
        return started[-1]

    yield start
    for host in started:
        host.kill()
