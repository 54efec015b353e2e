"""A message that crashed the app is kept, and the row of that very request is closed as failed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from b2b import wire
from b2b.domain.claim import Claim
from b2b.domain.guest import GuestId
from b2b.domain.outcome import Failed, Invited
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.request import RowRef, content_of
from b2b.domain.retry import Scalar
from tests.fakes.house import BATCH, CLAIMS, TENANT, FakeHouse, a_request
from tests.fakes.queues import INVITATIONS, RESULTS
from tests.flows.examples import a_house

NOW = datetime(2026, 11, 29, tzinfo=UTC)
REQUEST = a_request()
BODY = wire.write_request(REQUEST)


def claimed(body: bytes = BODY, stamp: str | None = None) -> Claim | None:
    properties: dict[str, Scalar] = {} if stamp is None else {"sender": stamp}
    return CLAIMS.of(
        INVITATIONS, ReceivedMessage(body=body, enqueued_at=NOW, properties=properties)
    )


async def kept(house: FakeHouse, body: bytes = BODY, why: str = "MaxDeliveryCountExceeded") -> str:
    await house.dead_letters.keep(INVITATIONS, body, claimed(body), why)
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
    await house.dead_letters.give_up(claimed(), Reason("throttled", "Asks for a pause."))

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


async def test_a_message_that_lapsed_is_no_crash() -> None:
    house = a_house()
    await house.ask(REQUEST)
    await kept(house, why="TTLExpiredException")

    outcome = house.row().outcome
    assert isinstance(outcome, Failed)
    assert outcome.reason.code == "lapsed"
    assert "Send it again" in outcome.reason.sentence


@pytest.mark.parametrize(
    "difference", [{"sender": "hr"}, {"content": "of-another"}, {"request": "of-another"}]
)
async def test_a_claim_that_differs_from_the_row_in_anything_closes_nothing(
    difference: dict[str, str],
) -> None:
    house = a_house()
    await house.ask(REQUEST)
    ref = REQUEST.row
    house.ledger.kept[ref] = replace(house.ledger.kept[ref], **difference)  # type: ignore[arg-type]
    await kept(house)

    assert house.row().outcome is None


async def test_a_row_of_an_older_version_has_no_digest_and_is_closed_all_the_same() -> None:
    house = a_house()
    await house.ask(REQUEST)
    assert house.row().content == content_of(REQUEST.wish)
    house.ledger.kept[REQUEST.row] = replace(house.row(), content="")
    await kept(house)

    assert isinstance(house.row().outcome, Failed)


def test_a_row_of_a_file_that_came_by_an_entrance_claims_nothing() -> None:
    assert claimed() is not None
    assert claimed(stamp="hr") is None


def test_a_message_claims_nothing_in_a_queue_that_is_not_for_it() -> None:
    """A body of an assignment names a row by its id alone: nothing of it is a wish."""
    message = ReceivedMessage(body=BODY, enqueued_at=NOW)

    assert CLAIMS.of("guest-assignments", message) is None
    assert CLAIMS.of("guest-results", message) is None
    assert CLAIMS.of("guest-departures", message) is None
