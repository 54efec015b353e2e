"""Chooses, for every function of the app, the listener that its trigger asks for."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sandbox.host.blob_events import BlobEvents, Registry
from sandbox.host.blob_input import connection_name
from sandbox.host.blob_path import read_path
from sandbox.host.blob_queue import BlobQueue
from sandbox.host.blob_receipts import Receipts
from sandbox.host.blob_run import BlobRunner
from sandbox.host.blob_scan import BlobScan
from sandbox.host.function import Function
from sandbox.host.hostjson import HostOptions
from sandbox.host.invocation import Invoker
from sandbox.host.listener import Listener
from sandbox.host.servicebus_entity import entity, is_many
from sandbox.host.servicebus_many import Batches
from sandbox.host.servicebus_one import OneByOne
from sandbox.host.settings import connection_string
from sandbox.host.timer import Timer, now
from sandbox.host.timer_schedule import Schedule
from sandbox.host.timer_status import Monitor

HOST_STORAGE = "AzureWebJobsStorage"
HIDDEN_FOR = 600.0
"""How long a queue message is hidden from others; here for the time limit, if that is longer."""


@dataclass(frozen=True)
class Surroundings:
    settings: Mapping[str, str]
    options: HostOptions
    invoker: Invoker
    scan_every: float
    host_id: str
    registry: Registry = field(default_factory=dict)

    @cached_property
    def blob_queue(self) -> BlobQueue:
        """Raises CannotStart."""
        storage = connection_string("blob events", HOST_STORAGE, self.settings)
        hidden = max(HIDDEN_FOR, (self.options.timeout or 0.0) + 60.0)
        return BlobQueue(storage, self.host_id, hidden)


def host_id(app: Path, settings: Mapping[str, str]) -> str:
    """Names this app's share of the host storage; the same after a restart."""
    by_place = hashlib.sha256(str(app.resolve()).encode()).hexdigest()[:16]
    return settings.get("AzureFunctionsWebHost__hostid") or f"local-{by_place}"


def make_listeners(functions: Sequence[Function], around: Surroundings) -> dict[str, Listener]:
    """By function name. Raises CannotStart."""
    return {function.name: _listener(function, around) for function in functions}


def _listener(function: Function, around: Surroundings) -> Listener:
    if function.kind == "timerTrigger":
        return _timer(function, around)
    if function.kind == "blobTrigger":
        return _blob(function, around)
    source = entity(function, around.settings)
    kind = Batches if is_many(function) else OneByOne
    return kind(function, source, around.options.service_bus, around.invoker)


def _timer(function: Function, around: Surroundings) -> Timer:
    schedule = Schedule(function.name, str(function.trigger["schedule"]))
    monitored = function.trigger.get("useMonitor", True) and not schedule.is_frequent(now())
    monitor = None
    if monitored:
        storage = connection_string(function.name, HOST_STORAGE, around.settings)
        monitor = Monitor(storage, around.host_id, function.name)
    return Timer(function, schedule, monitor, around.invoker)


def _blob(function: Function, around: Surroundings) -> Listener:
    options = around.options.blobs
    connection = connection_string(function.name, connection_name(function), around.settings)
    path = read_path(function.name, str(function.trigger["path"]))
    runner = BlobRunner(function, path, connection, options.tries, around.invoker)
    if str(function.trigger.get("source", "")).lower() == "eventgrid":
        queue, registry = around.blob_queue, around.registry
        return BlobEvents(runner, queue, registry, options.parallelism, around.scan_every)
    storage = connection_string(function.name, HOST_STORAGE, around.settings)
    receipts = Receipts(storage, around.host_id, function.name)
    return BlobScan(runner, receipts, options.parallelism, around.scan_every)
