"""`python -m sandbox.logs`: the stand-in as a program; says where it listens and whom to trust."""

import argparse
import asyncio
import os
import signal
import sys

from sandbox.logs.workspace import Workspace


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.logs", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--secret-env", required=True, help="variable with the tokens' secret")
    arguments = parser.parse_args()
    secret = os.environ.get(arguments.secret_env)
    if not secret:
        sys.exit(f"the environment variable {arguments.secret_env} holds no secret")
    asyncio.run(_run(arguments.port, secret))


async def _run(port: int, secret: str) -> None:
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with Workspace.running(secret=secret, port=port) as workspace:
        print(f"ready {workspace.url} {workspace.authority}", flush=True)
        await stopped.wait()


if __name__ == "__main__":
    main()
