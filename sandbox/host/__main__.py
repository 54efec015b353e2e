"""`python -m sandbox.host`: runs a Functions app of the Python v2 model on this machine."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from sandbox.host.admin import Parts
from sandbox.host.app import load_app
from sandbox.host.errors import CannotStart
from sandbox.host.host import Ended, run_host
from sandbox.host.hostjson import HostOptions, read_host_json
from sandbox.host.invocation import Invoker
from sandbox.host.keys import read_keys
from sandbox.host.listeners import Surroundings, host_id, make_listeners
from sandbox.host.logs import log_as_json
from sandbox.host.settings import fill_up
from sandbox.host.worker import Worker

log = logging.getLogger("sandbox.host")


def main() -> int:
    wanted, place = _arguments(), Path.cwd()
    app = Path(wanted.app).resolve()
    try:
        if wanted.settings:
            fill_up(os.environ, wanted.settings)
        options = read_host_json(app / "host.json", os.environ)
        log_as_json(options.log_levels)
        _warn(options.unknown_keys)
        ended = asyncio.run(_run(app, options, wanted))
    except CannotStart as problem:
        print(f"cannot start: {problem}", file=sys.stderr)
        return 2
    if ended.recycle:
        _begin_anew(place, ended.port)
    return ended.code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.host", description=__doc__)
    parser.add_argument("--app", required=True, help="the folder with function_app.py")
    parser.add_argument("--port", type=int, default=7071, help="for the admin API; 0: a free one")
    parser.add_argument("--settings", type=Path, help="a local.settings.json")
    parser.add_argument("--scan-every", type=float, default=1.0, help="seconds between blob scans")
    parser.add_argument("--drain", type=float, default=30.0, help="seconds to finish when stopping")
    return parser.parse_args()


def _warn(unknown_keys: Sequence[str]) -> None:
    for key in unknown_keys:
        log.warning("host.json: %s is not a key the host knows; it is ignored", key)


async def _run(app: Path, options: HostOptions, wanted: argparse.Namespace) -> Ended:
    count = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT")
    worker = Worker(
        lambda: load_app(app, os.environ),
        lambda: ThreadPoolExecutor(int(count) if count else None, "function"),
    )
    # The app is loaded on the loop, as the worker does: some clients look for one when made.
    functions = worker.start()
    invoker = Invoker(worker, options.timeout)
    around = Surroundings(os.environ, options, invoker, wanted.scan_every, host_id(app, os.environ))
    listeners = make_listeners(functions, around)
    blobs = any(function.kind == "blobTrigger" for function in functions)
    queue = around.blob_queue if blobs else None
    parts = Parts(listeners, invoker, worker, read_keys(os.environ), queue)
    ended = await run_host(parts, wanted.port, wanted.drain)
    if worker.threads_busy and not ended.recycle:
        # A thread cannot be cancelled, and the interpreter would wait for it.
        logging.shutdown()
        os._exit(ended.code)
    return ended


def _begin_anew(place: Path, port: int) -> NoReturn:
    """The platform starts a host again that has stopped; here on the same port."""
    logging.shutdown()
    os.chdir(place)
    os.execv(sys.executable, [*sys.orig_argv, "--port", str(port)])


if __name__ == "__main__":
    sys.exit(main())
