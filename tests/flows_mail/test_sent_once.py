"""A mail of ours goes out once: through deaths at any step, double deliveries and lost answers."""

import asyncio
from datetime import timedelta
from itertools import count

import pytest

from b2b.domain.errors import TryLater
from b2b.domain.mail import Stage
from b2b.domain.outcome import Assigned
from tests.fakes.house import a_request
from tests.flows.examples import LAG
from tests.flows_mail.scene import (
    BUSY,
    LENA,
    LOST,
    again,
    mailed,
    mailing_house,
    the_letter,
    until_posted,
)


async def test_a_guest_is_invited_without_microsofts_mail_and_gets_ours_with_the_link() -> None:
    house = mailing_house()
    await house.ask(a_request(groups=["Aurora"], display_name="Lena", message="Hi <b>you</b>"))
    await house.deliver()

    guest = house.directory.account(LENA).id
    (sent,) = house.mailbox.sent
    assert house.row().outcome == Assigned(guest, 1)
    assert house.directory.mails == []
    assert sent.to == LENA
    assert sent.name == "Lena"
    assert sent.sender_name == "contoso.com"
    assert f"https://redeem.example/{guest}" in sent.written.text
    assert "Hi <b>you</b>" in sent.written.text
    assert the_letter(house).stage is Stage.SENT


async def test_the_outbox_never_holds_the_link_and_forgets_what_the_mail_told() -> None:
    house = mailing_house()
    await house.ask(a_request(display_name="Lena", message="Welcome"))
    await until_posted(house)
    waiting = str(the_letter(house))
    await house.deliver()

    assert "redeem.example" not in waiting
    assert "Welcome" in waiting
    assert "redeem.example" not in str(the_letter(house))
    assert "Welcome" not in str(the_letter(house))
    assert "Lena" not in str(the_letter(house))


@pytest.mark.parametrize("lag", [timedelta(0), LAG])
async def test_death_at_any_step_mails_once(lag: timedelta) -> None:
    """Every step of onboarding and mailing: before it, and after it was done."""
    for step in count(1):
        house = mailing_house(lag=lag, dies_at=step)
        await house.ask(a_request(groups=["Aurora"]))
        await house.deliver()

        guest = house.directory.account(LENA).id
        assert mailed(house) == [LENA], step
        assert house.row().outcome == Assigned(guest, 1), step
        assert the_letter(house).stage is Stage.SENT, step
        assert house.messages() == [], step
        if house.footing.held:
            assert step > 30
            return


async def test_even_a_mailbox_that_would_send_a_draft_twice_is_asked_once() -> None:
    """What Exchange does with a draft that was sent is not documented: we look before."""
    for step in count(1):
        house = mailing_house(dies_at=step)
        house.mailbox.sends_again = True
        await house.ask(a_request())
        await house.deliver()

        assert mailed(house) == [LENA], step
        if house.footing.held:
            return


async def test_two_deaths_at_any_steps_mail_once() -> None:
    deaths = 0
    for first in range(15, 60, 3):
        for second in range(1, 30, 4):
            house, dead = mailing_house(dies_at=first), False
            await house.ask(a_request())
            while (moment := house.queues.next_at()) is not None:
                house.clock.reach(moment)
                await house._give(house.queues.take())
                if not dead and house.footing.steps >= first:
                    dead, house.footing.steps, house.footing.dies_at = True, 0, second

            assert mailed(house) == [LENA], (first, second)
            deaths += dead
    assert deaths > 50


@pytest.mark.parametrize("times", [2, 3])
async def test_every_message_delivered_several_times_mails_once(times: int) -> None:
    house = mailing_house()
    await house.ask(a_request(groups=["Aurora"]))
    await house.deliver(times=times)

    assert mailed(house) == [LENA]


async def test_a_letter_delivered_again_much_later_is_not_sentagain() -> None:
    house = mailing_house()
    await house.ask(a_request())
    await house.deliver()
    house.clock.advance(timedelta(days=9))
    house.queues.put(again(house, the_letter(house).id))
    await house.deliver()

    assert mailed(house) == [LENA]


async def test_one_letter_sent_by_many_at_once_is_sent_once() -> None:
    house = mailing_house()
    await house.ask(a_request())
    await until_posted(house)
    letter = the_letter(house).id
    ended = await asyncio.gather(
        *(house.mailing.send(letter) for _ in range(8)), return_exceptions=True
    )
    await house.deliver()

    assert mailed(house) == [LENA]
    assert len(house.mailbox.drafts) == 1
    assert all(one is None or isinstance(one, TryLater) for one in ended)


async def test_whoever_comes_while_a_letter_is_written_waits_for_its_writer() -> None:
    house = mailing_house()
    await house.ask(a_request())
    await until_posted(house)
    letter = the_letter(house).id
    writer = asyncio.create_task(house.mailing.send(letter))
    while the_letter(house).stage is not Stage.WRITING:  # noqa: ASYNC110 - the fake yields, it does not wait
        await asyncio.sleep(0)
    with pytest.raises(TryLater) as wait:
        await house.mailing.send(letter)
    await writer

    assert wait.value.reason.code == "being_written"
    assert len(house.mailbox.drafts) == 1
    assert mailed(house) == [LENA]


async def test_a_pause_while_a_lost_draft_is_looked_for_makes_no_second_one() -> None:
    house = mailing_house()
    house.mailbox.says_next("draft", LOST, done=True)
    house.mailbox.says_next("find", BUSY)
    await house.ask(a_request())
    await house.deliver()

    assert mailed(house) == [LENA]
    assert house.mailbox.coming["find"] == []
    assert len(house.mailbox.drafts) == 1


@pytest.mark.parametrize("method", ["turn", "draft", "send"])
@pytest.mark.parametrize(("error", "done"), [(BUSY, False), (LOST, False), (LOST, True)])
async def test_a_lost_answer_or_a_pause_neither_doubles_nor_loses_a_mail(
    method: str, error: TryLater, done: bool
) -> None:
    house = mailing_house()
    for _ in range(3):
        house.mailbox.says_next(method, error, done=done and method != "turn")
    await house.ask(a_request())
    await house.deliver()

    assert mailed(house) == [LENA]
    assert house.mailbox.coming[method] == [] or done
    assert len(house.mailbox.coming[method]) < 3
    assert sum(not one.sent for one in house.mailbox.drafts.values()) == 0
