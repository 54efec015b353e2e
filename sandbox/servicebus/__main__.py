"""`python -m sandbox.servicebus`: the broker as a process, until SIGTERM or SIGINT."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from sandbox.servicebus.access import SANDBOX_KEYS, Access
from sandbox.servicebus.clock import Clock
from sandbox.servicebus.control import controlling
from sandbox.servicebus.entities import Misconfigured, Terms, read_file
from sandbox.servicebus.server import LOOPBACK, ServiceBus


def main() -> int:
    wanted = _arguments()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(_serve(wanted, read_file(wanted.entities)))
    except (Misconfigured, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.servicebus", description=__doc__)
    parser.add_argument("--port", type=int, default=5672, help="0: any free one")
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--entities", type=Path, required=True)
    parser.add_argument("--clock-scale", type=float, default=1.0, help="60: a minute per second")
    parser.add_argument(
        "--journal",
        type=Path,
        metavar="FILE",
        help="keep the messages in this file: what was confirmed outlives a kill of the process and"
        " is there again after a start with the same FILE (default: in memory only)",
    )
    parser.add_argument(
        "--key",
        action="append",
        type=_key,
        default=[],
        metavar="NAME=KEY",
        help="accept this shared access key besides sandbox=sandbox; may be given again",
    )
    parser.add_argument(
        "--anonymous",
        action="store_true",
        help="links need no token, for AMQP clients that cannot put one; Azure always wants one",
    )
    return parser.parse_args()


def _key(given: str) -> tuple[str, str]:
    name, equals, key = given.partition("=")
    if not (name and equals and key):
        raise argparse.ArgumentTypeError("write it as NAME=KEY")
    return name, key


async def _serve(wanted: argparse.Namespace, entities: tuple[Terms, ...]) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    clock = Clock(scale=wanted.clock_scale)
    access = Access(keys={**SANDBOX_KEYS, **dict(wanted.key)}, anonymous=wanted.anonymous)
    async with (
        ServiceBus.running(
            entities, port=wanted.port, clock=clock, access=access, journal=wanted.journal
        ) as bus,
        controlling(bus, wanted.control_port) as control,
    ):
        print(f"ready amqp://{LOOPBACK}:{bus.port} control {control}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
