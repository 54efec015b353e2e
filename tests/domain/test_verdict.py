"""What becomes of one line once the reader and the policy have looked at it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b.domain.batch import LedgerRow, Totals
from b2b.domain.outcome import NotDone
from b2b.domain.policy import PartnerDomain, Policy
from b2b.domain.reading import Reading, reading_rules
from b2b.domain.reason import Reason
from b2b.domain.request import (
    Address,
    BatchId,
    RefusedRow,
    RowRef,
    TenantId,
    Wish,
    content_of,
    request_id,
)
from b2b.domain.upload import AskedRow, Note, SkippedRow, Upload, survey
from b2b.domain.verdict import Court, Queued, Rejected, ledger_row
from tests.flows.examples import a_policy

TODAY = date(2026, 11, 23)
TENANT, BATCH = TenantId("tenant"), BatchId("batch")
COURT = Court(a_policy(), TODAY, TENANT, BATCH)
WHY = Reason("invalid_address", "No address.")
NOTE = Note("changed", "something was changed")
LENA = Address("lena@fabrikam.com")


def asked(email: str = LENA, **more: Any) -> AskedRow:
    return AskedRow(7, Wish(email=Address(email), **more), (NOTE,))


def test_an_admitted_wish_is_queued_under_its_id_and_line() -> None:
    verdict = COURT.judge(asked(groups=("Aurora",)))

    assert isinstance(verdict, Queued)
    assert verdict.request.id == request_id(TENANT, LENA, BATCH)
    assert verdict.request.row == RowRef.of_line(BATCH, 7)
    assert verdict.request.wish.groups == ("Aurora",)
    assert verdict.notes == (NOTE,)


def test_what_the_policy_changes_is_noted() -> None:
    verdict = COURT.judge(asked(expires_on=TODAY + timedelta(days=4000)))

    assert [note.code for note in verdict.notes] == ["changed", "stay_capped"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (asked("max@nowhere.example"), "unknown_partner"),
        (asked(groups=("Board",)), "group_not_allowed"),
        (asked("anna@contoso.com"), "own_tenant_domain"),
        (RefusedRow(7, "no address", WHY), "invalid_address"),
    ],
)
def test_what_is_not_admitted_is_rejected_with_the_reason(
    row: AskedRow | RefusedRow, code: str
) -> None:
    verdict = COURT.judge(row)

    assert isinstance(verdict, Rejected)
    assert (verdict.line, verdict.reason.code, verdict.skipped) == (7, code, False)


def test_a_line_that_never_meant_a_guest_is_skipped() -> None:
    verdict = COURT.judge(SkippedRow(7, "Example: a@b", WHY, (NOTE,)))

    assert verdict == Rejected(7, "Example: a@b", WHY, (NOTE,), skipped=True)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ({"display_name": "Dr. Lena", "given_name": "Lena", "surname": "Weiss"}, "Dr. Lena"),
        ({"given_name": "Lena", "surname": "Weiss"}, "Lena Weiss"),
        ({"surname": "Weiss"}, "Weiss"),
        ({}, ""),
    ],
)
def test_a_guest_without_a_display_name_gets_one_of_the_other_two(
    names: dict[str, str], shown: str
) -> None:
    verdict = COURT.judge(asked(**names))

    assert isinstance(verdict, Queued)
    assert verdict.request.wish.display_name == shown


def test_a_queued_line_opens_a_row_and_a_rejected_one_closes_it() -> None:
    queued = COURT.judge(asked())
    rejected = COURT.judge(RefusedRow(8, "no address", WHY))
    made = request_id(TENANT, LENA, BATCH)

    assert isinstance(queued, Queued)
    assert ledger_row(queued, BATCH) == LedgerRow(
        ref=RowRef.of_line(BATCH, 7),
        email=LENA,
        sender="uploads",
        request=made,
        content=content_of(queued.request.wish),
    )
    assert ledger_row(rejected, BATCH) == LedgerRow(
        ref=RowRef.of_line(BATCH, 8), email="no address", sender="uploads", outcome=NotDone(WHY)
    )


def reading_of(content: str, policy: Policy = COURT.policy) -> Reading:
    rules = reading_rules(policy, TODAY)

    def source() -> Iterable[bytes]:
        return iter([content.encode()])

    upload = survey(source, rules)
    assert isinstance(upload, Upload), upload
    return Reading(source, upload, rules, replace(COURT, policy=policy))


def test_a_reading_tells_what_there_is_to_say_of_all_lines() -> None:
    reading = reading_of("email,groups\nlena@fabrikam.com,Aurora\n# a comment\nmax@x.example,\n")
    kinds = [type(verdict) for verdict in reading.verdicts()]

    assert kinds == [Queued, Rejected]
    assert any("comment" in text for text in reading.told())


def test_a_file_asks_for_guests_of_a_partner_below_one_of_our_own_domains() -> None:
    labs, works = PartnerDomain("labs.contoso.com"), PartnerDomain("works.contoso.com", True)
    hosts = ("labs", "x.labs", "works", "x.works", "elsewhere")
    rows = [f"lena@{host}.contoso.com" for host in hosts]
    reading = reading_of("\n".join(["email", *rows]), a_policy(domains=(labs, works)))
    told = [v.reason.code if isinstance(v, Rejected) else "queued" for v in reading.verdicts()]

    assert dict(zip(hosts, told, strict=True)) == {
        "labs": "queued",
        "x.labs": "own_tenant_domain",
        "works": "queued",
        "x.works": "queued",
        "elsewhere": "own_tenant_domain",
    }


LINES = {
    "queued": "lena-{}@fabrikam.com,Aurora",
    "rejected": "max-{}@nowhere.example,",
    "skipped": "Example: chris-{}@contoso.com,",
}


@given(st.lists(st.sampled_from(sorted(LINES)), max_size=12))
def test_every_verdict_is_counted_once(kinds: list[str]) -> None:
    lines = [LINES[kind].format(number) for number, kind in enumerate(kinds)]
    reading = reading_of("\n".join(["email,groups", *lines, ""]))
    list(reading.verdicts())

    expected = Totals(len(kinds), *(kinds.count(k) for k in ("queued", "rejected", "skipped")))
    assert reading.totals == expected
