"""The table: both sides of every edge that turns one decision into another."""

from dataclasses import replace
from typing import Any

import pytest

from b2b.domain.lifecycle import Answers, Block, Remind, Rule
from b2b.domain.policy import Exemption
from b2b.domain.request import Address
from tests.domain.lifecycle.guests import ROUND, TODAY, ago, decided, held, word

NOBODY = Answers.NOBODY
TOLD = frozenset({f"unredeemed.{ago(60)}.21"})  # also under other terms than today's
UNTOLD = frozenset({f"untold.unredeemed.{ago(90)}.14"})
EXEMPT = Exemption(owner="o", reason="r", ends_on=TODAY, address=Address("a@b.example"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # the stay
        ({"expires_on": None}, "leave in_order"),
        ({"expires_on": ago(-31)}, "leave in_order"),
        ({"expires_on": ago(-30)}, "remind ends_soon"),
        ({"expires_on": ago(0)}, "remind ends_soon"),
        ({"expires_on": ago(1)}, "block expired"),
        # a short stay ends, however young the guest is
        ({"expires_on": ago(1), "created": ago(2), "since": ago(2)}, "block expired"),
        # inactive
        ({"seen": ago(119)}, "leave in_order"),
        ({"seen": ago(120)}, "block inactive"),
        ({"seen": None}, "leave in_order"),
        ({"seen": ago(500), "created": ago(119)}, "leave young"),
        ({"seen": ago(500), "created": ago(120)}, "block inactive"),
        ({"seen": ago(500), "created": None, "since": ago(119)}, "leave young"),
        ({"seen": ago(500), "created": None, "since": ago(120)}, "block inactive"),
        ({"seen": ago(500), "state_changed": ago(29)}, "leave changed_lately"),
        ({"seen": ago(500), "state_changed": ago(30)}, "block inactive"),
        ({"seen": ago(500), "since": ago(29)}, "leave changed_lately"),
        ({"seen": ago(500), "since": ago(30)}, "block inactive"),
        ({"seen": ago(500), "reenabled_on": ago(29)}, "leave reenabled_lately"),
        ({"seen": ago(500), "reenabled_on": ago(30)}, "block inactive"),
        # not redeemed: since the last invitation
        ({"pending": True, "created": ago(13), "since": ago(13)}, "leave in_order"),
        ({"pending": True, "created": ago(14), "since": ago(14)}, "remind unredeemed"),
        ({"pending": True, "created": ago(59), "since": ago(59)}, "remind unredeemed"),
        ({"pending": True, "created": ago(60), "since": ago(59)}, "remind unredeemed"),
        # blocked only if somebody was told of this very invitation
        ({"pending": True, "created": ago(60), "since": ago(60)}, "remind unredeemed"),
        (
            {"pending": True, "created": ago(60), "since": ago(60), "reminded": TOLD},
            "block unredeemed",
        ),
        (
            {"pending": True, "created": ago(59), "since": ago(59), "reminded": TOLD},
            "remind unredeemed",
        ),
        (
            {"pending": True, "created": ago(90), "since": ago(90), "reminded": UNTOLD},
            "remind unredeemed",
        ),
        ({"pending": True, "created": ago(5), "since": ago(5), "seen": ago(900)}, "leave in_order"),
        # sponsor
        ({"answers": Answers.FALLBACK, "fallback": "x"}, "handover sponsorless"),
        (
            {"answers": Answers.FALLBACK, "fallback": "x", "expires_on": ago(-3)},
            "remind ends_soon",
        ),
        ({"answers": NOBODY}, "leave in_order"),
        ({"answers": NOBODY, "sponsorless_since": ago(29)}, "leave in_order"),
        ({"answers": NOBODY, "sponsorless_since": ago(30)}, "block sponsorless"),
        ({"sponsorless_since": ago(90)}, "leave in_order"),
        # entitled: nothing grave; what is small stays ours
        ({"entitled": True}, "leave in_order"),
        ({"entitled": True, "expires_on": ago(1)}, "leave entitled"),
        ({"entitled": True, "seen": ago(120)}, "leave entitled"),
        ({"entitled": True, "answers": NOBODY, "sponsorless_since": ago(30)}, "leave entitled"),
        ({"entitled": True, "expires_on": ago(0)}, "remind ends_soon"),
        (
            {"entitled": True, "answers": Answers.FALLBACK, "fallback": "x"},
            "handover sponsorless",
        ),
        (
            {"entitled": True, "enabled": False, "expires_on": ago(99), "block": held(30)},
            "leave entitled",
        ),
        (
            {"entitled": True, "enabled": False, "expires_on": ago(99), "block": held(29)},
            "leave waits_for_removal",
        ),
        # blocked
        ({"enabled": False}, "leave blocked_by_others"),
        ({"enabled": False, "expires_on": ago(99)}, "leave blocked_by_others"),
        ({"enabled": False, "expires_on": ago(99), "block": held(29)}, "leave waits_for_removal"),
        ({"enabled": False, "expires_on": ago(99), "block": held(30)}, "remove expired"),
        (
            {"enabled": False, "expires_on": ago(99), "block": held(30, sure=False)},
            "leave block_unclear",
        ),
        (
            {"enabled": False, "expires_on": ago(0), "block": held(99)},
            "leave block_no_longer_justified",
        ),
        (
            {"enabled": False, "expires_on": ago(99), "block": held(99), "reenabled_on": ago(29)},
            "leave reenabled_lately",
        ),
        (
            {"enabled": False, "expires_on": ago(99), "block": held(99), "reenabled_on": ago(30)},
            "remove expired",
        ),
        (
            {"enabled": False, "block": held(30, Rule.INACTIVE)},
            "leave block_no_longer_justified",
        ),
        (
            {"enabled": False, "block": held(30, Rule.INACTIVE), "seen": ago(30)},
            "remove inactive",
        ),
        (
            {"enabled": False, "block": held(30, Rule.INACTIVE), "seen": ago(29)},
            "leave block_no_longer_justified",
        ),
        (
            {"enabled": False, "block": held(30, Rule.UNREDEEMED), "pending": True},
            "remove unredeemed",
        ),
        (
            {"enabled": False, "block": held(30, Rule.UNREDEEMED)},
            "leave block_no_longer_justified",
        ),
        (
            {"enabled": False, "block": held(30, Rule.SPONSORLESS), "answers": NOBODY},
            "remove sponsorless",
        ),
        (
            {"enabled": False, "block": held(30, Rule.SPONSORLESS)},
            "leave block_no_longer_justified",
        ),
        # blocked by us and enabled by somebody
        ({"expires_on": ago(9), "block": held(5)}, "leave reenabled_lately"),
        ({"expires_on": ago(9), "block": held(5, sure=False)}, "block expired"),
        # left alone, whatever else there is
        ({"expires_on": ago(9), "user_type": "Member"}, "leave not_a_guest"),
        ({"expires_on": ago(9), "user_type": ""}, "leave not_a_guest"),
        ({"expires_on": ago(9), "exemption": EXEMPT}, "leave exempt"),
        ({"expires_on": ago(9), "holds_role": True}, "leave holds_role"),
        (
            {"enabled": False, "expires_on": ago(99), "block": held(99), "holds_role": True},
            "leave holds_role",
        ),
        (
            {"enabled": False, "expires_on": ago(99), "block": held(99), "exemption": EXEMPT},
            "leave exempt",
        ),
    ],
)
def test_what_is_decided_on_both_sides_of_every_edge(given: dict[str, Any], expected: str) -> None:
    assert word(decided(**given)) == expected


