"""Host or worker ends again and again amid the sample: nothing is lost, nobody asked twice."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import pytest
import pytest_asyncio

from sandbox.demo.run import SAMPLE, SEED
from sandbox.town import Town
from tests.e2e import logs, scene
from tests.e2e.sample import expected, secrets, seeded_guests
from tests.e2e.scene import Row

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOCKS_RUN_OUT = 301.0  # seconds; the longest lock of infra/servicebus.json is five minutes
INVITED = (30, 110)  # how many guests there are when the host is killed


Moment = Callable[[Town], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Survived:
    town: Town
    at_kills: list[int]
    rows: list[Row]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["host", "worker"])
async def survived(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Survived]:
    """Ended while it takes the file in, amid the invitations, and amid the memberships.

    The third crash of a worker makes the host begin anew.
    """
    end = {"host": _kill, "worker": _crash}[request.param]
    async with scene.street(tmp_path_factory.mktemp("killed") / "logs", SEED) as town:
        await town.put_example_policy()
        await scene.set_tenant(town, replicationSeconds=1, latencyMs=10)
        await town.start_host()
        await scene.drop(town, SAMPLE.name, SAMPLE.read_bytes())
        moments: list[Moment] = [_queued, *(partial(_invited, many) for many in INVITED), _let_in]
        kills = [await end(town, moment) for moment in moments]
        await scene.wait_in_a_hurry(town, SAMPLE.name)
        summary = await scene.settled(town, SAMPLE.name)
        yield Survived(town, kills, await scene.rows_of(town, summary["batch"]))


async def test_it_was_ended_in_the_middle(survived: Survived) -> None:
    assert survived.at_kills[0] < 30
    assert len(survived.at_kills) == 4
    assert all(many < len(expected().newcomers) for many in survived.at_kills[:3])


async def test_no_row_is_lost_and_each_has_the_outcome_it_would_have_had(
    survived: Survived,
) -> None:
    ended = {int(row["line"]): (row["status"], row["reason"]) for row in survived.rows}

    assert ended == expected().endings
    assert len(survived.rows) == len(ended)


async def test_nobody_is_mailed_twice_and_nobody_is_left_out(survived: Survived) -> None:
    mails = await scene.mails_to(survived.town)

    assert mails == Counter(expected().mailed)


async def test_each_guest_exists_once(survived: Survived) -> None:
    held = await scene.guests(survived.town)

    assert set(held) == seeded_guests() | expected().newcomers


async def test_nobody_misses_a_group(survived: Survived) -> None:
    assert await scene.members(survived.town) == expected().groups


async def test_no_link_is_lost(survived: Survived) -> None:
    linked = {row["email"] for row in survived.rows if row["redemptionLink"]}

    assert expected().linked <= linked


async def test_no_row_ends_as_a_dead_letter(survived: Survived) -> None:
    counted = await scene.queues(survived.town)

    assert {name: counts["deadLetteredTotal"] for name, counts in counted.items()} == dict.fromkeys(
        counted, 0
    )


async def test_no_log_tells_whom_it_was_about(survived: Survived) -> None:
    assert logs.leaks(survived.town, secrets()) == []


async def _kill(town: Town, moment: Moment) -> int:
    """How many guests were invited then. The messages that it held come back in a while."""
    await scene.until(partial(moment, town))
    assert town.host is not None
    await town.host.kill()
    invited = int((await town.get(f"{town.control}/counters"))["invitations"])
    await scene.leap(town, LOCKS_RUN_OUT)
    await town.start_host()
    return invited


async def _crash(town: Town, moment: Moment) -> int:
    """How many guests were invited then. The messages that it held come back at once."""
    await scene.until(partial(moment, town))
    invited = int((await town.get(f"{town.control}/counters"))["invitations"])
    await scene.post(town.crash, {})
    return invited


async def _queued(town: Town) -> bool:
    return (await scene.queues(town))["guest-invitations"]["accepted"] > 0


async def _invited(many: int, town: Town) -> bool:
    return int((await town.get(f"{town.control}/counters"))["invitations"]) >= many


async def _let_in(town: Town) -> bool:
    return any((await scene.members(town))[scene.FINANCE])
