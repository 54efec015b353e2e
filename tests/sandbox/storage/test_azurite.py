"""Azurite starts, keeps what it is given, and leaves no process behind."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from sandbox.storage import DEFAULT_PORTS, Azurite, NotInstalled, Ports, free_ports
from sandbox.storage import azurite as module


async def test_all_three_services_answer_and_nothing_stays_behind() -> None:
    async with Azurite.running() as azurite:
        pid = azurite.pid
        made = _make_one_of_each(azurite.connection_string)

    assert made == ["uploads", "orders", "people"]
    assert pid is not None
    assert not _is_alive(pid)


async def test_a_folder_keeps_things_over_a_restart(tmp_path: Path) -> None:
    ports = free_ports()
    async with Azurite.running(ports, tmp_path) as azurite:
        _make_one_of_each(azurite.connection_string)
    async with Azurite.running(ports, tmp_path) as azurite:
        kept = _containers(azurite.connection_string)

    assert kept == ["uploads"]


async def test_a_taken_port_is_told() -> None:
    free = free_ports()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free.queue))
        taken.listen()
        azurite = Azurite(free)

        with pytest.raises(RuntimeError, match=f"port {free.queue} is taken"):
            await azurite.start()


async def test_a_missing_installation_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SCRIPT", tmp_path / "azurite.js")

    with pytest.raises(NotInstalled, match="run make install"):
        await Azurite(free_ports()).start()


def test_the_default_ports_have_the_short_connection_string() -> None:
    assert Azurite(DEFAULT_PORTS).connection_string == "UseDevelopmentStorage=true"
    assert "http://127.0.0.1:1/" in Azurite(Ports(1, 2, 3)).connection_string


def test_the_account_key_stands_in_no_file_of_ours() -> None:
    from azure.storage.blob._shared.parser import DEVSTORE_ACCOUNT_KEY

    for source in Path(module.__file__).parent.glob("*.py"):
        assert DEVSTORE_ACCOUNT_KEY not in source.read_text("utf-8")


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_ready_and_stops_when_told(told: signal.Signals) -> None:
    command = [sys.executable, "-m", "sandbox.storage", "--free-ports"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        ready = running.stdout.readline()
        children = _children(running.pid)
        running.send_signal(told)
        code = running.wait(10)

    assert ready.startswith("ready blob http://127.0.0.1:")
    assert code == 0
    assert children
    assert not any(_is_alive(child) for child in children)


def _make_one_of_each(connection: str) -> list[str]:
    BlobServiceClient.from_connection_string(connection).create_container("uploads")
    QueueServiceClient.from_connection_string(connection).create_queue("orders")
    TableServiceClient.from_connection_string(connection).create_table("people")
    queues = QueueServiceClient.from_connection_string(connection).list_queues()
    tables = TableServiceClient.from_connection_string(connection).list_tables()
    return [*_containers(connection), *(q.name for q in queues), *(t.name for t in tables)]


def _containers(connection: str) -> list[str]:
    service = BlobServiceClient.from_connection_string(connection)
    return [container.name for container in service.list_containers()]


def _children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True)
    return [int(child) for child in found.stdout.split()]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
