"""`python -m sandbox`: demo, up, drop FILE, settings, tenant."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from sandbox import desk
from sandbox import drop as dropping
from sandbox import town as towns
from sandbox.demo import run
from sandbox.processes import NotReady
from sandbox.storage import NotInstalled
from sandbox.town import Plan, Town

STATE = towns.ROOT / "build" / "sandbox"


def main() -> int:
    wanted = _arguments()
    try:
        return asyncio.run(_until_told(wanted.act(wanted, Console())))
    except (NotReady, NotInstalled, RuntimeError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


async def _until_told(act: Coroutine[Any, Any, int]) -> int:
    """A signal cancels, so that whatever was started is stopped in order."""
    task = asyncio.create_task(act)
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    return await task


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    acts = parser.add_subparsers(required=True)
    demo = acts.add_parser("demo", help="drop the sample and watch it become guests")
    demo.add_argument("--patience", type=float, default=run.PATIENCE, help="in seconds")
    demo.add_argument("--out", type=Path, default=run.OUT, help="folder for what came of it")
    demo.set_defaults(act=_demo)
    up = acts.add_parser("up", help="keep everything running until Ctrl-C")
    up.add_argument("--without-host", action="store_true", help="for `func start` instead")
    up.set_defaults(act=_up)
    drop = acts.add_parser(
        "drop", help="put a file into the container uploads and tell what becomes of it"
    )
    drop.add_argument("file", type=Path)
    drop.set_defaults(act=_drop)
    tenant = acts.add_parser("tenant", help="a tenant to try `tenant plan` and `apply` on")
    tenant.set_defaults(act=_tenant)
    return parser.parse_args()


async def _demo(wanted: argparse.Namespace, console: Console) -> int:
    return await run.Demo(console=console, out=wanted.out, patience=wanted.patience).run()


async def _up(wanted: argparse.Namespace, console: Console) -> int:
    plan = Plan(logs=STATE, fixed_ports=True, seed=run.SEED, settings=run.QUICK)
    async with towns.running(plan) as town:
        await town.put_example_policy()
        await town.storage.make("uploads")
        if not wanted.without_host:
            await town.start_host()
        _greet(town, console)
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        console.print("Stopping …")
    return 0


async def _tenant(_: argparse.Namespace, console: Console) -> int:
    async with desk.running(_seed()) as there:
        print(there.exports(), flush=True)
        console.print(
            "\nIn another terminal: paste these lines, then  python -m b2b tenant plan "
            "--sign-in az\nCtrl-C stops it.",
            markup=False,
            highlight=False,
        )
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    return 0


def _seed() -> Any:
    return json.loads(run.SEED.read_text(encoding="utf-8"))


def _greet(town: Town, console: Console) -> None:
    settings = towns.ROOT / "local.settings.json"
    settings.write_text(json.dumps({"IsEncrypted": False, "Values": town.settings}, indent=2))
    console.print(f"storage     {town.storage.connection}")
    console.print(f"directory   {town.directory}   look inside: {town.control}/state")
    console.print(f"service bus {town.settings['SERVICEBUS'].partition(';')[0]}")
    console.print(f"settings    {settings} (for `func start`, with --without-host here)")
    console.print("Drop a CSV into the container uploads: Azure Storage Explorer, az, or")
    console.print("  .venv/bin/python -m sandbox drop FILE  (it tells what became of each row)")
    console.print("Results appear in the container results. Ctrl-C stops everything.")


async def _drop(wanted: argparse.Namespace, console: Console) -> int:
    return await dropping.drop(wanted.file.name, wanted.file.read_bytes(), console)


if __name__ == "__main__":
    sys.exit(main())
