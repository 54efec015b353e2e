"""Each figure on both sides of its edge."""

from typing import Any

import pytest

from b2b.domain.census import Figures, Sponsored, State, count
from b2b.domain.census.attention import concerns
from b2b.domain.census.bands import age_band, expiry_band, seen_band
from tests.domain.census.people import TERMS, TODAY, day, person


@pytest.mark.parametrize(
    ("ago", "name"),
    [
        *((0, "30 days or less"), (30, "30 days or less"), (31, "31 to 90 days")),
        *((90, "31 to 90 days"), (91, "91 to 180 days"), (180, "91 to 180 days")),
        *((181, "181 days to a year"), (365, "181 days to a year"), (366, "1 to 2 years")),
        *((730, "1 to 2 years"), (731, "more than 2 years")),
    ],
)
def test_age_falls_into_a_band(ago: int, name: str) -> None:
    assert age_band(day(-ago), TODAY) == name


@pytest.mark.parametrize(
    ("ago", "name"),
    [
        *((0, "the last 7 days"), (7, "the last 7 days"), (8, "8 to 30 days ago")),
        *((30, "8 to 30 days ago"), (31, "31 to 90 days ago"), (90, "31 to 90 days ago")),
        *((91, "91 to 180 days ago"), (180, "91 to 180 days ago"), (181, "181 to 365 days ago")),
        *((365, "181 to 365 days ago"), (366, "more than a year ago")),
    ],
)
def test_the_last_sign_in_falls_into_a_band(ago: int, name: str) -> None:
    assert seen_band(day(-ago), TODAY, pending=False) == name


@pytest.mark.parametrize(
    ("ahead", "name"),
    [
        *((-1, "over"), (0, "within 7 days"), (7, "within 7 days"), (8, "in 8 to 30 days")),
        *((30, "in 8 to 30 days"), (31, "in 31 to 90 days"), (90, "in 31 to 90 days")),
        (91, "later"),
    ],
)
def test_the_end_of_a_stay_falls_into_a_band(ahead: int, name: str) -> None:
    assert expiry_band(day(ahead), TODAY) == name


def test_who_has_no_date_is_in_no_band_of_days() -> None:
    assert age_band(None, TODAY) == "no date"
    assert expiry_band(None, TODAY) == "no end"
    assert seen_band(None, TODAY, pending=False) == "no date"
    assert seen_band(None, TODAY, pending=True) == "never"


def one(**changes: Any) -> Figures:
    return count([person(**changes)], TERMS, TODAY)


PENDING = {"state": State.PENDING, "seen": None}


@pytest.mark.parametrize(
    ("changes", "figure", "expected"),
    [
        ({"expires_on": day(0)}, "overdue", 0),
        ({"expires_on": day(-1)}, "overdue", 1),
        ({"expires_on": day(-1), "enabled": False}, "overdue", 0),
        ({"expires_on": None}, "overdue", 0),
        ({**PENDING, "created": day(-59)}, "unanswered", 0),
        ({**PENDING, "created": day(-60)}, "unanswered", 1),
        ({**PENDING, "created": None}, "unanswered", 0),
        ({"created": day(-60)}, "unanswered", 0),
        ({"seen": day(-119)}, "quiet", 0),
        ({"seen": day(-120)}, "quiet", 1),
        ({"seen": day(-120), "enabled": False}, "quiet", 0),
        ({"seen": None}, "quiet", 0),
        ({"holds_role": True}, "in_roles", 1),
        ({"known": False}, "at_unknown_domains", 1),
        ({"managed": False}, "managed", 0),
    ],
)
def test_a_figure_counts_who_is_meant(changes: Any, figure: str, expected: int) -> None:
    assert getattr(one(**changes), figure) == expected


@pytest.mark.parametrize(("ahead", "counted"), [(-1, False), (0, True), (89, True), (90, False)])
def test_the_calendar_begins_today_and_holds_ninety_days(ahead: int, counted: bool) -> None:
    calendar = one(expires_on=day(ahead)).calendar

    assert len(calendar) == 90
    assert sum(calendar.values()) == counted
    assert calendar.get(day(ahead), 0) == counted


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        ({}, (1, 1, 1, 0)),
        ({"seen": day(-30)}, (1, 1, 1, 0)),
        ({"seen": day(-31)}, (1, 1, 0, 0)),
        (PENDING, (1, 0, 0, 0)),
        ({"expires_on": day(-1)}, (1, 1, 1, 1)),
        ({"state": State.DELETED}, (0, 0, 0, 0)),
    ],
)
def test_the_funnel_takes_a_guest_as_far_as_they_came(changes: Any, steps: Any) -> None:
    funnel = one(**changes).funnel

    assert (funnel.invited, funnel.redeemed, funnel.active, funnel.expired) == steps


def test_a_guest_in_the_recycle_bin_is_counted_by_state_alone() -> None:
    figures = one(state=State.DELETED, holds_role=True, known=False, expires_on=day(3))

    assert figures.states["soft_deleted"] == 1
    assert figures.guests == figures.in_roles == figures.at_unknown_domains == 0
    assert sum(figures.calendar.values()) == 0
    assert list(figures.domains) == []


def test_every_guest_is_in_one_state_one_band_and_one_group() -> None:
    people = [
        person(state=state, sponsored=sponsored, domain=f"d{n % 3}.example", partner="P" * (n % 2))
        for n, (state, sponsored) in enumerate(zip(State, list(Sponsored) * 2, strict=False))
    ]
    figures = count(people, TERMS, TODAY)

    assert sum(figures.states.values()) == len(people)
    alive = len(people) - 1
    for tally in (figures.age, figures.seen, figures.sponsors):
        assert sum(tally.values()) == alive
    for groups in (figures.partners, figures.domains):
        assert sum(one.guests for one in groups) == alive
        assert [one.guests for one in groups] == sorted(
            (one.guests for one in groups), reverse=True
        )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, []),
        ({"holds_role": True}, ["holds a directory role"]),
        ({"expires_on": day(-1)}, ["stay ended 1 day ago, still enabled"]),
        ({"expires_on": day(-2), "enabled": False}, []),
        ({"expires_on": day(0)}, ["stay ends today"]),
        ({"expires_on": day(14)}, ["stay ends in 14 days"]),
        ({"expires_on": day(15)}, []),
        ({"known": False}, ["domain of no partner"]),
        ({"sponsored": Sponsored.GONE}, ["nobody answers for the guest"]),
        ({"sponsored": Sponsored.UNMANAGED}, []),
        ({**PENDING, "created": day(-60)}, ["invitation unanswered for 60 days"]),
        ({**PENDING, "created": day(-59)}, []),
        ({"seen": day(-120)}, ["not seen for 120 days"]),
        ({"seen": day(-119)}, []),
        ({"state": State.BLOCKED_BY_OTHERS, "enabled": False}, ["blocked, and not by us"]),
        ({"state": State.DELETED, "holds_role": True}, []),
    ],
)
def test_a_guest_is_worth_a_look_for_a_reason(changes: Any, words: list[str]) -> None:
    assert [each.words for each in concerns(person(**changes), TERMS, TODAY)] == words
