"""The directory asks for pauses: everybody is served later, and no delivery is burnt."""

import time

import pytest

from sandbox.town import Town
from tests.e2e import scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

PEOPLE = [f"patient{n}@fabrikam.com" for n in range(1, 11)]
FILE = scene.HEADER + "".join(f"{mail},Patient,Partner-Aurora\n" for mail in PEOPLE)
PAUSE = {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "1"}}


async def test_throttled_rows_end_well_and_cost_no_delivery(calm_town: Town) -> None:
    town = calm_town
    before = await scene.mails_to(town)
    await scene.order(town, path=r"^/\$batch", count=1, **PAUSE)
    await scene.order(town, path="^/users", count=2, **PAUSE)
    await scene.order(town, method="POST", path="^/invitations", count=2, **PAUSE)
    await scene.order(town, method="PATCH", path="^/groups/", count=1, **PAUSE)
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


async def test_a_short_pause_that_was_asked_for_is_kept(calm_town: Town) -> None:
    town = calm_town
    pause = PAUSE | {"headers": {"Retry-After": "3"}}
    await scene.order(town, path=r"^/\$batch", count=1, **pause)
    await scene.drop(town, "short.csv", scene.HEADER + "short@fabrikam.com,Short,\n")
    await scene.until(lambda: _struck(town))
    paused, asked = time.monotonic(), await _requests(town)
    await scene.until(lambda: _more_than(town, asked))
    kept = time.monotonic() - paused

    assert kept >= 3 - 3 * scene.LOOK_EVERY
    assert (await scene.outcomes(town, "short.csv"))["short@fabrikam.com"] == ("invited", "")
    await scene.fair_weather(town)


async def test_a_long_pause_is_waited_for_in_the_queue(calm_town: Town) -> None:
    town = calm_town
    pause = PAUSE | {"headers": {"Retry-After": "60"}}
    await scene.order(town, path=r"^/\$batch", count=1, **pause)
    await scene.drop(town, "long.csv", scene.HEADER + "long@fabrikam.com,Long,\n")
    (waiting,) = await scene.until(lambda: _waiting(town))
    wait = waiting["scheduled"] / 1000 - time.time()
    assert town.host is not None
    await town.host.stop()  # for it remembers that it was asked to pause
    await scene.leap(town)
    await town.start_host()

    assert 50 <= wait <= 91
    assert (await scene.outcomes(town, "long.csv"))["long@fabrikam.com"] == ("invited", "")
    await scene.fair_weather(town)


async def _struck(town: Town) -> bool:
    (fault,) = await town.get(f"{town.control}/faults")
    return bool(fault["done"])


async def _requests(town: Town) -> int:
    return int((await town.get(f"{town.control}/counters"))["requests"])


async def _more_than(town: Town, asked: int) -> bool:
    return await _requests(town) > asked


async def _waiting(town: Town) -> list[dict[str, float]]:
    found = await town.get(f"{town.bus_control}/entities/guest-invitations/messages")
    return [one for one in found if one["state"] == "scheduled"]
