"""The host is killed while messages are on their way: one mail each, and every answer is heard."""

from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from sandbox.demo.run import SEED
from sandbox.town import Town
from tests.e2e import scene
from tests.e2e_events.post import INVITATIONS, service

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES = [f"k{number}" for number in range(8)]
LOCKS_RUN_OUT = 301.0
MOMENTS = (2,)  # how many were invited when the host is killed
LONG = 180.0  # seconds, on a machine with other things to do


async def test_no_answer_is_lost_and_nobody_is_mailed_twice(tmp_path: Path) -> None:
    async with (
        scene.street(tmp_path / "logs", SEED) as town,
        service(town.settings["SERVICEBUS"]) as portal,
    ):
        await town.put_example_policy()
        await scene.set_tenant(town, replicationSeconds=1, latencyMs=20)
        await town.start_host()
        wishes = [_wish(name) for name in NAMES]
        await portal.send(INVITATIONS, *wishes, *wishes)
        for many in MOMENTS:
            await scene.until(partial(_invited, town, many))
            await _kill(town)
        await scene.until(partial(_hurried, town), within=LONG)
        for name in NAMES:
            await portal.hears(name, "invited", "assigned")

        addresses = {f"{name}@fabrikam.com" for name in NAMES}
        assert await scene.mails_to(town) == Counter(addresses)
        assert (await scene.members(town))["Partner-Aurora"] >= addresses
        for name in NAMES:
            assert [one["sequence"] for one in portal.about(name)] == ["0000000001", "0000000002"]
        counted = await scene.queues(town)
        assert sum(one["deadLetteredTotal"] for one in counted.values()) == 0


def _wish(name: str) -> dict[str, object]:
    return {
        "schema": "guest-invitation/1",
        "sender": "supplier-portal",
        "correlationId": name,
        "email": f"{name}@fabrikam.com",
        "groups": ["Partner-Aurora"],
    }


async def _invited(town: Town, many: int) -> bool:
    return int((await town.get(f"{town.control}/counters"))["invitations"]) >= many


async def _kill(town: Town) -> None:
    assert town.host is not None
    await town.host.kill()
    await scene.leap(town, LOCKS_RUN_OUT)
    await town.start_host()


async def _hurried(town: Town) -> bool:
    return await scene.quiet(town, hurry=True)
