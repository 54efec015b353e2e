"""The ways a request can end."""

from dataclasses import dataclass
from typing import assert_never

from b2b.domain.guest import GuestId
from b2b.domain.reason import Reason


@dataclass(frozen=True, slots=True)
class Assigned:
    """Invited by this request and given every group and package asked for."""

    guest: GuestId
    groups: int
    packages: int = 0


@dataclass(frozen=True, slots=True)
class Invited:
    """Invited by this request; no access was asked for."""

    guest: GuestId


@dataclass(frozen=True, slots=True)
class AlreadyGuest:
    """Was a guest before this request; the groups and packages asked for are given."""

    guest: GuestId
    groups: int
    packages: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """Has none of the groups and packages that were to be taken away; the account stays."""

    guest: GuestId
    groups: int
    packages: int = 0


@dataclass(frozen=True, slots=True)
class NotDone:
    """Refused by the policy, the directory or the shape of the request."""

    reason: Reason
    guest: GuestId | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Given up after trying, or crashed; an operator may send it again."""

    reason: Reason
    guest: GuestId | None = None


@dataclass(frozen=True, slots=True)
class Renewed:
    """The stay ends later, as asked."""

    guest: GuestId


@dataclass(frozen=True, slots=True)
class Left:
    """The stay has ended, as asked; the guest is blocked."""

    guest: GuestId


@dataclass(frozen=True, slots=True)
class HeldByBrake:
    """Not sent: a brake of the policy was reached, and an operator decides."""

    reason: Reason
    guest: GuestId | None = None


Outcome = (
    Assigned | Invited | AlreadyGuest | Taken | NotDone | Failed | Renewed | Left | HeldByBrake
)
WithReason = NotDone | Failed | HeldByBrake
STATUSES = (
    *("assigned", "invited", "already_guest", "access_removed", "renewed", "left"),
    *("refused", "failed", "held_by_brake", "pending"),
)


def status_of(outcome: Outcome | None) -> str:
    """The word in the status column of the results; None is a row that is still on its way."""
    match outcome:
        case None:
            return "pending"
        case Assigned():
            return "assigned"
        case Invited():
            return "invited"
        case AlreadyGuest():
            return "already_guest"
        case Taken():
            return "access_removed"
        case NotDone():
            return "refused"
        case Failed():
            return "failed"
        case Renewed():
            return "renewed"
        case Left():
            return "left"
        case HeldByBrake():
            return "held_by_brake"
        case _:
            assert_never(outcome)
