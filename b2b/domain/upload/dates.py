"""The expiry cell: a date however it is written, as long as it can be read in one way only."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from b2b.domain.reason import Reason
from b2b.domain.upload.months import MONTHS
from b2b.domain.upload.names import plain
from b2b.domain.upload.shapes import BLANK, Note

LONGEST = 64

_EXCEL_EPOCH = date(1899, 12, 30)  # day 60 of Excel's 1900 never was; later serials count from here


class Day(NamedTuple):
    """The date a cell means, and what to tell about how it was understood."""

    date: date
    notes: tuple[Note, ...] = ()


def read_day(cell: str, today: date) -> Day | Reason:
    """A date from today on."""
    text = cell.strip(BLANK)
    day = _relative(text, today) or _written(text)
    if not isinstance(day, Reason) and day.date < today:
        return Reason("expiry_in_the_past", f"The access would have ended on {day.date}.")
    return day


def _relative(text: str, today: date) -> Day | Reason | None:
    match = re.fullmatch(r"\+\s*(\d{1,4})\s*([dwmy])", text, re.I | re.A)
    if match is None:
        return None
    count, unit = int(match[1]), match[2].lower()
    try:
        if unit in "dw":
            return Day(today + timedelta(days=count * (7 if unit == "w" else 1)))
        return Day(_months_later(today, count * (12 if unit == "y" else 1)))
    except (OverflowError, ValueError):
        return _INVALID


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _written(text: str) -> Day | Reason:
    if len(text) > LONGEST:
        return _INVALID
    bare = _TIME.sub("", text)
    for pattern, meaning in _SHAPES:
        if match := pattern.fullmatch(bare):
            try:
                return meaning(match)
            except (ValueError, OverflowError):
                return _INVALID
    return _INVALID


def _year_first(match: re.Match[str]) -> Day | Reason:
    return Day(date(int(match[1]), int(match[2]), int(match[3])))


def _dotted(match: re.Match[str]) -> Day | Reason:
    return Day(date(int(match[3]), int(match[2]), int(match[1])))


def _either_way(match: re.Match[str]) -> Day | Reason:
    """Nobody can tell 03/04 from 04/03; 31/12 speaks for itself."""
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    if first <= 12 and second <= 12 and first != second:
        return _ambiguous(match[0])
    day, month = (second, first) if second > 12 else (first, second)
    return Day(date(year, month, day))


def _short_year(match: re.Match[str]) -> Day | Reason:
    return _ambiguous(match[0])


def _serial(match: re.Match[str]) -> Day | Reason:
    day = _EXCEL_EPOCH + timedelta(days=int(match[1]))
    return Day(day, (Note("excel_serial", f"Excel serial {match[1]} read as {day}"),))


def _day_named_month(match: re.Match[str]) -> Day | Reason:
    return _named(match, match[1], match[2])


def _named_month_day(match: re.Match[str]) -> Day | Reason:
    return _named(match, match[2], match[1])


def _named(match: re.Match[str], day: str, name: str) -> Day | Reason:
    month, year = MONTHS.get(plain(name)), match[3]
    if month and len(year) == 2:  # 10-Dec-26: which of the two is the year?
        return _ambiguous(match[0])
    return Day(date(int(year), month, int(day))) if month else _INVALID


_TIME = re.compile(
    r"(?:[T\s]|,\s)\s*(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?"
    r"\s*(?:[AP]\.?M\.?|Z|UTC|[+-][01]\d:?[0-5]\d)?\Z",
    re.I | re.A,
)
_SHAPES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Day | Reason]], ...] = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.A), _year_first),
    (re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})", re.A), _year_first),
    (re.compile(r"(20\d\d)([01]\d)([0-3]\d)", re.A), _year_first),
    (re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.A), _dotted),
    (re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", re.A), _either_way),
    (re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{2})", re.A), _short_year),
    (re.compile(r"(\d{5})(?:[.,]\d{1,12})?", re.A), _serial),
    (
        re.compile(
            r"(?:\w+,\s*)?(\d{1,2})(?:\.|st|nd|rd|th|er|º|ª|°|o)?[\s./-]*(?:de\s+|den\s+)?"
            r"([^\W\d_]{3,12})\.?[\s./,-]*(?:de\s+|del\s+)?(\d{4}|\d{2})",
            re.I,
        ),
        _day_named_month,
    ),
    (
        re.compile(
            r"(?:\w+,\s*)?([^\W\d_]{3,12})\.?[\s./-]*(\d{1,2})(?:st|nd|rd|th)?[\s.,/-]+"
            r"(\d{4}|\d{2})",
            re.I,
        ),
        _named_month_day,
    ),
)
_INVALID = Reason("invalid_date", "This is no date: write it as YYYY-MM-DD.")


def _ambiguous(text: str) -> Reason:
    return Reason("ambiguous_date", f"{text} can be read in several ways: write YYYY-MM-DD.")
