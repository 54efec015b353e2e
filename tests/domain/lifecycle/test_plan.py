"""Brakes for the whole, caps for the rest, gates before both; whom exemptions cover."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import (
    Block,
    Decision,
    Earlier,
    Evidence,
    Fate,
    Kind,
    Leave,
    Line,
    Remove,
    Rule,
    Subject,
    Why,
)
from b2b.domain.lifecycle import make_plan as planned
from b2b.domain.lifecycle.exempting import exemption_of, told
from b2b.domain.lifecycle.gates import LastTime, gates
from b2b.domain.policy import Brake, Exemption, Lifecycle, Mode
from b2b.domain.request import Address, GroupId
from tests.domain.lifecycle.guests import GUEST, TODAY, ago

WIDE = Lifecycle(
    block_brake=Brake(100, 100), remove_brake=Brake(100, 100), block_cap=100, remove_cap=100
)
GROUP = GroupId("group")


def lines(blocks: int = 0, removals: int = 0, others: int = 0) -> list[Line]:
    """The n-th block is due n days later than the first."""
    made = [Block(Evidence(Rule.EXPIRED, ago(500 - n), 1)) for n in range(blocks)]
    gone = [Remove(Evidence(Rule.EXPIRED, ago(500 - n), 30)) for n in range(removals)]
    decisions: list[Decision] = [*made, *gone, *[Leave(Why.IN_ORDER)] * others]
    return [
        Line(GuestId(f"g{n:03}"), Address(f"g{n}@x.example"), "P", one)
        for n, one in enumerate(decisions)
    ]


@pytest.mark.parametrize(
    ("blocks", "others", "brake", "braked"),
    [
        (5, 95, Brake(5, 100), False),
        (6, 94, Brake(5, 100), True),
        (10, 90, Brake(100, 10), False),
        (11, 89, Brake(100, 10), True),
        (1, 0, Brake(100, 10), False),
        (2, 1, Brake(100, 10), True),
        (1, 0, Brake(0, 100), True),
    ],
)
def test_a_brake_holds_everything_of_its_kind_by_number_or_by_share(
    blocks: int, others: int, brake: Brake, braked: bool
) -> None:
    plan = planned(lines(blocks, others=others), replace(WIDE, block_brake=brake))

    assert plan.count(Kind.BLOCK, Fate.DUE) == (0 if braked else blocks)
    assert [one.code for one in plan.findings] == (["block_brake"] if braked else [])


def test_blocks_never_wait_on_the_remove_brake_and_the_other_way_round() -> None:
    few = Brake(1, 100)

    no_removals = planned(lines(5, 5), replace(WIDE, remove_brake=few))
    no_blocks = planned(lines(5, 5), replace(WIDE, block_brake=few))

    assert no_removals.count(Kind.BLOCK, Fate.DUE) == 5
    assert no_removals.count(Kind.REMOVE, Fate.BRAKED) == 5
    assert no_blocks.count(Kind.REMOVE, Fate.DUE) == 5


def test_a_cap_takes_the_oldest_and_tells_the_rest_as_deferred() -> None:
    plan = planned(reversed(lines(5, 4)), replace(WIDE, block_cap=2, remove_cap=1))

    assert [line.guest for line in plan.due()] == ["g005", "g001", "g000"]
    assert plan.count(Kind.BLOCK, Fate.DEFERRED) == 3
    assert plan.count(Kind.REMOVE, Fate.DEFERRED) == 3


def test_whom_the_last_night_could_not_act_on_comes_last() -> None:
    """Or a few guests whom the directory protects would fill the cap every night."""
    protected = frozenset({GuestId("g000"), GuestId("g001")})
    plan = planned(lines(4), replace(WIDE, block_cap=2), Earlier(in_vain=protected))

    assert {line.guest for line in plan.due()} == {"g002", "g003"}


def subjects(*names: str) -> list[Subject]:
    return [(GuestId(name), Kind.BLOCK, Rule.EXPIRED) for name in names]


@pytest.mark.parametrize(
    ("mode", "most", "approved", "passed", "due", "held"),
    [
        (Mode.APPROVE, 9, [], [], 0, Fate.WAITS),
        (Mode.APPROVE, 9, ["g000"], [], 1, Fate.WAITS),
        (Mode.APPROVE, 9, [], ["g000", "g001"], 0, Fate.WAITS),
        (Mode.APPROVE, 0, ["g000", "g001", "g002"], [], 3, None),
        (Mode.ENFORCE, 1, [], [], 0, Fate.BRAKED),
        (Mode.ENFORCE, 1, ["g000"], [], 1, Fate.BRAKED),
        (Mode.ENFORCE, 1, ["g000", "g001"], [], 3, None),
        (Mode.ENFORCE, 1, ["g000"], ["g001"], 3, None),
        (Mode.ENFORCE, 1, [], ["g001"], 1, Fate.BRAKED),
    ],
)
def test_a_brake_counts_what_is_neither_approved_nor_counted_before(
    mode: Mode, most: int, approved: list[str], passed: list[str], due: int, held: Fate | None
) -> None:
    earlier = Earlier(
        approved=dict.fromkeys(subjects(*approved), "an approval"),
        passed=frozenset(subjects(*passed)),
    )
    plan = planned(lines(3), replace(WIDE, mode=mode, block_brake=Brake(most, 100)), earlier)

    assert plan.count(Kind.BLOCK, Fate.DUE) == due
    assert {line.fate for line in plan.lines} - {Fate.DUE, Fate.LEFT} == ({held} if held else set())


def test_the_defaults_are_careful() -> None:
    terms = Lifecycle()

    assert terms.mode == "report"
    assert (terms.block_brake, terms.remove_brake) == (Brake(200, 10), Brake(50, 5))
    assert (terms.block_cap, terms.remove_cap) == (25, 10)


@pytest.mark.parametrize(
    ("read", "counted", "last", "codes"),
    [
        (100, (100, 100), 100, []),
        (100, (99, 101), 100, []),
        (101, (101, 100), 100, []),
        (98, (99, 101), 98, ["count_differs"]),
        (102, (99, 101), 102, ["count_differs"]),
        (7, (2196, 2196), 2196, ["count_differs", "guests_changed"]),
        (111, (111, 111), 100, []),
        (112, (112, 112), 100, ["guests_changed"]),
        (90, (90, 90), 100, []),
        (89, (89, 89), 100, ["guests_changed"]),
        (8, (8, 8), 9, []),  # one never trips the share alone
        (7, (7, 7), 9, ["guests_changed"]),
        (0, (0, 0), 9, ["guests_changed"]),
        (7, (7, 7), None, []),
    ],
)
def test_what_was_read_must_fit_the_count_and_the_last_run(
    read: int, counted: tuple[int, int], last: int | None, codes: list[str]
) -> None:
    before = None if last is None else LastTime(last)
    found = list(gates(read, counted, before, 10))

    assert [one.code for one in found] == codes
    assert all(one.stops for one in found)


@pytest.mark.parametrize(
    ("read", "last", "asked_for", "limit", "stops"),
    [
        (2100, 100, 2000, 10, False),  # a large file was taken in
        (2400, 100, 2000, 10, True),
        (80, 100, 2000, 10, True),  # who is gone is never made up for by who came
        (5, 0, 5, 10, False),  # the first guests of a tenant
        (5, 0, 0, 10, True),
        (5, 0, 0, 100, False),  # a hundred percent takes any change
        (0, 900, 0, 100, False),
    ],
)
def test_whom_we_were_asked_for_is_expected(
    read: int, last: int, asked_for: int, limit: float, stops: bool
) -> None:
    found = list(gates(read, (read, read), LastTime(last, asked_for), limit))

    assert bool(found) is stops


@pytest.mark.parametrize(
    ("address", "given", "covered"),
    [
        ("ann@audit.example", {"domain": "audit.example"}, True),
        ("ann@AUDIT.example", {"domain": "audit.example"}, True),
        ("ann@mail.audit.example", {"domain": "audit.example"}, False),
        ("ann@mail.audit.example", {"domain": "audit.example", "subdomains": True}, True),
        ("ann@notaudit.example", {"domain": "audit.example", "subdomains": True}, False),
        ("ann@audit.example.evil", {"domain": "audit.example", "subdomains": True}, False),
        ("ann@münchen.example", {"domain": "xn--mnchen-3ya.example"}, True),
        ("Ann@audit.example", {"address": Address("ann@audit.example")}, True),
        ("bob@audit.example", {"address": Address("ann@audit.example")}, False),
        ("", {"domain": "audit.example", "subdomains": True}, False),
    ],
)
def test_an_exemption_covers_whole_addresses_and_labels(
    address: str, given: dict[str, Any], covered: bool
) -> None:
    one = Exemption(owner="o", reason="r", ends_on=TODAY, **given)

    assert (exemption_of(GUEST, [address], [one], {}) is one) == covered


def test_a_group_whose_members_were_not_read_judges_nobody() -> None:
    one = Exemption(owner="o", reason="r", ends_on=TODAY, group=GROUP)

    assert exemption_of(GUEST, [], [one], {GROUP: frozenset({GUEST})}) is one
    assert exemption_of(GUEST, [], [one], {GROUP: frozenset()}) is None
    with pytest.raises(KeyError):
        exemption_of(GUEST, [], [one], {})


@pytest.mark.parametrize(
    ("ends_in", "code"),
    [(8, None), (7, "exemption_ends"), (0, "exemption_ends"), (-1, "exemption_ended")],
)
def test_an_exemption_that_ends_is_told_a_week_ahead(ends_in: int, code: str | None) -> None:
    ends = TODAY + timedelta(days=ends_in)
    one = Exemption(owner="o", reason="r", ends_on=ends, domain="audit.example")

    assert [each.code for each in told([one], 7, TODAY)] == ([code] if code else [])
