"""The directory asks for pauses: everybody is served later, and no delivery is burnt."""

import time

import pytest

from sandbox.town import Town
from tests.e2e import scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

PEOPLE = [f"patient{n}@fabrikam.com" for n in range(1, 21)]
FILE = scene.HEADER + "".join(f"{mail},Patient,Partner-Aurora\n" for mail in PEOPLE)
PAUSE = {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "1"}}


async def test_throttled_rows_end_well_and_cost_no_delivery(calm_town: Town) -> None:
    town = calm_town
    before = await scene.mails_to(town)
    await scene.order(town, path=r"^/\$batch", count=3, **PAUSE)
    await scene.order(town, path="^/users", count=3, **PAUSE)
    await scene.order(town, method="POST", path="^/invitations", count=6, **PAUSE)
    await scene.order(town, method="PATCH", path="^/groups/", count=2, **PAUSE)
    await scene.drop(town, "patient.csv", FILE)
    ended = await scene.outcomes(town, "patient.csv")
    await scene.wait_until_quiet(town)

    faults = await town.get(f"{town.control}/faults")
    assert all(fault["done"] == fault["count"] for fault in faults), "a pause was never asked for"
    assert ended == dict.fromkeys(PEOPLE, ("assigned", ""))
    assert await scene.mails_to(town) - before == dict.fromkeys(PEOPLE, 1)
    for counts in (await scene.queues(town)).values():
        assert counts["deadLetteredTotal"] == 0
        assert counts["highestDeliveryCount"] <= 1
    await scene.fair_weather(town)


async def test_the_pause_that_was_asked_for_is_kept(calm_town: Town) -> None:
    town = calm_town
    pause = PAUSE | {"headers": {"Retry-After": "40"}}
    await scene.order(town, path=r"^/\$batch", count=1, **pause)
    await scene.drop(town, "pause.csv", scene.HEADER + "pause@fabrikam.com,Pause,\n")

    async def waiting() -> list[dict[str, float]]:
        found = await town.get(f"{town.bus_control}/entities/guest-invitations/messages")
        return [one for one in found if one["state"] == "scheduled"]

    (one,) = await scene.until(waiting)
    waits = one["scheduled"] / 1000 - time.time()
    await scene.wait_in_a_hurry(town, "pause.csv")

    assert 35 <= waits <= 61
    assert (await scene.outcomes(town, "pause.csv"))["pause@fabrikam.com"] == ("invited", "")
