"""Totals that do not add up cannot be written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b.domain.batch import Totals

counts = st.integers(0, 10**6)


@given(counts, counts, counts)
def test_rows_are_queued_rejected_or_skipped(queued: int, rejected: int, skipped: int) -> None:
    assert Totals(queued + rejected + skipped, queued, rejected, skipped).queued == queued


@given(counts, counts, counts, counts)
def test_other_totals_do_not_exist(rows: int, queued: int, rejected: int, skipped: int) -> None:
    if rows == queued + rejected + skipped:
        rows += 1
    with pytest.raises(AssertionError):
        Totals(rows, queued, rejected, skipped)
