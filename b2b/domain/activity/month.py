"""How many guests were active in a calendar month, and how far that is known.

What is billed are the guests who authenticated at least once in a calendar month:
https://learn.microsoft.com/entra/external-id/external-identities-pricing (read 2026-11-23).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from b2b.domain.activity.coverage import Coverage
from b2b.domain.activity.event import Kind


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, in UTC."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        return self.following.start

    @property
    def following(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`partial`: part of the month up to `through_until` was never read, so there may be more."""

    month: Month
    active_guests: int
    through_until: datetime
    partial: bool


def month_of(day: date | datetime) -> Month:
    if isinstance(day, datetime):
        day = day.astimezone(UTC)
    return Month(day.year, day.month)


def summarized(month: Month, active_guests: int, coverage: Coverage) -> Summary:
    cursors = coverage.cursors[Kind.SIGN_INS]
    missed = [gap for gap in coverage.gaps if gap.kind is Kind.SIGN_INS]
    return Summary(
        month=month,
        active_guests=active_guests,
        through_until=min(max(cursors.reached, month.start), month.end),
        partial=cursors.began > month.start
        or any(gap.since < month.end and gap.until > month.start for gap in missed),
    )
