"""Odd sign-ins, with both sides of every edge; the order of the lines does not matter."""

from datetime import UTC, datetime, timedelta

import pytest

from b2b.domain.activity import SignIn
from b2b.domain.guest import GuestId
from b2b.domain.posture import Oddities, OddityFold

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
GUESTS = {GuestId("ann"): "ann@partner.example", GuestId("ben"): ""}


def sign_in(
    number: int = 0, *, user: str = "ann", days: float = 1, error: int = 0, country: str = ""
) -> SignIn:
    return SignIn(
        id=f"{user}-{number}",
        at=NOW - timedelta(days=days),
        guest=GuestId(user),
        error=error,
        country=country,
        application="",
        conditional_access="",
    )


def folded(*lines: SignIn) -> Oddities:
    fold = OddityFold(NOW, GUESTS.keys())
    for line in lines:
        fold.add(line)
    return fold.result()


@pytest.mark.parametrize(("count", "odd"), [(9, ()), (10, ("ann",))])
def test_many_failures_are_odd(count: int, odd: tuple[str, ...]) -> None:
    lines = [sign_in(number, error=50126) for number in range(count)]

    assert folded(*lines).failing == odd
    assert folded(*lines, *lines).failing == odd  # told twice


@pytest.mark.parametrize(("count", "odd"), [(2, ()), (3, ("ann",))])
def test_denied_factors_are_odd(count: int, odd: tuple[str, ...]) -> None:
    assert folded(*(sign_in(n, error=500121) for n in range(count))).denying == odd


@pytest.mark.parametrize("error", [50074, 50076, 50140, 65001])
def test_being_asked_for_one_more_step_is_no_failure(error: int) -> None:
    assert folded(*(sign_in(n, error=error) for n in range(20))).failing == ()


@pytest.mark.parametrize(("days", "odd"), [(6.9, ("ann",)), (7.1, ())])
def test_failures_of_this_week_count(days: float, odd: tuple[str, ...]) -> None:
    assert folded(*(sign_in(n, error=50126, days=days) for n in range(12))).failing == odd


def test_a_country_not_seen_before_is_odd() -> None:
    lines = (sign_in(1, days=10, country="DE"), sign_in(2, country="DE"), sign_in(3, country="KP"))

    assert folded(*lines).new_countries == (("ann", "KP"),)
    assert folded(*reversed(lines)).new_countries == (("ann", "KP"),)


def test_who_is_new_has_no_habits_yet() -> None:
    assert folded(sign_in(1, country="DE"), sign_in(2, country="FR")).new_countries == ()


@pytest.mark.parametrize("days", [29, 400])
def test_what_is_too_old_is_no_habit(days: int) -> None:
    assert folded(sign_in(1, days=days, country="DE"), sign_in(2, country="FR")) == Oddities(seen=1)


def test_a_failed_attempt_from_abroad_is_no_new_country() -> None:
    abroad = sign_in(2, error=50126, country="KP")

    assert folded(sign_in(1, days=10, country="DE"), abroad).new_countries == ()


def test_only_guests_are_looked_at() -> None:
    lines = [sign_in(n, user="member", error=500121) for n in range(20)]

    assert folded(*lines) == Oddities()
