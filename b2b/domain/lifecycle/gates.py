"""What tonight's reading must look like before anybody is judged by it."""

from collections.abc import Iterator
from dataclasses import dataclass

from b2b.domain.lifecycle.finding import Finding
from b2b.domain.lifecycle.reads import TenantRead, stops, switched_off
from b2b.domain.reason import Reason


@dataclass(frozen=True, slots=True)
class LastTime:
    """How many guests the last run read, and how many we have been asked for since."""

    guests: int
    asked_for_since: int = 0


def gates(
    read: int, counted: tuple[int, int], last: LastTime | None, most_change_percent: float
) -> Iterator[Finding]:
    """`counted` is the directory's own count before and after the reading; people come and go."""
    low, high = sorted(counted)
    if not low <= read <= high:
        yield _stop(
            "count_differs",
            f"{read} guests were read, and the directory counts {low} to {high}: a page is "
            "missing, or one came twice. Nothing was done; the next night reads everybody anew.",
        )
    if last is not None and _changed(read, last) > most_change_percent:
        yield _stop(
            "guests_changed",
            f"{read} guests were read, and {last.guests} the last time: more than "
            f"{most_change_percent:g} % of change. Nothing was done. If that is right, raise "
            "most_change_percent for a night; 100 takes any change.",
        )


def _changed(read: int, last: LastTime) -> float:
    """In percent of the larger number. Whom we were asked for since, we expect to see more.

    One guest never trips it alone: of a few guests one is always many percent.
    """
    change = read - last.guests
    unexpected = max(change - last.asked_for_since, 0) if change > 0 else -change
    return 100 * unexpected / max(read, last.guests) if unexpected > 1 else 0


def unreadable(read: TenantRead, reason: Reason, about: str = "") -> Finding:
    """A page, a count, a group or the roles could not be read. `about`: which of several."""
    words = f"Could not be read: {read}{about}. {reason.sentence}"
    return Finding(f"{read}_unreadable", f"{words} {_without(read)}", stops=stops(read))


def no_sign_in_dates() -> Finding:
    """The directory answered, and told the sign-in date of nobody at all."""
    return Finding(
        "no_sign_in_dates",
        "The directory told nobody's sign-in date, so nobody can be called inactive. Look at the "
        "licence (Entra ID P1 or P2) and at AuditLog.Read.All, or say inactive_block_days = 0 in "
        f"the policy. {_without(TenantRead.SIGN_INS)}",
    )


def _without(read: TenantRead) -> str:
    if stops(read):
        return "Nothing was done."
    off = ", ".join(switched_off([read]))
    if not off:
        return "Those accounts are left alone tonight; all rules go on for the others."
    return f"Without it this rule is off tonight: {off}. The others go on."


def policy_refused(reason: Reason) -> Finding:
    return _stop(reason.code, f"{reason.sentence} Nothing was done.")


def _stop(code: str, sentence: str) -> Finding:
    return Finding(code, sentence, stops=True)
