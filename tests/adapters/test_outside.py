"""Messages of other services become commands with an identity of their own, or are refused."""

import codecs
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b import outside, wire
from b2b.domain.command import Ensure, Leaving, Renewal
from b2b.domain.errors import Refused
from b2b.domain.reason import Reason
from b2b.domain.received_message import SENDER, ReceivedMessage
from b2b.domain.request import request_id
from tests.fakes.house import CLAIMS, TENANT, a_request

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def body(**more: Any) -> bytes:
    basic = {"schema": "guest-invitation/1", "sender": "portal", "correlationId": "c-1"}
    return json.dumps(basic | {"email": "Lena@Fabrikam.com"} | more).encode()


def ensured(raw: bytes) -> Ensure:
    command = outside.read_invitation(raw, TENANT)
    assert isinstance(command, Ensure)
    return command


def test_a_wish_is_known_by_tenant_address_sender_and_correlation_id() -> None:
    first = ensured(body())
    same = ensured(body(displayName="Lena"))
    others = [
        ensured(body(correlationId="c-2")),
        ensured(body(sender="hr")),
        ensured(body(email="max@fabrikam.com")),
    ]

    assert first.asked.id == same.asked.id
    assert first.asked.id == request_id(TENANT, first.asked.email, first.asked.row.batch)
    assert first.asked.content != same.asked.content
    assert len({first.asked.id, *(one.asked.id for one in others)}) == 4
    assert len({first.asked.row, *(one.asked.row for one in others)}) == 4


def test_one_correlation_id_may_stand_for_an_invitation_a_renewal_and_a_leave() -> None:
    renewal = outside.read_invitation(
        body(schema="guest-renewal/1", expiresOn="2027-01-31"), TENANT
    )
    leave = outside.read_departure(body(schema="guest-leave/1"), TENANT)

    assert isinstance(renewal, Renewal)
    assert isinstance(leave, Leaving)
    assert len({ensured(body()).asked.id, renewal.asked.id, leave.asked.id}) == 3


def test_a_message_by_an_entrance_has_to_name_its_owner() -> None:
    for stamp in (None, "portal"):
        outside.read_invitation(body(), TENANT, stamp)
    for read in (outside.read_invitation, outside.read_departure):
        raw = body(schema="guest-leave/1") if read is outside.read_departure else body()
        with pytest.raises(Refused) as refusal:
            read(raw, TENANT, "hr")

        assert refusal.value.reason.code == "sender_mismatch"


def test_a_mark_of_the_byte_order_is_passed_over() -> None:
    assert ensured(codecs.BOM_UTF8 + body()).asked.id == ensured(body()).asked.id


@pytest.mark.parametrize(
    "raw",
    [
        body(),
        body(schema="guest-renewal/1", expiresOn="2027-01-31"),
        body(schema="guest-leave/1"),
    ],
)
def test_a_message_that_crashed_is_known_by_its_row(raw: bytes) -> None:
    read = (
        outside.read_departure(raw, TENANT)
        if b"leave" in raw
        else outside.read_invitation(raw, TENANT)
    )

    assert isinstance(read, Ensure | Renewal | Leaving)
    queue = "guest-departures" if b"leave" in raw else "guest-invitations"
    claim = CLAIMS.of(queue, ReceivedMessage(body=raw, enqueued_at=NOW))
    assert claim is not None
    assert (claim.row, claim.request) == (read.asked.row, read.asked.id)
    assert (claim.content, claim.sender) == (read.asked.content, "portal")
    by_another = {SENDER: "hr"}
    forged = ReceivedMessage(body=raw, enqueued_at=NOW, properties=by_another)
    assert CLAIMS.of(queue, forged) is None


def test_a_row_of_a_file_does_not_come_by_an_entrance() -> None:
    raw = wire.write_request(a_request())
    outside.read_invitation(raw, TENANT)
    with pytest.raises(Refused) as refusal:
        outside.read_invitation(raw, TENANT, "portal")

    assert refusal.value.reason.code == "source_by_entrance"


@pytest.mark.parametrize(
    ("raw", "stamp", "told"),
    [
        (body(), None, ("portal", "c-1")),
        (codecs.BOM_UTF8 + body(salary=5), None, ("portal", "c-1")),
        (body(sender="Supplier Portal"), None, ("", "c-1")),
        (body(correlationId=" "), None, ("portal", "")),
        (body(sender="hr"), "portal", ("portal", "c-1")),
        (b"no json", "portal", ("portal", "")),
        (body(), "x\n" * 99, ("portal", "c-1")),
        (b"[]", None, ("", "")),
    ],
)
def test_who_is_answered_is_made_out_as_far_as_it_can_be(
    raw: bytes, stamp: str | None, told: tuple[str, str]
) -> None:
    """By an entrance it is its owner: nobody is told in another's name."""
    assert outside.told_by(raw, stamp) == told


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = st.sampled_from(["schema", "sender", "correlationId", "email", "groups", "source", "x"])


@given(st.binary() | st.dictionaries(FIELDS, JSON).map(lambda one: json.dumps(one).encode()))
def test_whatever_comes_is_read_or_refused_and_never_a_crash(raw: bytes) -> None:
    for read in (outside.read_invitation, outside.read_departure):
        with suppress(Refused):
            read(raw, TENANT)
    for queue in ("guest-invitations", "guest-departures", "guest-assignments"):
        CLAIMS.of(queue, ReceivedMessage(body=raw, enqueued_at=NOW))
    assert all(isinstance(part, str) for part in outside.told_by(raw))


@pytest.mark.parametrize(
    "wrong",
    [
        {"schema_": "guest-invitation/1"},
        {"correlation_id": "c-2"},
        {"display_name": "Lena"},
        {"expiresOn": 1893456000},
        {"expiresOn": 20300101},
        {"source": {"batch": "b", "line": 10**1500}},
        {"source": {"batch": "b", "line": 100_000_000}},
        {"sponsor": "' or 1 eq 1"},
    ],
)
def test_spellings_that_no_document_knows_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        outside.read_invitation(body(**wrong), TENANT)


def test_a_domain_of_letters_that_unfold_is_refused_before_it_is_unfolded() -> None:
    """One such letter becomes eighteen: two hundred of them cost 84 ms of the event loop."""
    found = wire.ADDRESSES.read_anyone("a@" + "\ufdfa" * 200 + ".com")

    assert isinstance(found, Reason)
    assert found.sentence.endswith("its domain is too long.")
