"""How the page says things: numbers, days, and the names of what is counted."""

from datetime import date

from b2b.domain.census import Sponsored, State

STATES = (
    State.ACCEPTED,
    State.PENDING,
    State.BLOCKED_BY_US,
    State.BLOCKED_BY_OTHERS,
    State.DELETED,
)
STATE = {
    State.ACCEPTED: "Accepted",
    State.PENDING: "Invitation pending",
    State.BLOCKED_BY_US: "Blocked by us",
    State.BLOCKED_BY_OTHERS: "Blocked by others",
    State.DELETED: "In the recycle bin",
}
SPONSOR = {
    Sponsored.AT_WORK: "Sponsor at work",
    Sponsored.GONE: "Sponsor gone",
    Sponsored.NOBODY: "No sponsor named",
    Sponsored.UNMANAGED: "Not managed",
}
COUNTED = {
    "guests": "Guests",
    State.ACCEPTED: "Accepted",
    State.PENDING: "Pending",
    State.BLOCKED_BY_US: "Blocked by us",
    State.BLOCKED_BY_OTHERS: "Blocked by others",
    State.DELETED: "In the recycle bin",
    "managed": "Managed",
    "in_roles": "In roles",
    "at_unknown_domains": "Domains of no partner",
}
STATUS = {
    "failed": "Failed",
    "unclear": "Unclear",
    "not_checked": "Not checked",
    "passed": "Passed",
}


def number(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"


def signed(value: int) -> str:
    """With a real minus sign: a hyphen is read as a dash."""
    return "no change" if value == 0 else f"{value:+,}".replace("-", "\N{MINUS SIGN}")


def percent(part: int | float | None, whole: int | float | None) -> str:
    """Never 0 % of something, and never 100 % of less than all."""
    if part is None or not whole:
        return ""
    share = 100 * part / whole
    if 0 < share < 0.5:
        return "under 1 %"
    return f"{min(share, 99) if share < 100 else share:.0f} %"


def day(value: date | None) -> str:
    return "" if value is None else f"{value.day} {value:%b %Y}"


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
