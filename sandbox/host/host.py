"""The host's life: listen to every trigger, then drain when told to stop."""

import asyncio
import logging
import signal
from collections.abc import Mapping
from typing import Any

from sandbox.host.admin import ADDRESS, Underway, serve_admin
from sandbox.host.invocation import Invoker
from sandbox.host.listener import Listener

log = logging.getLogger(__name__)


async def run_host(
    listeners: Mapping[str, Listener], invoker: Invoker, port: int, drain_for: float
) -> int:
    """The exit code. Says `ready ...` on stdout once every listener is up."""
    stop = _told_to_stop()
    requested: set[Underway] = set()
    async with serve_admin(listeners, invoker, port, requested) as served:
        tasks = {asyncio.create_task(each.listen(), name=n) for n, each in listeners.items()}
        saying = asyncio.create_task(_say_when_up(listeners, served))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        saying.cancel()
        fell = any(not task.cancelled() and task.done() for task in tasks)
        await _drain(listeners, {*tasks, *requested}, drain_for)
    return 1 if fell else 0


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
