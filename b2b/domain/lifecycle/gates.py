"""What tonight's reading must look like before anybody is judged by it."""

from collections.abc import Iterator

from b2b.domain.lifecycle.finding import Finding
from b2b.domain.reason import Reason


def gates(
    read: int, counted: tuple[int, int], last: int | None, most_change_percent: float, *, told: bool
) -> Iterator[Finding]:
    """`counted` is the directory's own count before and after the reading; people come and go.

    `told`: the directory told the sign-in date of at least somebody.
    """
    low, high = sorted(counted)
    if not low <= read <= high:
        yield _stop(
            "count_differs",
            f"{read} guests were read, and the directory counts {low} to {high}: a page is "
            "missing, or one came twice. Nothing was done; tonight's run starts anew.",
        )
    if last is not None and abs(read - last) > last * most_change_percent / 100:
        yield _stop(
            "guests_changed",
            f"{read} guests were read, and {last} the last time: more than "
            f"{most_change_percent:g} % of change. Nothing was done. If that is right, raise "
            "most_change_percent for a night.",
        )
    if not told:
        yield _stop(
            "no_sign_in_dates",
            "The directory told nobody's sign-in date, so nobody can be called inactive. Look "
            "at the licence (Entra ID P1 or P2) and at AuditLog.Read.All. Nothing was done.",
        )


def unreadable(what: str, reason: Reason) -> Finding:
    """A page, a count, a group or the roles could not be read."""
    return _stop(
        f"{what}_unreadable", f"Could not be read: {what}. {reason.sentence} Nothing was done."
    )


def policy_refused(reason: Reason) -> Finding:
    return _stop(reason.code, f"{reason.sentence} Nothing was done.")


def _stop(code: str, sentence: str) -> Finding:
    return Finding(code, sentence, stops=True)
