"""Guests to count: one in order, and what is changed about them."""

from datetime import date, timedelta
from typing import Any

from b2b.domain.census import Person, Sponsored, State, Terms
from b2b.domain.guest import GuestId

TODAY = date(2026, 11, 23)
TERMS = Terms(unredeemed=60, inactive=120, dates=True)


def day(days: int) -> date:
    """Ahead of today, or before it."""
    return TODAY + timedelta(days=days)


def person(**changes: Any) -> Person:
    known: dict[str, Any] = {
        "id": GuestId("1"),
        "mail": "ann@partner.example",
        "name": "Ann",
        "domain": "partner.example",
        "partner": "Partner",
        "known": True,
        "state": State.ACCEPTED,
        "enabled": True,
        "managed": True,
        "sponsored": Sponsored.AT_WORK,
        "created": day(-400),
        "seen": day(-1),
        "expires_on": day(200),
    }
    return Person(**known | changes)
