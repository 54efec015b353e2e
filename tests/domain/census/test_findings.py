"""A threshold passed is a finding; one not passed is none."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from b2b.domain.census import Change, Limit, Sponsored, State, count
from b2b.domain.census.findings import Seen, findings
from tests.domain.census.people import TERMS, TODAY, day, person


def seen(*people: Any, **changes: Any) -> Seen:
    quiet = Seen(
        figures=count(people or [person()], TERMS, TODAY),
        limits=(),
        changes=(),
        terms=TERMS,
        most_change_percent=10,
        dates_note="",
        today=TODAY,
    )
    return replace(quiet, **changes)


def told(*people: Any, **changes: Any) -> dict[str, str]:
    return {one.id: one.severity.value for one in findings(seen(*people, **changes))}


def test_a_tenant_in_order_has_no_findings() -> None:
    assert told() == {}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"holds_role": True}, {"guests_in_roles": "high"}),
        ({"expires_on": day(-1)}, {"stays_over": "medium"}),
        ({"known": False}, {"unknown_domains": "medium"}),
        ({"sponsored": Sponsored.GONE}, {"sponsorless": "medium"}),
        ({"state": State.PENDING, "seen": None, "created": day(-60)}, {"unanswered": "low"}),
        ({"seen": day(-120)}, {"quiet": "medium"}),
        (
            {"managed": False, "sponsored": Sponsored.UNMANAGED, "expires_on": None},
            {"unmanaged": "medium"},
        ),
        ({"state": State.BLOCKED_BY_OTHERS, "enabled": False}, {"blocked_by_others": "info"}),
        ({"state": State.BLOCKED_BY_US, "enabled": False}, {}),
    ],
)
def test_one_guest_out_of_order_is_one_finding(changes: Any, found: dict[str, str]) -> None:
    assert told(person(**changes)) == found


@pytest.mark.parametrize(("alone", "severity"), [(1, "low"), (2, "medium")])
def test_more_than_a_tenth_without_a_sponsor_is_graver(alone: int, severity: str) -> None:
    people = [person(sponsored=Sponsored.NOBODY)] * alone + [person()] * (10 - alone)

    assert told(*people) == {"sponsorless": severity}


@pytest.mark.parametrize(
    ("name", "used", "found"),
    [
        ("policy_ceiling", 79, {}),
        ("policy_ceiling", 80, {"policy_ceiling_near": "medium"}),
        ("policy_ceiling", 94, {"policy_ceiling_near": "medium"}),
        ("policy_ceiling", 95, {"policy_ceiling_near": "high"}),
        ("directory_quota", 79, {}),
        ("directory_quota", 95, {"directory_quota_near": "high"}),
        ("monthly_active", 80, {"monthly_active_near": "low"}),
        ("monthly_active", 99, {"monthly_active_near": "low"}),
        ("monthly_active", 100, {"monthly_active_near": "medium"}),
    ],
)
def test_a_limit_is_told_before_it_is_reached(name: str, used: int, found: dict[str, str]) -> None:
    assert told(limits=[Limit(id=name, used=used, most=100)]) == found


@pytest.mark.parametrize(
    ("reached", "found"),
    [
        (day(90), {"policy_ceiling_soon": "medium"}),
        (day(91), {}),
        (None, {}),
    ],
)
def test_a_ceiling_within_three_months_is_a_finding(
    reached: date | None, found: dict[str, str]
) -> None:
    assert told(limits=[Limit(id="policy_ceiling", used=50, most=100, reached=reached)]) == found


def test_a_limit_that_is_not_readable_is_told_as_such() -> None:
    limit = Limit(id="directory_quota", used=None, most=None, note="beta only")

    assert told(limits=[limit]) == {"directory_quota_not_readable": "info"}


@pytest.mark.parametrize(("change", "found"), [(9, {}), (10, {"sudden_change": "medium"})])
def test_a_jump_of_more_than_the_policy_allows_is_a_finding(
    change: int, found: dict[str, str]
) -> None:
    people = [person()] * 100  # from 91 it is 9.9 percent, from 90 it is 11.1
    changes = [Change("last run", day(-1), {"guests": change})]

    assert told(*people, changes=changes) == found


def test_dates_that_cannot_be_read_are_told_and_the_gravest_comes_first() -> None:
    found = findings(seen(person(holds_role=True), dates_note="no licence"))

    assert [one.id for one in found] == ["guests_in_roles", "no_sign_in_dates"]
    assert all(one.found and one.why and one.remedy for one in found)
