"""Messages arrive as they were sent; what does not fit is refused with all its faults."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from b2b import wire
from b2b.domain.access import Assignment
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.mail import LetterId
from b2b.domain.policy import Partner, PartnerDomain, Policy
from b2b.domain.request import (
    BatchId,
    Delivery,
    GroupId,
    GuestRequest,
    RequestId,
    RowRef,
    TenantId,
    Wish,
    request_id,
)
from b2b.domain.upload import AskedRow, safe_line
from b2b.domain.upload.address import AddressReader
from b2b.domain.verdict import Court, Queued
from tests.domain.upload.reading import tell
from tests.fakes.house import TENANT, a_request

BATCH = BatchId("b" * 32)
ADDRESSES = AddressReader(own_domains=frozenset())
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=256)


@st.composite
def requests(draw: st.DrawFn) -> GuestRequest:
    """With an address as the reader of files writes it down."""
    local = draw(st.from_regex(r"[a-z0-9][a-z0-9_'+-]{0,20}[a-z0-9]", fullmatch=True))
    found = ADDRESSES.read_anyone(f"{local}@fabrikam.com")
    wish = Wish(
        email=found.address,  # type: ignore[union-attr]  # a Reason would be a fault of this test
        display_name=draw(names),
        company=draw(st.text(max_size=64)),
        groups=tuple(draw(st.lists(names, max_size=3))),
        access_packages=tuple(draw(st.lists(names, max_size=3))),
        expires_on=draw(st.none() | st.dates()),
        sponsor=draw(names),
        redirect_url=draw(st.text(max_size=300)),
        language=draw(st.text(max_size=35)),
        message=draw(st.text(max_size=1024)),
        delivery=draw(st.none() | st.sampled_from(Delivery)),
        correlation_id=draw(st.text(max_size=128)),
    )
    row = RowRef.of_line(BATCH, draw(st.integers(0, 10**8 - 1)))
    return GuestRequest(request_id(TENANT, wish.email, BATCH), wish, row)


@given(requests())
def test_a_request_comes_back_as_it_was(request: GuestRequest) -> None:
    assert wire.read_request(wire.write_request(request), TENANT) == request


@given(
    st.builds(
        Assignment,
        st.text("0123456789abcdef", min_size=1).map(RequestId),
        st.integers(0, 10**8 - 1).map(lambda line: RowRef.of_line(BATCH, line)),
        st.uuids().map(lambda one: GuestId(str(one))),
        st.lists(st.uuids().map(lambda one: GroupId(str(one)))).map(tuple),
        st.booleans(),
    )
)
def test_an_assignment_comes_back_as_it_was(assignment: Assignment) -> None:
    assert wire.read_assignment(wire.write_assignment(assignment)) == assignment


def test_a_batch_to_publish_comes_back_as_it_was() -> None:
    assert wire.read_publish(wire.write_publish(BATCH)) == BATCH


def queued(content: str) -> list[GuestRequest]:
    """What a policy that takes everybody makes of a file."""
    everybody = Partner(name="Any", domains=(PartnerDomain("x.example"),), groups={})
    policy = Policy(
        version="v1", own_domains=("contoso.com",), partners=(everybody,), unknown_domains="Any"
    )
    court = Court(policy, date(2026, 11, 23), TENANT, BATCH)
    asked = [row for row in tell(content.encode()).rows if isinstance(row, AskedRow)]
    return [one.request for one in map(court.judge, asked) if isinstance(one, Queued)]


@given(st.emails())
@example("O'Hara+x@Fabrikam.COM")
@example("käthe@bücher.example")
@example("'lena'@fabrikam.com")
@example("Lena Weiss <lena@fabrikam.com>")
@example("mailto:lena@fabrikam.com")
def test_whatever_address_a_file_may_hold_is_still_the_same_request_as_a_message(
    address: str,
) -> None:
    for request in queued(safe_line(["email"]) + safe_line([address])):
        assert wire.read_request(wire.write_request(request), TENANT) == request


def test_a_row_that_fills_every_cell_to_its_limit_fits_into_a_message() -> None:
    cells = {
        "email": f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.com",
        "displayName": "n" * 256,
        "givenName": "g" * 64,
        "surname": "s" * 64,
        "companyName": "c" * 64,
        "message": "m" * 1024,
        "correlationId": "i" * 128,
        "sponsor": f"{'a' * 64}@{'b' * 60}.com",
        "language": "zh-Hans-CN",
    }
    (request,) = queued(safe_line(list(cells)) + safe_line(list(cells.values())))
    one_name = replace(request.wish, given_name="", surname="")

    assert wire.read_request(wire.write_request(request), TENANT).wish == one_name


def body(**changes: Any) -> bytes:
    message = json.loads(wire.write_request(a_request(batch=BATCH)))
    return json.dumps({k: v for k, v in (message | changes).items() if v != "-"}).encode()


def refused(content: bytes) -> Refused:
    with pytest.raises(Refused) as refusal:
        wire.read_request(content, TENANT)
    return refusal.value


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"{"])
def test_what_is_no_message_is_refused(content: bytes) -> None:
    assert refused(content).reason.code == "malformed_message"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"display_name": "snake"}, "display_name"),
        ({"schema": "guest-invitation/2"}, "schema"),
        ({"email": "-"}, "email"),
        ({"expiresOn": "soon"}, "expiresOn"),
        ({"delivery": "pigeon"}, "delivery"),
        ({"message": "x" * 1025}, "message"),
        ({"source": {"batch": "b/../c", "line": 2}}, "source.batch"),
        ({"source": {"batch": "b", "line": -1}}, "source.line"),
        ({"source": "-"}, "source"),
    ],
)
def test_a_fault_is_told_with_its_field_and_without_its_value(
    changes: dict[str, Any], field: str
) -> None:
    reason = refused(body(**changes)).reason

    assert reason.code == "malformed_message"
    assert f"{field}:" in reason.sentence
    assert "soon" not in reason.sentence
    assert "pigeon" not in reason.sentence


def test_all_faults_are_told_at_once() -> None:
    sentence = refused(body(colour="red", delivery="pigeon")).reason.sentence

    assert "colour:" in sentence
    assert "delivery:" in sentence


def test_a_message_may_leave_the_id_to_us() -> None:
    assert wire.read_request(body(requestId="-"), TENANT) == a_request(batch=BATCH)


def test_an_id_that_is_not_of_this_request_is_refused() -> None:
    assert refused(body(requestId="0" * 64)).reason.code == "wrong_request_id"


def test_an_id_of_another_tenant_is_refused() -> None:
    with pytest.raises(Refused):
        wire.read_request(wire.write_request(a_request()), TenantId("another"))


@pytest.mark.parametrize("email", ["LENA@Fabrikam.COM", " lena@fabrikam.com "])
def test_an_address_in_a_message_is_read_as_one_in_a_file(email: str) -> None:
    read = wire.read_request(body(email=email, requestId="-"), TENANT)

    assert read.wish.email.rpartition("@")[2] == "fabrikam.com"
    assert read.id == a_request(batch=BATCH).id


@pytest.mark.parametrize("email", ["lena", "lena@", "a@b@c.example", "lena@fabrikam.com, x@y.de"])
def test_what_is_no_address_is_refused(email: str) -> None:
    assert refused(body(email=email, requestId="-")).reason.sentence


@pytest.mark.parametrize("name", ["", "../up", "b' or PartitionKey ne '"])
def test_a_batch_to_publish_has_the_name_of_a_batch(name: str) -> None:
    with pytest.raises(Refused):
        wire.read_publish(json.dumps({"batch": name}).encode())


def test_a_mail_message_points_at_a_letter_and_nothing_else() -> None:
    letter = LetterId("0123456789abcdef" * 2)

    assert wire.read_mail(wire.write_mail(letter)) == letter
    for body in (b"{}", b'{"letter": "../x"}', b'{"letter": "", "to": "lena@fabrikam.com"}', b"x"):
        with pytest.raises(Refused) as refusal:
            wire.read_mail(body)
        assert refusal.value.reason.code == "malformed_message"
        assert "lena" not in refusal.value.reason.sentence