@pytest.mark.parametrize(
    ("days_left", "of"), [(30, 30), (15, 30), (14, 14), (4, 14), (3, 3), (0, 3)]
)
def test_the_latest_reminder_that_is_due_is_given(days_left: int, of: int) -> None:
    decision = decided(expires_on=ago(-days_left))

    assert isinstance(decision, Remind)
    assert decision.mark == f"ends_soon.{ago(-days_left)}.{of}"


def test_each_reminder_is_given_once_and_again_for_another_end() -> None:
    first = decided(expires_on=ago(-14))
    assert isinstance(first, Remind)
    reminded = frozenset({first.mark})

    assert word(decided(expires_on=ago(-14), reminded=reminded)) == "leave in_order"
    assert word(decided(expires_on=ago(-13), reminded=reminded)) == "remind ends_soon"


def test_the_evidence_names_the_date_and_the_limit_that_counted() -> None:
    decision = decided(seen=ago(130))

    assert isinstance(decision, Block)
    assert (decision.evidence.day, decision.evidence.limit) == (ago(130), 120)
    assert decision.evidence.due == ago(10)


def test_every_limit_is_the_policys() -> None:
    strict = replace(ROUND, inactive_block_days=40, settle_days=10)

    assert word(decided(strict, seen=ago(40))) == "block inactive"
    assert word(decided(seen=ago(40))) == "leave in_order"
