"""A turn over the dead letters: each sent again, refused or kept, and a queue that fails rests."""

import itertools
import json
from datetime import timedelta

import pytest

from b2b import events, wire
from b2b.domain.dead_letter import BodyForm, DeadLetter, rest_after
from b2b.domain.errors import TryLater
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.retry import Scalar
from b2b.flows.dead_letter_queue import FAILURES, INTERRUPTED
from tests.fakes.house import FakeHouse, a_request
from tests.fakes.queues import INVITATIONS, RESULTS
from tests.flows.examples import a_house

AWAY = TryLater(Reason("ledger_unreachable", "."), timedelta(seconds=5))
REQUEST = a_request()
BODY = wire.write_request(REQUEST)
MINUTE = timedelta(minutes=1)


def put(
    house: FakeHouse,
    body: bytes = BODY,
    form: BodyForm = BodyForm.DATA,
    queue: str = INVITATIONS,
    why: str = INTERRUPTED,
    **properties: Scalar,
) -> None:
    message = ReceivedMessage(
        body=body,
        message_id=f"{len(body)}",
        enqueued_at=house.clock(),
        properties={"DeadLetterReason": why, **properties},
    )
    house.dead.letters[queue].append(DeadLetter(message=message, form=form))


def left(house: FakeHouse, queue: str = INVITATIONS) -> int:
    return len(house.dead.letters[queue])


async def turns_until_gone(house: FakeHouse, most: int = 200) -> int:
    """How many minutes it takes, one turn a minute."""
    for minute in range(most):
        await house.dead_letter_queue.work_off()
        if not left(house):
            return minute
        house.clock.advance(MINUTE)
    return most


async def test_text_is_sent_again_once_as_data_and_keeps_its_stamp() -> None:
    house = a_house()
    put(house, form=BodyForm.TEXT, sender="hr")
    await house.dead_letter_queue.work_off()
    (copy,) = house.queues.held(INVITATIONS)
    message = house.received(copy)

    assert (copy.body, message.stamp, left(house)) == (BODY, "hr", 0)
    believed = await house.sending_again.believe(INVITATIONS, message)
    assert believed.tries.attempt == 1
    assert house.files.blobs == {}


async def test_what_is_no_text_is_refused_told_and_kept() -> None:
    house = a_house()
    body = json.dumps({"sender": "hr", "correlationId": "c-1"}).encode()
    put(house, body, BodyForm.OTHER)
    await house.dead_letter_queue.work_off()
    (row,) = house.ledger.kept.values()

    assert (row.sender, row.correlation) == ("hr", "c-1")
    assert "malformed_message" in repr(row.outcome)
    assert [body for body, _ in house.files.blobs.values()] == [body]
    assert house.queues.held(INVITATIONS) == []


async def test_the_stamp_says_whom_to_tell_whatever_the_body_says() -> None:
    house = a_house()
    put(house, b'{"sender": "forged"}', BodyForm.OTHER, sender="hr")
    await house.dead_letter_queue.work_off()

    assert [row.sender for row in house.ledger.kept.values()] == ["hr"]


async def test_in_a_queue_of_our_own_nobody_is_told() -> None:
    house = a_house()
    put(house, b"[1]", BodyForm.OTHER, RESULTS)
    await house.dead_letter_queue.work_off()

    assert house.ledger.kept == {}
    assert left(house, RESULTS) == 0
    assert len(house.files.blobs) == 1


async def test_text_that_lapsed_is_kept_and_not_sent_again() -> None:
    house = a_house()
    put(house, form=BodyForm.TEXT, why="TTLExpiredException")
    await house.dead_letter_queue.work_off()

    assert house.queues.held(INVITATIONS) == []
    assert len(house.files.blobs) == 1


async def test_a_letter_that_cannot_be_closed_goes_after_growing_pauses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = a_house()
    house.seal_key.says_next(*[AWAY] * FAILURES)
    put(house, seal="x")

    assert await turns_until_gone(house) == 1 + 2 + 4 + 8
    assert [body for body, _ in house.files.blobs.values()] == [BODY]
    assert caplog.messages.count(events.DEAD_LETTER_LEFT) == FAILURES - 1
    assert events.DEAD_LETTER_NOT_CLOSED in caplog.messages


async def test_one_that_fails_holds_up_no_neighbour_and_no_other_queue() -> None:
    house = a_house()
    house.seal_key.says_next(AWAY)
    put(house, seal="x")
    put(house, b"neighbour", why="by hand")
    put(house, b"other", queue=RESULTS, why="by hand")
    await house.dead_letter_queue.work_off()

    assert (left(house), left(house, RESULTS)) == (1, 0)
    assert sorted(body for body, _ in house.files.blobs.values()) == [b"neighbour", b"other"]


async def test_while_not_even_the_body_can_be_kept_the_letter_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = a_house()
    tries = []

    async def away(*_: object) -> None:
        tries.append(house.clock())
        raise AWAY

    monkeypatch.setattr(house.files, "write", away)
    put(house, why="by hand")

    assert await turns_until_gone(house, 300) == 300
    gaps = {later - earlier for earlier, later in itertools.pairwise(tries)}
    assert max(gaps) == timedelta(hours=1)
    assert len(tries) < 20


async def test_a_bus_that_does_not_answer_rests_too_and_is_read_again() -> None:
    house = a_house()
    house.dead.away = AWAY
    put(house, why="by hand")
    await house.dead_letter_queue.work_off()
    house.dead.away = None
    await house.dead_letter_queue.work_off()
    assert left(house) == 1
    house.clock.advance(MINUTE)
    await house.dead_letter_queue.work_off()

    assert left(house) == 0


@pytest.mark.parametrize(
    ("turns", "minutes"), [(-1, 1), (0, 1), (1, 1), (2, 2), (6, 32), (7, 60), (2**70, 60)]
)
def test_the_rest_grows_to_an_hour(turns: int, minutes: int) -> None:
    assert rest_after(turns) == timedelta(minutes=minutes)
