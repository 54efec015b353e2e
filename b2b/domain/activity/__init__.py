"""What guests did and what was done to them, as the directory's logs tell it."""

from b2b.domain.activity.coverage import (
    Coverage,
    Cursors,
    Gap,
    covered,
    gap_before,
    joined,
    retention,
)
from b2b.domain.activity.event import Event, Kind, SignIn, events_in, is_about, path_of, sign_in_of
from b2b.domain.activity.findings import findings
from b2b.domain.activity.month import Month, Summary, month_of, summarized

__all__ = [
    "Coverage",
    "Cursors",
    "Event",
    "Gap",
    "Kind",
    "Month",
    "SignIn",
    "Summary",
    "covered",
    "events_in",
    "findings",
    "gap_before",
    "is_about",
    "joined",
    "month_of",
    "path_of",
    "retention",
    "sign_in_of",
    "summarized",
]
