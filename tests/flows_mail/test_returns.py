"""Whoever was told of a block or a removal is told that the access is back; once, nobody else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from b2b.domain.guest import Guest, Redemption
from b2b.domain.lifecycle import Run
from b2b.domain.mail import MailKind, Stage
from b2b.domain.request import Address
from b2b.flows.sponsor_mail import line_key
from tests.fakes.footing import Died
from tests.flows_mail.evening import Evening, evening
from tests.flows_sweep.night import BOSS

DAY = timedelta(days=1)
Way = Callable[[Evening, Run], Awaitable[None]]
BACK = MailKind.ACCESS_RESTORED
LENA = Address("lena@partner.example")


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Evening]:
    async with evening() as made:
        yield made


async def blocked(here: Evening, *, told: bool = True) -> Run:
    """Lena is blocked by a night, and her mail has gone out, or was dropped."""
    here.night.guest("lena", -5)
    run = await here.night.whole()
    assert "lena" not in here.night.enabled()
    stage = Stage.SENT if told else Stage.DROPPED
    for letter in here.outbox.kept.values():
        here.outbox.kept[letter.id] = replace(letter, stage=stage)
    return run


async def undo(here: Evening, run: Run) -> None:
    await here.night.taking_back.undo(run.id)
    await here.night.deliver()


async def restore(here: Evening, run: Run) -> None:
    del run
    await here.night.taking_back.restore(LENA)
    await here.night.deliver()


async def renew(here: Evening, run: Run) -> None:
    del run
    until = (here.night.clock() + 60 * DAY).date()
    await here.night.taking_back.renew(LENA, until)
    await here.night.deliver()


async def request(here: Evening, run: Run) -> None:
    """A row or a message with a later end: onboarding and renewals come by this way."""
    del run
    record = here.night.ledger.guests[LENA]
    assert record.guest is not None
    known = Guest(record.guest, Redemption.ACCEPTED, False)
    until = (here.night.clock() + 60 * DAY).date()
    if LENA.partition("@")[0] not in here.night.enabled():
        assert await here.night.taking_back.bring_back(known, record, until)


@pytest.mark.parametrize("way", [undo, restore, renew, request])
async def test_every_way_back_is_told_once_to_whom_the_block_was_told(
    here: Evening, way: Way
) -> None:
    run = await blocked(here)
    await way(here, run)
    if way is undo:
        await undo(here, run)
    if way is request:
        await request(here, run)

    assert "lena" in here.night.enabled()
    assert here.told(BACK) == [(BACK, LENA)]
    letter = here.letter(BACK)
    assert letter.facts.losses == (here.letter(MailKind.BLOCKED).id,)
    assert here.told(MailKind.GUESTS_RESTORED) == []  # no digest had told the sponsor


@pytest.mark.parametrize("way", [undo, restore, renew, request])
async def test_of_a_block_that_was_not_told_the_end_is_not_told(here: Evening, way: Way) -> None:
    run = await blocked(here, told=False)
    await way(here, run)

    assert "lena" in here.night.enabled()
    assert here.told(BACK) == []


async def test_a_block_without_any_mail_of_ours_is_not_told(here: Evening) -> None:
    here.night.blocked_by_us("lena", 4)
    await here.night.taking_back.restore(LENA)
    await here.night.deliver()

    assert "lena" in here.night.enabled()
    assert here.told() == []


async def test_a_removed_guest_is_told_when_enabled_and_not_while_still_blocked(
    here: Evening,
) -> None:
    here.night.blocked_by_us("lena", 40)
    run = await here.night.whole()
    here.send_all()
    assert here.told() == [("removed", LENA)]
    await undo(here, run)  # back as before the removal: blocked
    assert here.told(BACK) == []


async def test_a_removed_guest_who_is_restored_and_enabled_is_told(here: Evening) -> None:
    here.night.blocked_by_us("lena", 40)
    await here.night.whole()
    here.send_all()
    await restore(here, Run)  # type: ignore[arg-type]

    assert here.told(BACK) == [(BACK, LENA)]
    assert here.letter(BACK).facts.losses == (here.letter(MailKind.REMOVED).id,)


async def test_a_sponsor_whom_a_digest_told_hears_once_of_all_guests(here: Evening) -> None:
    for name in ("lena", "mia"):
        here.night.guest(name, -5)
    run = await here.night.whole()
    await here.digests.post()
    here.send_all()
    for _ in range(2):
        await undo(here, run)

    letter = here.letter(MailKind.GUESTS_RESTORED)
    assert letter.to == BOSS
    assert [line.address for line in letter.facts.lines] == [LENA, "mia@partner.example"]
    assert letter.facts.lines[0].key != line_key("x", "y")
    assert here.told(BACK) == [(BACK, LENA), (BACK, "mia@partner.example")]


@pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.soak)])
async def test_death_at_any_step_of_a_return_tells_it_once(stride: int) -> None:
    for step in range(1, 200, stride):
        async with evening() as here:
            await blocked(here)
            here.night.footing.steps, here.night.footing.dies_at = 0, step
            for _ in range(3):  # as the message is delivered again
                try:
                    await request(here, Run)  # type: ignore[arg-type]
                    break
                except Died:
                    continue

            assert "lena" in here.night.enabled()
            assert here.told(BACK) == [(BACK, LENA)], step
            if here.night.footing.held:
                break
    else:
        pytest.fail("it never came to its end")
