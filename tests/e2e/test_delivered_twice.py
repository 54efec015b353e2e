"""Each message comes twice, under ids that hide it: at the same time, and long afterwards."""

from typing import Any
from uuid import uuid4

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from sandbox.town import Town
from tests.e2e import scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

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


async def test_a_message_that_comes_twice_at_once_invites_once(town: Town) -> None:
    name = "twins.csv"
    bodies = await _hold_back(town, name)
    await scene.fair_weather(town)
    await _send_copies(town, "guest-invitations", bodies)
    await scene.wait_in_a_hurry(town, name)

    await _expect_one_of_each(town, name)


async def test_a_message_that_comes_again_afterwards_changes_nothing(town: Town) -> None:
    name = "twins-afterwards.csv"
    bodies = await _hold_back(town, name)
    await scene.fair_weather(town)
    assignments = await _gather_assignments(town, name)
    before = await town.get(f"{town.control}/counters")
    await _send_copies(town, "guest-invitations", bodies)
    await _send_copies(town, "guest-assignments", assignments)
    await scene.wait_until_quiet(town)

    after = await town.get(f"{town.control}/counters")
    assert (after["writes"], after["mails"]) == (before["writes"], before["mails"])
    await _expect_one_of_each(town, name)


async def _hold_back(town: Town, name: str) -> list[str]:
    """The bodies of the file's invitation messages: a busy directory makes them wait in sight."""
    await scene.order(town, status=503, count=None, headers={"Retry-After": "30"})
    await scene.drop(town, name, f"{FILE}nobody-{name}@example.net,No Partner,\n")

    async def look() -> list[str]:
        waiting = await town.get(f"{town.bus_control}/entities/guest-invitations/messages")
        bodies = [one["body"] for one in waiting if one["state"] == "scheduled"]
        return bodies if len(bodies) == len(ENDINGS) else []

    return await scene.until(look)


async def _gather_assignments(town: Town, name: str) -> list[str]:
    """Those of the new guests wait a moment, so they are seen; the others may slip by."""
    seen: set[str] = set()

    async def look() -> bool:
        waiting = await town.get(f"{town.bus_control}/entities/guest-assignments/messages")
        seen.update(one["body"] for one in waiting)
        summary = await scene.summary_of(town, name)
        if not summary.get("pending", 1):
            return True
        if (await scene.queues(town))["guest-invitations"]["scheduled"]:
            await scene.pass_time(town, 60)
        return False

    await scene.until(look)
    assert seen
    return sorted(seen)


async def _send_copies(town: Town, queue: str, bodies: list[str]) -> None:
    async with (
        ServiceBusClient.from_connection_string(town.settings["SERVICEBUS"]) as client,
        client.get_queue_sender(queue) as sender,
    ):
        for body in bodies:
            await sender.send_messages(ServiceBusMessage(body, message_id=str(uuid4())))


async def _expect_one_of_each(town: Town, name: str) -> None:
    ended = await scene.outcomes(town, name)
    summary: Any = await scene.summary_of(town, name)
    mails, held = await scene.mails_to(town), await scene.members(town)

    assert summary["rows"] == len(ENDINGS) + 1
    refused = (f"nobody-{name}@example.net", ("refused", "unknown_partner"))
    assert ended == EXPECTED[name] | dict([refused])
    assert {mail: mails[mail] for mail in NEW + LINKED} == dict.fromkeys(NEW, 1) | dict.fromkeys(
        LINKED, 0
    )
    assert set(NEW + LINKED) <= set(await scene.guests(town))
    assert set(NEW) <= held[scene.AURORA] & held[scene.FINANCE]
