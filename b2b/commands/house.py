"""A command that touches the running system: the same House as a worker's, and let go of after."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from b2b.commands.terminal import Console
from b2b.domain.errors import Refused, TryLater
from b2b.domain.reason import Reason
from b2b.domain.request import Address
from b2b.settings import Settings, SettingsFaulty
from b2b.wire import ADDRESSES

if TYPE_CHECKING:
    from azure.core.exceptions import HttpResponseError

    from b2b.wiring import House

T = TypeVar("T")
LOCAL = Path("local.settings.json")
HTTP_FORBIDDEN = 403
REFUSED, LATER, WRONG_USE = 2, 75, 64  # 75: EX_TEMPFAIL of sysexits.h


def in_house(act: Callable[["House"], Awaitable[T]]) -> T:
    """Settings come from the environment, and from local.settings.json where it is silent."""
    try:
        settings = Settings.read(environment())
    except SettingsFaulty as faults:
        raise _exit(str(faults), WRONG_USE) from None
    try:
        return asyncio.run(_act(settings, act))
    except Refused as refusal:
        raise _exit(refusal.reason.sentence, REFUSED) from None
    except TryLater as wait:
        raise _exit(f"Not now: {wait.reason.sentence} Try again later.", LATER) from None


async def _act(settings: Settings, act: Callable[["House"], Awaitable[T]]) -> T:
    from azure.core.exceptions import HttpResponseError

    from b2b.wiring import (  # brings every SDK along, which most of `check` needs not
        build,
        now,
        quiet,
    )

    quiet()
    house = build(settings, now)
    try:
        return await act(house)
    except HttpResponseError as failure:
        raise _not_permitted(failure) from failure
    finally:
        await house.close()


def _not_permitted(failure: "HttpResponseError") -> Exception:
    """What storage or Service Bus answers somebody without a role; anything else as it is."""
    if failure.status_code != HTTP_FORBIDDEN:
        return failure
    words = (
        "You have no right to do this: storage or Service Bus refused your sign-in (403). You have "
        "to be in a group of OPERATORS (docs/operate.md); a new role takes some minutes to work."
    )
    return Refused(Reason("not_an_operator", words))


def address_of(text: str) -> Address:
    """As the ledger spells it, however it was typed or pasted. Raises Refused."""
    found = ADDRESSES.read_anyone(text)
    if isinstance(found, Reason):
        raise Refused(found)
    return found.address


def environment() -> Mapping[str, str]:
    """Raises typer.Exit for a local.settings.json that nobody can read."""
    local = _local()
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):  # read by azure-identity itself
        if name in local:
            os.environ.setdefault(name, local[name])
    return {**local, **os.environ}


def _local() -> Mapping[str, str]:
    if not LOCAL.is_file():
        return {}
    try:
        return {**json.loads(LOCAL.read_text(encoding="utf-8-sig"))["Values"]}
    except (ValueError, KeyError, TypeError):
        words = (
            f'{LOCAL} is not the JSON that is expected ({{"Values": {{...}}}}): mend or remove it.'
        )
        raise _exit(words, WRONG_USE) from None


def _exit(sentence: str, code: int) -> typer.Exit:
    Console(stderr=True).print(sentence, markup=False, highlight=False)
    return typer.Exit(code)
