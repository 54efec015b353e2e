"""What a request does to a stay: the whole table."""

from datetime import UTC, date, datetime

import pytest

from b2b.domain.guest import GuestId
from b2b.domain.stay import (
    AskedEnd,
    Relation,
    StayChange,
    StayEffect,
    decide_stay,
    later,
    sentences,
)

EARLY, END, LATE, CAP, DEFAULT = (date(2027, month, 1) for month in (1, 3, 5, 9, 6))
FAR = date(2030, 1, 1)
NONE = AskedEnd(None, None, DEFAULT)


def asked(end: date) -> AskedEnd:
    return AskedEnd(end, min(end, CAP), DEFAULT)


@pytest.mark.parametrize(
    ("relation", "present", "end", "effect", "until"),
    [
        (Relation.INVITED_NOW, None, NONE, StayEffect.BEGUN, DEFAULT),
        (Relation.INVITED_NOW, None, asked(EARLY), StayEffect.BEGUN, EARLY),
        (Relation.INVITED_NOW, None, asked(FAR), StayEffect.BEGUN, CAP),
        (Relation.MANAGED, END, NONE, StayEffect.UNCHANGED, END),
        (Relation.MANAGED, None, NONE, StayEffect.UNCHANGED, None),
        (Relation.MANAGED, END, asked(END), StayEffect.UNCHANGED, END),
        (Relation.MANAGED, END, asked(LATE), StayEffect.EXTENDED, LATE),
        (Relation.MANAGED, END, asked(FAR), StayEffect.EXTENDED, CAP),
        (Relation.MANAGED, END, asked(EARLY), StayEffect.NOT_SHORTENED, END),
        (Relation.MANAGED, None, asked(LATE), StayEffect.NOT_SHORTENED, None),
        (Relation.MANAGED, FAR, asked(FAR), StayEffect.NOT_SHORTENED, FAR),
        (Relation.OTHERS, None, NONE, StayEffect.NOT_MANAGED, None),
        (Relation.OTHERS, None, asked(EARLY), StayEffect.NOT_MANAGED, None),
        (Relation.OTHERS, None, asked(FAR), StayEffect.NOT_MANAGED, None),
        (Relation.AWAY_BY_US, EARLY, NONE, StayEffect.BROUGHT_BACK, DEFAULT),
        (Relation.AWAY_BY_US, EARLY, asked(LATE), StayEffect.BROUGHT_BACK, LATE),
        (Relation.AWAY_BY_US, None, asked(LATE), StayEffect.BROUGHT_BACK, LATE),
    ],
)
def test_the_end_of_a_stay_follows_the_table(
    relation: Relation,
    present: date | None,
    end: AskedEnd,
    effect: StayEffect,
    until: date | None,
) -> None:
    assert decide_stay(relation, present, end) == (effect, until)


@pytest.mark.parametrize(
    ("end", "until"), [(NONE, DEFAULT), (asked(EARLY), DEFAULT), (asked(FAR), CAP)]
)
def test_a_policy_that_adopts_begins_a_stay_of_the_default_length_and_never_a_shorter_one(
    end: AskedEnd, until: date
) -> None:
    assert decide_stay(Relation.OTHERS, None, end, adopts=True) == (StayEffect.ADOPTED, until)


@pytest.mark.parametrize(
    ("end", "other", "expected"),
    [(END, LATE, LATE), (LATE, END, LATE), (None, END, None), (END, None, None)],
)
def test_no_end_is_later_than_any_end(
    end: date | None, other: date | None, expected: date | None
) -> None:
    assert later(end, other) == expected


def change(effect: StayEffect, **given: date | str | None) -> StayChange:
    at = datetime(2027, 2, 1, tzinfo=UTC)
    return StayChange(effect=effect, guest=GuestId("g"), at=at, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (change(StayEffect.EXTENDED, before=END, until=LATE), f"{LATE} instead of {END}"),
        (change(StayEffect.NOT_SHORTENED, until=END, asked=EARLY), f"still ends on {END}"),
        (change(StayEffect.NOT_MANAGED), "Not managed"),
        (change(StayEffect.BROUGHT_BACK, before=EARLY, until=LATE), f"back until {LATE}"),
        (change(StayEffect.UNCHANGED, until=EARLY), f"ended on {EARLY}: name a later end"),
        (change(StayEffect.BEGUN, until=CAP, asked=FAR), f"{FAR} was asked for"),
        (change(StayEffect.UNCHANGED, sponsor="b", sponsor_before="a"), "now b instead of a"),
    ],
)
def test_every_change_and_every_end_that_stays_has_a_sentence(told: StayChange, words: str) -> None:
    assert words in sentences(told)


@pytest.mark.parametrize("effect", StayEffect)
def test_each_effect_has_a_sentence_of_its_own(effect: StayEffect) -> None:
    assert sentences(change(effect, until=END, before=EARLY, asked=EARLY)).endswith(".")
