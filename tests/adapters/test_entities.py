"""What is kept in a table comes back as it was, whatever it is."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from b2b.adapters.entities import (
    as_batch,
    as_guest,
    as_row,
    batch_entity,
    guest_entity,
    guest_key,
    outcome_fields,
    row_entity,
    upload_key,
)
from b2b.domain.batch import Batch, LedgerRow, Totals
from b2b.domain.guest import GuestId, GuestRecord, Standing
from b2b.domain.outcome import (
    AlreadyGuest,
    Assigned,
    Failed,
    Invited,
    Left,
    NotDone,
    Outcome,
    Renewed,
)
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId, RequestId, RowRef

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40)
ids = st.uuids().map(str)
guests = ids.map(GuestId)
batches = ids.map(BatchId)
counts = st.integers(0, 10**6)
reasons = st.builds(Reason, st.from_regex(r"[a-z_]{1,20}", fullmatch=True), texts)
outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Assigned, guests, counts),
    st.builds(Invited, guests),
    st.builds(AlreadyGuest, guests, counts),
    st.builds(NotDone, reasons, st.none() | guests),
    st.builds(Failed, reasons, st.none() | guests),
    st.builds(Renewed, guests),
    st.builds(Left, guests),
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  bounds are naive


@st.composite
def rows(draw: st.DrawFn) -> LedgerRow:
    """A closed row speaks of the guest of its outcome."""
    outcome = draw(st.none() | outcomes)
    guest = draw(st.none() | guests) if outcome is None else outcome.guest
    return LedgerRow(
        ref=RowRef.of_line(draw(batches), draw(st.integers(0, 10**8 - 1))),
        email=draw(texts),
        sender=draw(texts),
        request=draw(st.none() | ids.map(RequestId)),
        outcome=outcome,
        guest=guest,
        link=draw(texts),
        generation=draw(counts),
        correlation=draw(texts),
        content=draw(texts),
    )


@st.composite
def kept_batches(draw: st.DrawFn) -> Batch:
    queued, rejected, skipped = draw(counts), draw(counts), draw(counts)
    return Batch(
        id=draw(batches),
        name=draw(texts),
        at=draw(moments),
        policy_version=draw(texts),
        done=draw(st.booleans()),
        refused=draw(st.none() | reasons),
        totals=Totals(queued + rejected + skipped, queued, rejected, skipped),
        warnings=tuple(draw(st.lists(lines, max_size=5))),
    )


@given(rows())
def test_a_row_comes_back_as_it_was(row: LedgerRow) -> None:
    assert as_row(row_entity(row)) == row


@given(rows().filter(lambda row: row.outcome is None), outcomes)
def test_an_outcome_added_later_is_read_with_its_row(row: LedgerRow, outcome: Outcome) -> None:
    read = as_row(row_entity(row) | outcome_fields(outcome))

    expected = outcome.guest or row.guest
    assert (read.ref, read.email, read.link) == (row.ref, row.email, row.link)
    assert type(read.outcome) is type(outcome)
    assert read.guest == expected


@given(kept_batches())
def test_a_batch_comes_back_as_it_was(batch: Batch) -> None:
    assert as_batch(batch_entity(batch)) == batch


@given(
    st.builds(
        GuestRecord,
        address=texts.map(Address),
        standing=st.sampled_from(Standing),
        request=ids.map(RequestId),
        since=moments,
        guest=st.none() | guests,
        partner=texts,
        sponsor=texts,
        expires_on=st.none() | st.dates(date(2020, 1, 1), date(2100, 1, 1)),
        policy_version=texts,
        sender=texts,
        correlation=texts,
        redeemed_on=st.none() | st.dates(date(2020, 1, 1), date(2100, 1, 1)),
        version=st.just("etag"),
    )
)
def test_a_guest_comes_back_as_they_were(record: GuestRecord) -> None:
    assert as_guest(guest_entity(record), "etag") == record


@given(rows(), kept_batches())
@example(
    LedgerRow(ref=RowRef(BatchId("b"), "k"), email="", sender=""),
    Batch(id=BatchId("b"), name="", at=datetime(2026, 1, 1, tzinfo=UTC)),
)
def test_entities_are_flat(row: LedgerRow, batch: Batch) -> None:
    for entity in (row_entity(row), batch_entity(batch)):
        assert all(isinstance(value, str | int | bool | datetime) for value in entity.values())


@given(texts)
def test_keys_hold_nothing_that_a_key_may_not(name: str) -> None:
    for key in (upload_key(name), guest_key(name)):
        assert all(part.isalnum() for part in key.values())


def test_warnings_without_end_are_cut() -> None:
    many = tuple(f"line {number}: something" for number in range(5000))
    batch = Batch(id=BatchId("b"), name="", at=datetime(2026, 1, 1, tzinfo=UTC), warnings=many)
    kept = as_batch(batch_entity(batch)).warnings

    assert 500 < len(kept) < 5000
    assert kept[:500] == many[:500]
    assert len("\n".join(kept)) < 32_768  # what a string property holds


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0b", "\x1c"])
def test_a_warning_stays_one_whatever_signs_are_in_it(sign: str) -> None:
    told = (f"column 'a{sign}b' is not known",)
    batch = Batch(id=BatchId("b"), name="", at=datetime(2026, 1, 1, tzinfo=UTC), warnings=told)

    assert as_batch(batch_entity(batch)).warnings == told
