"""Days sorted into bands; a band holds its first and its last day."""

from collections.abc import Sequence
from datetime import date

NO_DATE, NEVER, NO_END, OVER = "no date", "never", "no end", "over"

Bands = Sequence[tuple[int, str]]  # the last day of each band, and its name

AGE: Bands = (
    (30, "30 days or less"),
    (90, "31 to 90 days"),
    (180, "91 to 180 days"),
    (365, "181 days to a year"),
    (730, "1 to 2 years"),
    (10**6, "more than 2 years"),
)
SEEN: Bands = (
    (7, "the last 7 days"),
    (30, "8 to 30 days ago"),
    (90, "31 to 90 days ago"),
    (180, "91 to 180 days ago"),
    (365, "181 to 365 days ago"),
    (10**6, "more than a year ago"),
)
EXPIRY: Bands = (
    (-1, OVER),
    (7, "within 7 days"),
    (30, "in 8 to 30 days"),
    (90, "in 31 to 90 days"),
    (10**6, "later"),
)


def names(bands: Bands, *more: str) -> list[str]:
    return [*(name for _, name in bands), *more]


def band(days: int, bands: Bands) -> str:
    return next(name for last, name in bands if days <= last)


def age_band(created: date | None, today: date) -> str:
    return NO_DATE if created is None else band((today - created).days, AGE)


def seen_band(seen: date | None, today: date, *, pending: bool) -> str:
    """Who has not redeemed cannot have been here; without a date, nobody knows."""
    if seen is None:
        return NEVER if pending else NO_DATE
    return band((today - seen).days, SEEN)


def expiry_band(expires_on: date | None, today: date) -> str:
    """The last day belongs to the stay."""
    return NO_END if expires_on is None else band((expires_on - today).days, EXPIRY)
