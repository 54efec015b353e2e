"""Acceptances are noticed by one short list, once, over a tenant of the stand-in on the wire."""

from itertools import count

import pytest

from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.request import Address
from tests.fakes.footing import Died
from tests.flows_events.evening import Evening, evening
from tests.flows_sweep.night import DAY

__all__ = ["evening"]
PENDING = "PendingAcceptance"


async def invite(evening: Evening, *names: str) -> None:
    for name in names:
        guest = evening.night.guest(name, externalUserState=PENDING)
        await evening.awaited.expect(guest, Address(f"{name}@partner.example"))


def accept(evening: Evening, name: str) -> None:
    world = evening.night.graph.world
    world.store.change(evening.night.user(name), {"externalUserState": "Accepted"})


def redeemed(evening: Evening) -> list[GuestId | None]:
    return [one.happening.guest for one in evening.herald.heard if one.happening.what == "redeemed"]


def requests(evening: Evening) -> int:
    return int(evening.night.graph.world.counters.shown()["requests"])


async def test_an_acceptance_is_told_once_and_noted(evening: Evening) -> None:
    await invite(evening, "ida", "joe")
    accept(evening, "ida")
    noticed = [await evening.redemptions.notice() for _ in range(3)]

    assert noticed == [1, 0, 0]
    assert redeemed(evening) == [GuestId(evening.night.user("ida").id)]
    record = evening.night.ledger.guests["ida@partner.example"]
    assert record.redeemed_on == evening.night.clock().date()
    assert list(evening.awaited.guests.values()) == ["joe@partner.example"]


async def test_while_nobody_is_awaited_the_directory_is_not_asked(evening: Evening) -> None:
    evening.night.guest("of-others", None, externalUserState=PENDING)
    before = requests(evening)
    await evening.redemptions.notice()

    assert requests(evening) == before


async def test_a_thousand_that_wait_cost_no_request_each(evening: Evening) -> None:
    await invite(evening, *(f"g{number}" for number in range(30)))
    accept(evening, "g3")
    before = requests(evening)
    await evening.redemptions.notice()

    # The list, three to a page here, and the one that is not on it.
    assert requests(evening) - before == 10 + 1


@pytest.mark.parametrize("skip", [0, 1])
async def test_half_a_list_takes_nobody_for_accepted(evening: Evening, skip: int) -> None:
    await invite(evening, "ida", "joe", "pia", "max", "eva")
    evening.night.fails("PendingAcceptance", status=500, count=None, skip=skip)
    evening.night.fails("skiptoken", status=500, count=None)
    with pytest.raises((TryLater, Refused)):
        await evening.redemptions.notice()

    assert redeemed(evening) == []
    assert len(evening.awaited.guests) == 5


async def test_a_list_that_lies_takes_nobody_for_accepted(evening: Evening) -> None:
    await invite(evening, "ida", "joe")
    evening.night.fails("PendingAcceptance", status=200, body='{"value": []}', count=None)
    await evening.redemptions.notice()

    assert redeemed(evening) == []
    assert len(evening.awaited.guests) == 2


async def test_a_deleted_guest_has_not_accepted_and_is_forgotten_in_the_end(
    evening: Evening,
) -> None:
    await invite(evening, "ida", "joe")
    await evening.redemptions.accounts.remove(GuestId(evening.night.user("ida").id))
    await evening.redemptions.notice()
    assert len(evening.awaited.guests) == 2

    evening.night.graph.world.store.bin.clear()
    evening.night.clock.advance(2 * DAY)
    await evening.redemptions.notice()
    assert redeemed(evening) == []
    assert list(evening.awaited.guests.values()) == ["joe@partner.example"]


async def test_an_acceptance_is_told_wherever_the_process_dies(evening: Evening) -> None:
    footing = evening.night.footing
    for step in count(1):
        name = f"g{step}"
        await invite(evening, name)
        accept(evening, name)
        guest = GuestId(evening.night.user(name).id)
        footing.steps, footing.dies_at = 0, step
        try:
            await evening.redemptions.notice()
        except Died:
            footing.dies_at = None
            await evening.redemptions.notice()
            await evening.telling.flush()
        if footing.dies_at is not None:
            break

        told = {one.happening.id for one in evening.herald.heard if one.happening.guest == guest}
        assert len(told) == 1, f"died at step {step}"
        assert evening.awaited.guests == {}, f"died at step {step}"

    assert step > 10
