"""`python -m sandbox.directory`: the stand-in as a program, until it is told to stop."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sandbox.directory.seed import make_up, plant_file
from sandbox.directory.server import Directory


def main() -> None:
    arguments = _parser().parse_args()
    secret = os.environ.get(arguments.secret_env)
    if not secret:
        sys.exit(f"the environment variable {arguments.secret_env} holds no secret")
    asyncio.run(_run(arguments, secret))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.directory", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--secret-env", required=True, help="variable with the tokens' secret")
    parser.add_argument("--seed", type=Path, help="JSON file with tenant, users and groups")
    parser.add_argument("--made-up", type=int, default=0, help="so many made-up guests")
    parser.add_argument("--members", type=int, default=0, help="so many made-up members")
    parser.add_argument("--scale", type=float, default=1.0, help="simulated seconds per real one")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds per request")
    parser.add_argument("--replication", type=float, default=0.0, help="simulated seconds")
    parser.add_argument("--no-quotas", action="store_true")
    return parser


async def _run(arguments: argparse.Namespace, secret: str) -> None:
    settings: dict[str, Any] = {
        "latency_ms": arguments.latency,
        "replication_seconds": arguments.replication,
        "quotas": not arguments.no_quotas,
    }
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with Directory.running(
        secret=secret, port=arguments.port, scale=arguments.scale, **settings
    ) as directory:
        if arguments.seed:
            plant_file(directory.world, arguments.seed)
        make_up(directory.world, guests=arguments.made_up, members=arguments.members)
        print(f"ready {directory.url}", flush=True)
        await stopped.wait()


if __name__ == "__main__":
    main()
