"""Asking twice is asking once: ids come from what is asked, and rows sort like lines."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b.domain.request import Address, BatchId, RowRef, TenantId, Wish, content_of, request_id

TENANT, BATCH = TenantId("tenant"), BatchId("batch")
words = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)


def test_the_id_of_a_request_outlives_a_version_of_the_app() -> None:
    made = request_id(TENANT, Address("Lena@fabrikam.com"), BATCH)

    assert made == "326ce696a7cddb298db4fbfa463dc35f7f1e684920c143bced71fccea5f7f1a5"


@pytest.mark.parametrize("address", ["lena@fabrikam.com", "LENA@fabrikam.com"])
def test_case_does_not_make_another_request(address: str) -> None:
    assert request_id(TENANT, Address(address), BATCH) == request_id(
        TENANT, Address("Lena@fabrikam.com"), BATCH
    )


@given(words, words, words)
def test_tenant_address_and_batch_each_make_another_request(
    tenant: str, local: str, batch: str
) -> None:
    address = Address(f"{local}@fabrikam.com")
    made = request_id(TenantId(tenant), address, BatchId(batch))

    assert made == request_id(TenantId(tenant), address, BatchId(batch))
    assert made != request_id(TenantId(tenant + "x"), address, BatchId(batch))
    assert made != request_id(TenantId(tenant), Address("x" + address), BatchId(batch))
    assert made != request_id(TenantId(tenant), address, BatchId(batch + "x"))


@given(st.integers(0, 99_999_999))
def test_a_row_knows_its_line(line: int) -> None:
    assert RowRef.of_line(BATCH, line).line == line


@given(st.lists(st.integers(0, 99_999_999)))
def test_keys_sort_like_lines(lines: list[int]) -> None:
    refs = sorted((RowRef.of_line(BATCH, line) for line in lines), key=lambda ref: ref.key)

    assert [ref.line for ref in refs] == sorted(lines)


@pytest.mark.parametrize("key", ["", "12", "abcdefgh", "123456789"])
def test_a_row_that_is_no_line_has_none(key: str) -> None:
    assert RowRef(BATCH, key).line == 0


def test_the_content_of_a_wish_stays_when_a_version_can_ask_for_more() -> None:
    wish = Wish(email=Address("lena@fabrikam.com"), groups=("Aurora",))

    assert content_of(wish) == "127c7f1410319891ecd8a5f615d76aea"  # kept in ledgers
    assert content_of(replace(wish, given_name="Lena")) == content_of(wish)  # travels in no message
    assert content_of(replace(wish, groups=("Aurora", "B"))) != content_of(wish)
    assert content_of(replace(wish, groups=("Aurora, B",))) != content_of(
        replace(wish, groups=("Aurora", "B"))
    )
    assert content_of(replace(wish, expires_on=date(2027, 1, 31))) != content_of(wish)
