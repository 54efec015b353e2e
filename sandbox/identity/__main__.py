"""`python -m sandbox.identity`: the token endpoint as a program, until it is told to stop."""

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from sandbox.identity.endpoint import Identity, IdentityEndpoint, read_identities
from sandbox.identity.tokens import SANDBOX_TENANT


def main() -> None:
    arguments = _parser().parse_args()
    secret = os.environ.get(arguments.secret_env)
    if not secret:
        sys.exit(f"the environment variable {arguments.secret_env} holds no secret")
    asyncio.run(_run(arguments, secret))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.identity", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--secret-env", required=True, help="variable with the tokens' secret")
    parser.add_argument("--header", default="sandbox-header", help="what IDENTITY_HEADER must be")
    parser.add_argument("--roles", default="", help="User.Invite.All,... or a JSON file")
    parser.add_argument("--tenant", default=SANDBOX_TENANT)
    return parser


async def _run(arguments: argparse.Namespace, secret: str) -> None:
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with IdentityEndpoint.running(
        secret=secret,
        header=arguments.header,
        port=arguments.port,
        identities=_identities(arguments.roles),
        tenant=arguments.tenant,
    ) as endpoint:
        print(f"ready {endpoint.url}", flush=True)
        await stopped.wait()


def _identities(text: str) -> list[Identity]:
    """Role names with commas between them, or a JSON file of the shape of POST /sandbox/roles."""
    plain = [Identity()]
    if text.endswith(".json"):
        return read_identities(json.loads(Path(text).read_text(encoding="utf-8")), plain)
    return read_identities([name for name in text.split(",") if name], plain)


if __name__ == "__main__":
    main()
