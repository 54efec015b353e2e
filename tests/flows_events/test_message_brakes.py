"""Messages past a brake of the day: nothing is done, the sender is told, and may send again."""

import logging
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from b2b import events
from b2b.domain.outcome import status_of
from b2b.domain.policy import DailyBrake, Effect, Policy
from tests.flows_events.office import SERVED, Office, wish

A_DAY = timedelta(days=1)


def braked(effect: Effect, most: int) -> Policy:
    return replace(SERVED, brakes={**SERVED.brakes, effect: DailyBrake(most)})


def two() -> list[dict[str, object]]:
    return [wish(f"c-{number}", f"g{number}@fabrikam.com") for number in range(2)]


async def test_a_message_past_the_brake_is_held_and_its_sender_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    office = Office(policy=braked(Effect.INVITE, 1))
    office.post(*two())
    await office.everything(times=2)

    assert len(office.directory.mails) == 1
    stories = sorted(office.herald.story(f"c-{number}") for number in range(2))
    assert stories == [["held"], ["invited"]]
    assert events.MESSAGE_HELD in [record.message for record in caplog.records]
    assert caplog.records[0].levelno == logging.ERROR
    assert "held_by_brake" in office.day_file()


async def test_a_held_message_that_is_sent_again_on_another_day_is_done() -> None:
    office = Office(policy=braked(Effect.INVITE, 1))
    office.post(*two())
    await office.everything()
    office.clock.advance(A_DAY)
    office.post(*two())
    await office.everything()

    assert sorted(office.directory.mails) == ["g0@fabrikam.com", "g1@fabrikam.com"]
    assert office.herald.story("c-1") == ["held", "invited"]


async def test_a_message_that_is_worked_on_over_midnight_keeps_its_place() -> None:
    for step in count(1):
        office = Office(policy=braked(Effect.INVITE, 1), dies_at=step)
        office.post(wish("c-0"))
        await office.deliver_once()
        died = office.footing.steps >= step
        office.footing.dies_at = None
        if office.places.taken:
            office.clock.advance(A_DAY)
            office.policy.now = braked(Effect.INVITE, 0)
            await office.everything()
            (row,) = (row for row in office.ledger.kept.values() if row.sender)
            assert status_of(row.outcome) == "invited", f"died at step {step}"
        if not died:
            break


@pytest.mark.parametrize("effect", [Effect.GIVE_ACCESS, Effect.TAKE_ACCESS])
async def test_giving_and_taking_access_are_held_alike(effect: Effect) -> None:
    office = Office(policy=braked(effect, 0))
    office.directory.holds("lena@fabrikam.com")
    key = "groups" if effect is Effect.GIVE_ACCESS else "removeGroups"
    office.post(wish() | {key: ["Aurora"]})
    await office.everything()

    assert office.herald.story("c-1") == ["held"]


async def test_what_the_policy_refuses_takes_no_place() -> None:
    office = Office(policy=braked(Effect.INVITE, 1))
    office.post(wish("c-0", sender="stranger"), wish("c-1"))
    await office.everything()

    assert office.herald.story("c-1") == ["invited"]
