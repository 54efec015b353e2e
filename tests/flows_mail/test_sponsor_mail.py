"""A sponsor gets one mail of a kind a day, however many guests come up, whenever we die."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import pytest_asyncio

from b2b.domain.errors import TryLater
from b2b.domain.mail import LeftOut, Letter, Line, MailKind, Stage
from b2b.domain.request import Address
from b2b.flows.sponsor_mail import MOST, SHOWN, SponsorMail, line_key, without
from tests.flows_mail.evening import COLLECTED_FOR, Evening, evening
from tests.flows_sweep.night import BOSS

DAY = timedelta(days=1)
KIND = MailKind.GUESTS_END_SOON


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Evening]:
    async with evening() as made:
        yield made


def a_line(name: str, day: date = date(2027, 1, 1)) -> Line:
    return Line(f"{name}@partner.example", day, guest=name, key=line_key(name, "soon"))


def addresses(letter: Letter) -> list[str]:
    return [line.address.partition("@")[0] for line in letter.facts.lines]


def letters(here: Evening) -> list[list[str]]:
    kept = sorted(here.outbox.kept.values(), key=lambda letter: letter.at)
    return [addresses(letter) for letter in kept if letter.kind is KIND]


async def add(here: Evening, line: Line, first: date | None = None) -> Letter:
    mail: SponsorMail = here.notices.sponsor_mail
    today = here.night.clock().date()
    return await mail.add(KIND, Address(BOSS), line, "en", first or today)


async def test_twenty_guests_whose_stay_ends_are_one_mail(here: Evening) -> None:
    for number in range(20):
        here.night.guest(f"soon{number:02d}", 10 + number % 3)
    await here.night.whole()

    letter = here.letter(KIND)
    assert here.told(KIND) == [(KIND, BOSS)]
    assert len(here.told(MailKind.ENDS_SOON)) == 20
    assert letter.facts.total == 20
    days = [line.day for line in letter.facts.lines]
    assert days == sorted(days, key=lambda day: day or date.max)


async def test_whoever_comes_after_the_mail_was_sent_waits_for_the_next_days(here: Evening) -> None:
    here.night.clock.reach(here.night.clock().replace(hour=4) + DAY)
    await add(here, a_line("b"))
    await add(here, a_line("a"))
    here.send_all()
    for _ in range(2):
        late = await add(here, a_line("late"))
    again = await add(here, a_line("a"))

    assert letters(here) == [["a", "b"], ["late"]]
    assert again.stage is Stage.SENT
    midnight = here.night.clock().replace(hour=0, minute=0, second=0)
    assert late.at == midnight + DAY + COLLECTED_FOR


async def test_a_letter_that_opens_again_does_not_take_what_a_later_one_has(here: Evening) -> None:
    first = await add(here, a_line("a"))
    writing = await here.outbox.keep(replace(first, stage=Stage.WRITING))
    await add(here, a_line("b"))
    await here.outbox.keep(replace(writing, stage=Stage.WAITING))
    await add(here, a_line("b"))

    assert letters(here) == [["a"], ["b"]]


async def test_what_was_left_out_is_not_added_again_that_day(here: Evening) -> None:
    letter = await add(here, a_line("a"))
    line = a_line("a")
    shorter = without(letter, [LeftOut(line.key, "no_longer_so", "It is over.")])
    await here.outbox.keep(replace(shorter, stage=Stage.SENT))

    assert (await add(here, line)).id == letter.id
    assert letters(here) == [[]]


async def test_many_at_once_are_one_letter(here: Evening) -> None:
    async def patient(name: str) -> None:
        while True:
            try:
                await add(here, a_line(name))
                return
            except TryLater:
                await asyncio.sleep(0)

    await asyncio.gather(*(patient(f"{number:02d}") for number in range(12)))

    assert letters(here) == [[f"{number:02d}" for number in range(12)]]


async def test_a_very_long_list_is_counted_and_then_goes_on_the_next_day(here: Evening) -> None:
    for number in range(MOST + 2):
        await add(here, a_line(f"{number:04d}"))

    first, second = sorted(here.outbox.kept.values(), key=lambda letter: letter.at)
    assert (first.facts.total, len(first.facts.lines)) == (MOST, SHOWN)
    assert second.facts.total == 2


@pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.soak)])
async def test_death_at_any_step_leaves_each_guest_in_one_letter(stride: int) -> None:
    for step in range(1, 400, stride):
        async with evening() as here:
            for number in range(3):
                here.night.guest(f"soon{number}", 10)
            here.night.footing.dies_at = step
            await here.night.through_deaths()

            told = [name for names in letters(here) for name in names]
            assert sorted(told) == ["soon0", "soon1", "soon2"], step
            assert here.on_their_way() == {one.id for one in here.outbox.kept.values()}, step
            if here.night.footing.held:
                break
    else:
        pytest.fail("it never came to its end")
