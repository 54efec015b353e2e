"""A message that crashed the app is kept, and the row of that very request is closed as failed."""

import pytest

from b2b import wire
from b2b.domain.guest import GuestId
from b2b.domain.outcome import Failed, Invited
from b2b.domain.reason import Reason
from b2b.domain.request import RowRef
from tests.fakes.house import BATCH, TENANT, FakeHouse, a_request
from tests.fakes.queues import INVITATIONS, RESULTS
from tests.flows.examples import a_house

REQUEST = a_request()
BODY = wire.write_request(REQUEST)


async def kept(house: FakeHouse, body: bytes = BODY) -> str:
    await house.dead_letters.keep(
        INVITATIONS, body, wire.claim_of(body, TENANT), "MaxDeliveryCountExceeded"
    )
    ((container, name),) = house.files.blobs
    assert container == "dead-letters"
    return name


async def test_the_body_is_kept_as_it_was() -> None:
    house = a_house()
    await house.ask(REQUEST)
    name = await kept(house)

    assert name.startswith("guest-invitations/")
    assert house.files.text("dead-letters", name).encode() == BODY


async def test_its_row_is_closed_and_says_where_the_body_is() -> None:
    house = a_house()
    await house.ask(REQUEST)
    name = await kept(house)

    outcome = house.row().outcome
    assert isinstance(outcome, Failed)
    assert outcome.reason.code == "crashed"
    assert name in outcome.reason.sentence
    assert len(house.queues.held(RESULTS)) == 1


async def test_the_row_of_another_request_stays_open() -> None:
    house = a_house()
    await house.ask(a_request("max@fabrikam.com"))  # the same line of the same batch
    await kept(house)

    assert house.row().outcome is None
    assert house.queues.held(RESULTS) == []


async def test_an_outcome_that_was_there_before_stays() -> None:
    house = a_house()
    await house.ask(REQUEST)
    await house.ledger.close(REQUEST.row, Invited(GuestId("g")))
    await kept(house)

    assert house.row().outcome == Invited(GuestId("g"))


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"[]", b'{"requestId": "x"}'])
async def test_a_body_that_claims_nothing_is_kept_all_the_same(body: bytes) -> None:
    house = a_house()
    name = await kept(house, body)

    assert house.files.blobs["dead-letters", name][0] == body
    assert house.ledger.kept == {}


async def test_a_dead_letter_kept_twice_is_one_blob() -> None:
    house = a_house()
    await house.ask(REQUEST)

    assert await kept(house) == await kept(house)


async def test_whoever_waited_too_long_is_told_the_last_reason() -> None:
    house = a_house()
    await house.ask(REQUEST)
    await house.dead_letters.give_up(
        wire.claim_of(BODY, TENANT), Reason("throttled", "Asks for a pause.")
    )

    outcome = house.row().outcome
    assert isinstance(outcome, Failed)
    assert outcome.reason.code == "given_up"
    assert "Asks for a pause. (throttled)" in outcome.reason.sentence


async def test_a_request_that_named_no_id_is_closed_as_well() -> None:
    house = a_house()
    await house.ask(REQUEST)
    body = BODY.replace(f'"requestId":"{REQUEST.id}",'.encode(), b"")
    assert wire.read_request(body, TENANT).row == RowRef.of_line(BATCH, 2)
    await kept(house, body)

    assert isinstance(house.row().outcome, Failed)
