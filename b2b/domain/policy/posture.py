"""What the tenant itself is wanted to look like; the audits compare."""

from dataclasses import dataclass
from enum import StrEnum


class GuestAccess(StrEnum):
    """What guests may see of the directory, from the most closed to the most open."""

    RESTRICTED = "restricted"
    LIMITED = "limited"
    MEMBER = "member"


class InvitationsFrom(StrEnum):
    """Who may invite, from the most closed to the most open."""

    NONE = "none"
    ADMINS = "adminsAndGuestInviters"
    MEMBERS = "adminsGuestInvitersAndAllMembers"
    EVERYONE = "everyone"

    @property
    def leaves_out_apps(self) -> bool:
        """As the page reads (2026-11-23): https://learn.microsoft.com/graph/api/invitation-post"""
        return self in (InvitationsFrom.NONE, InvitationsFrom.ADMINS)


class DomainList(StrEnum):
    """Which domains the tenant's own list of collaboration domains is wanted to hold."""

    UNMANAGED = "unmanaged"
    PARTNERS = "partners"


class Trust(StrEnum):
    """Whose proof of a second factor or of a healthy device is taken for ours."""

    UNMANAGED = "unmanaged"
    PARTNERS = "partners"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """The most open state that is still in order. `break_glass`: accounts kept out of rules.

    `unmanaged`, and `conditional_access` when false, leave the tenant as it is.
    """

    guest_access: GuestAccess = GuestAccess.RESTRICTED
    invitations_from: InvitationsFrom = InvitationsFrom.MEMBERS
    mfa_for_guests: bool = True
    most_guests: int = 50_000
    break_glass: tuple[str, ...] = ()
    domain_list: DomainList = DomainList.UNMANAGED
    trust_mfa: Trust = Trust.UNMANAGED
    trust_devices: Trust = Trust.UNMANAGED
    conditional_access: bool = False
