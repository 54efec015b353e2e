"""What the rows of a batch took away is given back, once, and only what they took away."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from b2b.domain.access_removal import RemovalStage
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.policy import Lifecycle, Mode, Policy
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId
from b2b.flows.day_book import book_of
from b2b.flows.giving_back import Return, Returned
from tests.fakes.footing import Died
from tests.fakes.house import FakeHouse, a_request
from tests.flows.examples import AURORA, FINANCE, WORKSPACE, a_house, a_policy

LENA = Address("lena@fabrikam.com")
TAKING = BatchId("0123456789abcdef0123456789abcdef")
BOTH = {"remove_groups": ("Aurora", "Finance"), "remove_access_packages": ("Workspace",)}
PAUSE = TryLater(Reason("throttled", "Asks for a pause."), timedelta(minutes=2))


def enforced(**traits: Any) -> Policy:
    return replace(a_policy(**traits), lifecycle=Lifecycle(mode=Mode.ENFORCE))


def with_lena(policy: Policy | None = None) -> tuple[FakeHouse, GuestId]:
    """She is in Aurora, not in Finance, and holds the package."""
    house = a_house(policy=policy or enforced())
    lena = house.directory.holds(LENA)
    house.directory.group(AURORA).members.add(lena)
    house.packages.holds(lena, WORKSPACE.package)
    return house, lena


async def take(house: FakeHouse) -> None:
    await house.ask(a_request(batch=TAKING, **BOTH))  # type: ignore[arg-type]
    await house.deliver()


async def undo(house: FakeHouse, batch: BatchId = TAKING) -> list[Returned]:
    asked = await house.giving_back.undo(batch)
    await house.deliver()
    return list(await house.giving_back.state(batch, asked))


def has_all(house: FakeHouse, lena: GuestId) -> bool:
    in_groups = [group for group, held in house.directory.groups.items() if lena in held.members]
    return in_groups == [AURORA] and house.packages.live(lena) == {WORKSPACE.package}


async def test_only_what_was_held_is_recorded_and_given_back() -> None:
    house, lena = with_lena()
    await take(house)

    recorded = {one.target: one.stage for one in house.removals.kept.values()}
    assert recorded == {AURORA: RemovalStage.TAKEN, WORKSPACE.package: RemovalStage.TAKEN}
    assert [one.state for one in await undo(house)] == [Return.RETURNED, Return.RETURNED]
    assert has_all(house, lena)


async def test_undone_twice_nothing_is_left_to_undo() -> None:
    house, lena = with_lena()
    await take(house)
    await undo(house)
    house.directory.group(AURORA).members.clear()  # by hand, since

    assert all(one.before for one in await undo(house))
    assert house.directory.group(AURORA).members == set()
    assert house.packages.live(lena) == {WORKSPACE.package}


async def test_two_undos_at_once_are_one() -> None:
    house, lena = with_lena()
    await take(house)
    await asyncio.gather(house.giving_back.undo(TAKING), house.giving_back.undo(TAKING))
    await house.deliver()

    assert has_all(house, lena)
    assert house.packages.kinds() == ["take", "give"]


async def test_what_the_policy_has_dropped_is_refused_and_the_rest_is_given_back() -> None:
    house, lena = with_lena()
    await take(house)
    house.policy.now = enforced(groups={"Finance": FINANCE})
    states = {one.removal.target: one.state for one in await undo(house)}

    assert states == {AURORA: Return.REFUSED, WORKSPACE.package: Return.RETURNED}
    house.policy.now = enforced()
    await undo(house)
    assert has_all(house, lena)


async def test_an_undo_does_not_need_the_sender_that_took_it_away() -> None:
    house, lena = with_lena()
    await take(house)
    house.policy.now = enforced(senders=("hr",))
    await undo(house)

    assert has_all(house, lena)


@pytest.mark.parametrize(
    ("traits", "code"),
    [
        ({"member": True}, "member_of_tenant"),
        ({"deleted": True}, "guest_in_recycle_bin"),
        ({"enabled": False}, "guest_disabled"),
        ({"address": "other@fabrikam.com"}, "guest_gone"),
    ],
)
async def test_the_account_is_looked_at_again(traits: dict[str, object], code: str) -> None:
    house, _ = with_lena()
    await take(house)
    for trait, value in traits.items():
        setattr(house.directory.account(LENA), trait, value)
    answers = await undo(house)

    assert {one.reason.code for one in answers if one.reason} == {code}
    assert house.directory.group(AURORA).members == set()


async def test_what_the_guest_has_again_is_left() -> None:
    house, lena = with_lena()
    await take(house)
    house.directory.group(AURORA).members.add(lena)
    states = {one.removal.target: one.state for one in await undo(house)}

    assert states == {AURORA: Return.LEFT, WORKSPACE.package: Return.RETURNED}


async def test_a_package_comes_back_to_the_day_to_which_it_was_held() -> None:
    house = a_house(policy=enforced())
    lena = house.directory.holds(LENA)
    ends = house.clock() + timedelta(days=3)
    house.packages.holds(lena, WORKSPACE.package, ends=ends)
    await take(house)
    await undo(house)

    (back,) = [one for one in house.packages.assigned if one.guest == lena and one.holding]
    assert back.ends is not None
    assert back.ends.date() == ends.date() + timedelta(days=1)  # the last day belongs to it


async def test_a_package_that_would_have_ended_by_now_stays_away() -> None:
    house = a_house(policy=enforced())
    lena = house.directory.holds(LENA)
    house.packages.holds(lena, WORKSPACE.package, ends=house.clock() + timedelta(days=1))
    await take(house)
    house.clock.advance(timedelta(days=5))
    (answer,) = await undo(house)

    assert answer.reason is not None
    assert answer.reason.code == "package_ended_meanwhile"


async def test_a_refused_guest_lost_nothing() -> None:
    house, lena = with_lena()
    house.directory.group(AURORA).by_another.add(lena)
    await take(house)

    assert AURORA not in {one.target for one in house.removals.kept.values()}


async def test_messages_of_a_day_are_undone_together() -> None:
    house, lena = with_lena()
    request = a_request(batch=TAKING, **BOTH)  # type: ignore[arg-type]
    await house.ask(request)
    row = house.ledger.kept[request.row]
    house.ledger.kept[request.row] = replace(row, sender="hr")
    house.policy.now = enforced(senders=("hr", "uploads"))
    day = book_of(house.clock().date())
    await house.deliver()
    await undo(house, day)

    assert has_all(house, lena)


async def test_a_batch_of_which_nothing_is_known_is_told() -> None:
    with pytest.raises(Refused, match="unknown_batch"):
        await a_house().giving_back.undo(TAKING)


async def test_killed_at_any_step_of_taking_it_all_comes_back() -> None:
    for step in range(1, 500):
        house, lena = with_lena()
        house.footing.dies_at = step
        await take(house)
        ended, house.footing.dies_at = house.footing.held, None
        await undo(house)

        assert has_all(house, lena), step
        if ended:
            return
    raise AssertionError("the story has no end")


async def test_killed_and_never_delivered_again_what_was_taken_comes_back() -> None:
    """Between the intent and its confirmation, and everywhere else."""
    for step in range(1, 500):
        house, lena = with_lena()
        house.footing.dies_at = step
        await house.ask(a_request(batch=TAKING, **BOTH))  # type: ignore[arg-type]
        while house.queues.letters and house.footing.steps < step:
            await house.deliver_once()
        ended, house.footing.dies_at = house.footing.held, None
        house.queues.letters.clear()
        house.clock.advance(timedelta(hours=2))
        if house.removals.kept:
            await undo(house)

        assert has_all(house, lena), step
        if ended:
            return
    raise AssertionError("the story has no end")


async def test_killed_at_any_step_of_the_undo_it_is_asked_again_and_gives_once() -> None:
    for step in range(1, 500):
        house, lena = with_lena()
        await take(house)
        house.footing.steps, house.footing.dies_at = 0, step
        try:
            await undo(house)
        except Died:
            await undo(house)
        ended = house.footing.held

        assert has_all(house, lena), step
        assert house.packages.kinds() == ["take", "give"], step
        if ended:
            return
    raise AssertionError("the story has no end")


async def test_a_pause_of_the_directory_holds_up_and_loses_nothing() -> None:
    house, lena = with_lena()
    house.directory.says_next("members_among", PAUSE)
    house.directory.says_next("remove_members", PAUSE)
    await take(house)
    house.directory.says_next("add_members", PAUSE)
    await undo(house)

    assert has_all(house, lena)
