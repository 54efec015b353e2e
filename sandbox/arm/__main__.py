"""`python -m sandbox.arm`: the stand-in as a program, until it is told to stop."""

import argparse
import asyncio
import os
import signal
import sys

from sandbox.arm.server import Arm
from sandbox.identity.tokens import SANDBOX_TENANT


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.arm", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--secret-env", required=True, help="variable with the tokens' secret")
    parser.add_argument("--tenant", default=SANDBOX_TENANT)
    arguments = parser.parse_args()
    secret = os.environ.get(arguments.secret_env)
    if not secret:
        sys.exit(f"the environment variable {arguments.secret_env} holds no secret")
    asyncio.run(_run(arguments, secret))


async def _run(arguments: argparse.Namespace, secret: str) -> None:
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with Arm.running(secret=secret, tenant=arguments.tenant, port=arguments.port) as arm:
        print(f"ready {arm.url}", flush=True)
        await stopped.wait()


if __name__ == "__main__":
    main()
