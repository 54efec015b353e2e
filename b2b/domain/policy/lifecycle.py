"""How long a quiet guest is kept, what a nightly sweep may do, and who is left alone."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from b2b.domain.request import Address, GroupId


class Mode(StrEnum):
    """Whether a sweep only tells, acts on what an operator approved, or acts."""

    REPORT = "report"
    APPROVE = "approve"
    ENFORCE = "enforce"

    @property
    def acts(self) -> bool:
        return self is not Mode.REPORT


@dataclass(frozen=True, slots=True)
class Brake:
    """A run that would pass either limit does nothing. Percent is of all managed guests."""

    most: int
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """Days and limits of the sweep. Caps are per run: the oldest first, the rest wait."""

    mode: Mode = Mode.REPORT
    second_person: bool = False  # true: who wrote the policy may not approve
    remind_days_before_end: tuple[int, ...] = (30, 14, 3)
    inactive_block_days: int = 120  # 0: off, and no date of a sign-in is asked for
    settle_days: int = 30
    unredeemed_remind_days: int = 14
    unredeemed_block_days: int = 60
    sponsorless_block_days: int = 30
    remove_after_block_days: int = 30
    exemption_warning_days: int = 7
    block_brake: Brake = Brake(200, 10)
    remove_brake: Brake = Brake(50, 5)
    block_cap: int = 25
    remove_cap: int = 10
    most_change_percent: float = 10
    entitlement_management: bool = True  # false: nobody in the tenant hands out access packages


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Who the sweep leaves alone until the end of a day: exactly one of address, domain, group."""

    owner: str
    reason: str
    ends_on: date
    address: Address | None = None
    domain: str | None = None
    subdomains: bool = False
    group: GroupId | None = None
