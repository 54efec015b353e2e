"""The host's life: listen to every trigger, then drain when told to stop."""

import asyncio
import logging
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.host.admin import ADDRESS, Parts, Underway, serve_admin
from sandbox.host.listener import Listener

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ended:
    code: int
    port: int
    recycle: bool
    """Whether the host shall begin anew in a process like a new one."""


async def run_host(parts: Parts, port: int, drain_for: float) -> Ended:
    """Says `ready ...` on stdout once every listener is up."""
    stop, recycle = _told_to_stop(), parts.worker.given_up
    listeners = parts.listeners
    requested: set[Underway] = set()
    async with serve_admin(parts, port, requested) as served:
        tasks = {asyncio.create_task(each.listen(), name=n) for n, each in listeners.items()}
        saying = asyncio.create_task(_say_when_up(listeners, served))
        endings = {asyncio.create_task(each.wait()) for each in (stop, recycle)}
        await asyncio.wait({*endings, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        for waiting in (saying, *endings):
            waiting.cancel()
        fell = any(not task.cancelled() and task.done() for task in tasks)
        await _drain(listeners, {*tasks, *requested}, drain_for)
    if parts.blob_queue:
        await parts.blob_queue.close()
    return Ended(1 if fell else 0, served, recycle.is_set() and not stop.is_set())


def _told_to_stop() -> asyncio.Event:
    told = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, told.set)
    return told


async def _say_when_up(listeners: Mapping[str, Listener], port: int) -> None:
    for listener in listeners.values():
        await listener.phase.up.wait()
    print(f"ready {len(listeners)} functions, admin http://{ADDRESS}:{port}", flush=True)


async def _drain(
    listeners: Mapping[str, Listener], tasks: set[asyncio.Task[Any]], drain_for: float
) -> None:
    log.info("stopping")
    for listener in listeners.values():
        listener.phase.stopping.set()
    late = (await asyncio.wait(tasks, timeout=drain_for))[1] if tasks else set()
    for task in late:
        log.warning("not drained in time", extra={"for": task.get_name()})
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            log.critical("listener fell: %s", ended, exc_info=ended)
    log.info("stopped")
