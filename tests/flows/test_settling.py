"""What waits, crashes, is refused or was interrupted, each to its place; the ports are fakes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from b2b import wire
from b2b.domain.dead_letter import DeadLetter
from b2b.domain.errors import Refused, TryLater
from b2b.domain.outcome import Failed
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.retry import CRASHES, INTERRUPTIONS, Scalar
from b2b.flows.dead_letter_queue import INTERRUPTED
from b2b.flows.settling import LONGEST_PAUSE, Turn, seconds_before
from tests.fakes.house import FakeHouse, a_request
from tests.fakes.queues import INVITATIONS
from tests.flows.examples import a_house

PAUSE = TryLater(Reason("throttled", "Asks for a pause."), timedelta(minutes=2))
AWAY = TryLater(Reason("ledger_unreachable", "."), timedelta(seconds=5))
NO = Refused(Reason("malformed_message", "Does not fit."))
REQUEST = a_request()
BODY = wire.write_request(REQUEST)


class Crash(Exception):
    pass


def raises(ending: Exception) -> Turn:
    async def turn(_: ReceivedMessage) -> None:
        raise ending

    return turn


async def a_house_that_was_asked() -> FakeHouse:
    """Its one message is taken out of the queue."""
    house = a_house()
    await house.ask(REQUEST)
    house.queues.letters.clear()
    return house


def first(house: FakeHouse, **traits: object) -> ReceivedMessage:
    message = ReceivedMessage(body=BODY, message_id=REQUEST.id, enqueued_at=house.clock())
    return replace(message, **traits)  # type: ignore[arg-type]


def dead(house: FakeHouse, message: ReceivedMessage, why: str = INTERRUPTED) -> ReceivedMessage:
    properties: dict[str, Scalar] = {**message.properties, "DeadLetterReason": why}
    return replace(message, properties=properties)


async def taken(house: FakeHouse, message: ReceivedMessage) -> bool:
    return await house.dead_letter_queue.take(INVITATIONS, DeadLetter(message=message))


def next_copy(house: FakeHouse) -> ReceivedMessage:
    (letter,) = house.queues.held(INVITATIONS)
    house.queues.letters.remove(letter)
    house.clock.reach(letter.at)
    return house.received(letter)


async def test_a_crash_pauses_longer_each_time_and_the_fifth_closes_the_row() -> None:
    house = await a_house_that_was_asked()
    message, waits = first(house), []
    for _ in range(CRASHES - 1):
        before = house.clock()
        await house.settling.settle(INVITATIONS, message, raises(Crash()))
        message = next_copy(house)
        waits.append((house.clock() - before).total_seconds())
        assert house.row().outcome is None
    await house.settling.settle(INVITATIONS, message, raises(Crash()))
    outcome = house.row().outcome

    assert waits == [2, 4, 8, 16]
    assert isinstance(outcome, Failed)
    assert outcome.reason.code == "crashed"
    assert house.queues.held(INVITATIONS) == []
    assert [body for body, _ in house.files.blobs.values()] == [BODY]


async def test_a_crash_among_many_is_counted_like_one_alone() -> None:
    house = await a_house_that_was_asked()

    async def act(values: Sequence[bytes]) -> dict[bytes, TryLater | Refused]:
        raise Crash

    message = first(house)
    for _ in range(CRASHES):
        others = [first(house, body=str(n).encode(), message_id=str(n)) for n in range(2)]
        await house.settling.settle_together(INVITATIONS, [message, *others], bytes, act)
        mine = [one for one in house.queues.letters if one.body == BODY]
        message = house.received(mine[-1]) if mine else message
        house.queues.letters.clear()

    assert isinstance(house.row().outcome, Failed)


async def test_waiting_does_not_count_as_crashing_nor_crashing_as_waiting() -> None:
    house = await a_house_that_was_asked()
    message = first(house)
    for ending in (PAUSE, Crash(), PAUSE, Crash()):
        await house.settling.settle(INVITATIONS, message, raises(ending))
        message = next_copy(house)
    believed = await house.sending_again.believe(INVITATIONS, message)

    assert (believed.tries.attempt, believed.tries.crashes) == (2, 2)
    assert message.message_id == f"{REQUEST.id}#4"


async def test_an_answer_that_has_to_wait_is_deferred_like_anything_else() -> None:
    house = await a_house_that_was_asked()

    async def answer(message: ReceivedMessage, reason: Reason) -> None:
        raise PAUSE

    await house.settling.settle(INVITATIONS, first(house), raises(NO), answer)

    assert len(house.queues.held(INVITATIONS)) == 1
    assert house.files.blobs == {}
    assert house.pauses == []


async def test_what_is_raised_is_that_the_copy_could_not_be_sent_and_only_after_a_pause() -> None:
    house = await a_house_that_was_asked()
    house.seal_key.says_next(AWAY)
    with pytest.raises(TryLater):
        await house.settling.settle(INVITATIONS, first(house, delivery_count=4), raises(PAUSE))

    assert house.pauses == [8]
    assert house.queues.held(INVITATIONS) == []


@pytest.mark.parametrize(
    ("count", "seconds"), [(-1, 1), (0, 1), (1, 1), (2, 2), (6, 32), (7, 60), (2**70, 60)]
)
def test_the_pause_before_raising_grows_to_a_minute(count: int, seconds: float) -> None:
    assert seconds_before(count) == seconds <= LONGEST_PAUSE


async def test_a_bystander_of_deaths_is_sent_again_and_not_taken_for_their_cause() -> None:
    house = await a_house_that_was_asked()
    message, waits = first(house), []
    for _ in range(INTERRUPTIONS):
        before = house.clock()
        assert await taken(house, dead(house, message))
        message = next_copy(house)
        waits.append((house.clock() - before) / timedelta(minutes=1))
        assert house.row().outcome is None
    assert await taken(house, dead(house, message))
    outcome = house.row().outcome

    assert all(least <= wait <= 2 * least for least, wait in zip((2, 4, 8), waits, strict=True))
    assert isinstance(outcome, Failed)
    assert outcome.reason.code == "crashed"


async def test_messages_that_died_together_come_back_apart() -> None:
    house = a_house()
    moments = set()
    for number in range(20):
        message = first(house, body=str(number).encode(), message_id=f"{number:032x}")
        assert await taken(house, dead(house, message))
        moments.add(house.queues.letters[-1].at)
    apart = [later - earlier for earlier, later in pairwise(sorted(moments))]

    assert len(moments) == 20
    assert max(moments) - min(moments) > timedelta(minutes=1)
    assert sum(gap > timedelta(seconds=1) for gap in apart) > 10


async def test_a_lapsed_message_and_one_moved_by_hand_have_no_more_rounds() -> None:
    for why, code in (("TTLExpiredException", "lapsed"), ("by hand", "crashed")):
        house = await a_house_that_was_asked()
        assert await taken(house, dead(house, first(house), why))
        outcome = house.row().outcome

        assert isinstance(outcome, Failed)
        assert outcome.reason.code == code


async def test_a_copy_keeps_the_stamp_of_its_entrance() -> None:
    house = a_house()
    message = first(house, properties={"sender": "hr"})
    await house.settling.settle(INVITATIONS, message, raises(Crash()))

    assert next_copy(house).stamp == "hr"
