"""`python -m sandbox.storage`: storage on loopback until it is told to stop."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from sandbox.storage import DEFAULT_PORTS, Azurite, NotInstalled, Ports, free_ports


def main() -> int:
    wanted = _arguments()
    ports = free_ports() if wanted.free_ports else Ports(wanted.blob, wanted.queue, wanted.table)
    try:
        return asyncio.run(_serve(Azurite(ports, wanted.location)))
    except (NotInstalled, RuntimeError, TimeoutError) as problem:
        print(problem, file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.storage", description=__doc__)
    for service, port in DEFAULT_PORTS._asdict().items():
        parser.add_argument(f"--{service}", type=int, default=port, help=f"default {port}")
    parser.add_argument("--free-ports", action="store_true", help="any three free ports")
    parser.add_argument("--location", type=Path, help="a folder to keep things in, else memory")
    return parser.parse_args()


async def _serve(azurite: Azurite) -> int:
    told_to_stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, told_to_stop.set)
    try:
        await azurite.start()
        print(f"ready {_addresses(azurite.ports)}", flush=True)
        return await _until(told_to_stop, azurite)
    finally:
        await azurite.stop()


def _addresses(ports: Ports) -> str:
    return " ".join(
        f"{service} http://127.0.0.1:{port}" for service, port in ports._asdict().items()
    )


async def _until(told_to_stop: asyncio.Event, azurite: Azurite) -> int:
    stop = asyncio.create_task(told_to_stop.wait())
    gone = asyncio.create_task(azurite.gone())
    await asyncio.wait([stop, gone], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if gone.done():
        print("Azurite ended by itself", file=sys.stderr)
        return 1
    gone.cancel()
    return 0


if __name__ == "__main__":
    sys.exit(main())
