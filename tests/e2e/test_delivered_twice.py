"""Each message comes several times, under ids that hide it: at once, and afterwards."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from sandbox.town import Town
from tests.e2e import scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME = "twins.csv"
NEW = [f"twin{n}@fabrikam.com" for n in range(1, 9)]
LINKED = [f"twin{n}@example.org" for n in range(1, 5)]
KNOWN = "ada.already@fabrikam.com"
FILE = (
    scene.HEADER
    + "".join(f"{mail},Twin,Partner-Aurora;Partner-Finance-Read\n" for mail in NEW)
    + "".join(f"{mail},Twin,\n" for mail in LINKED)
    + f"{KNOWN},Ada Already,Partner-Finance-Read\n"
)
ENDINGS = (
    dict.fromkeys(NEW, ("assigned", ""))
    | dict.fromkeys(LINKED, ("invited", ""))
    | {KNOWN: ("already_guest", "")}
)
BUSY = {"status": 503, "count": None, "headers": {"Retry-After": "2"}}


@dataclass(frozen=True, slots=True)
class Seen:
    endings: dict[str, tuple[str, str]]
    rows: int
    mails: Counter[str]
    members: dict[str, set[str]]
    counters: dict[str, Any]
    guests: list[str]


@dataclass(frozen=True, slots=True)
class Twice:
    before: Seen
    at_once: Seen
    afterwards: Seen


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def twice(calm_town: Town) -> AsyncIterator[Twice]:
    """Copies that hide that they are some: at once, while a guest is unseen, and afterwards."""
    town = calm_town
    before = await _seen(town, None)
    await scene.order(town, **BUSY)
    await scene.drop(town, NAME, FILE)
    requests = await _held_back(town, "guest-invitations", len(ENDINGS))
    await scene.fair_weather(town)
    await scene.set_tenant(town, latencyMs=30, replicationSeconds=2)
    await scene.order(town, method="PATCH", path="/groups/", **BUSY)
    await _send_copies(town, "guest-invitations", [body for body in requests for _ in range(2)])
    await scene.until(partial(_all_invited, town))
    await _send_copies(town, "guest-invitations", requests)  # the directory shows nobody yet
    assignments = await _held_back(town, "guest-assignments", len(NEW) + 1)
    await scene.fair_weather(town)
    await _send_copies(town, "guest-assignments", [body for body in assignments for _ in range(2)])
    await scene.settled(town, NAME)
    await scene.wait_until_quiet(town)
    at_once = await _seen(town, NAME)
    await _send_copies(town, "guest-invitations", requests)
    await _send_copies(town, "guest-assignments", assignments)
    await scene.wait_until_quiet(town)
    yield Twice(before, at_once, await _seen(town, NAME))
    await scene.fair_weather(town)


async def test_each_row_has_one_outcome_and_it_is_the_right_one(twice: Twice) -> None:
    assert twice.at_once.endings == ENDINGS
    assert twice.at_once.rows == len(ENDINGS)


async def test_messages_delivered_twice_at_once_invite_once(twice: Twice) -> None:
    newcomers = Counter(twice.at_once.guests) - Counter(twice.before.guests)

    assert twice.at_once.mails - twice.before.mails == Counter(NEW)
    assert newcomers == Counter(NEW + LINKED)


async def test_everybody_is_in_the_groups_asked_for(twice: Twice) -> None:
    held = twice.at_once.members

    assert set(NEW) <= held[scene.AURORA]
    assert {*NEW, KNOWN} <= held[scene.FINANCE]


async def test_messages_delivered_again_afterwards_change_nothing(twice: Twice) -> None:
    assert twice.afterwards.endings == ENDINGS
    assert twice.afterwards.counters["writes"] == twice.at_once.counters["writes"]
    assert twice.afterwards.counters["batches"] == twice.at_once.counters["batches"]
    assert twice.afterwards.mails == twice.at_once.mails


async def _all_invited(town: Town) -> bool:
    return set(NEW + LINKED) <= set(await scene.guests(town))


async def _held_back(town: Town, queue: str, count: int) -> list[str]:
    """The bodies of messages that a busy directory makes wait in sight."""

    async def look() -> list[str]:
        waiting = await town.get(f"{town.bus_control}/entities/{queue}/messages")
        bodies = {one["body"] for one in waiting if one["state"] == "scheduled"}
        return sorted(bodies) if len(bodies) == count else []

    return await scene.until(look)


async def _send_copies(town: Town, queue: str, bodies: list[str]) -> None:
    async with (
        ServiceBusClient.from_connection_string(town.settings["SERVICEBUS"]) as client,
        client.get_queue_sender(queue) as sender,
    ):
        copies = [ServiceBusMessage(body, message_id=str(uuid4())) for body in bodies]
        await sender.send_messages(copies)


async def _seen(town: Town, name: str | None) -> Seen:
    endings = await scene.outcomes(town, name) if name else {}
    rows = int((await scene.summary_of(town, name))["rows"]) if name else 0
    counters = await town.get(f"{town.control}/counters")
    state = await town.get(f"{town.control}/state")
    return Seen(
        endings=endings,
        rows=rows,
        mails=await scene.mails_to(town),
        members=await scene.members(town),
        counters=counters,
        guests=[guest["mail"] for guest in state["guests"]],
    )
