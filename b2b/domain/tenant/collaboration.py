"""Who may invite and what guests may see, held to the posture: closed further is left alone."""

from dataclasses import dataclass

from b2b.domain.policy import GuestAccess, InvitationsFrom, Posture
from b2b.domain.tenant.change import (
    Change,
    Comparison,
    Remark,
    SetGuestAccess,
    SetInvitations,
    Tone,
)

# From the most closed to the most open, as the words are listed.
_INVITATIONS = list(InvitationsFrom)
_ACCESS = list(GuestAccess)


@dataclass(frozen=True, slots=True)
class Collaboration:
    """The tenant's settings as they are."""

    invitations: InvitationsFrom
    access: GuestAccess


def compare_collaboration(found: Collaboration, posture: Posture) -> Comparison:
    changes: list[Change] = []
    remarks: list[Remark] = []
    wanted, is_now = posture.invitations_from, found.invitations
    if _INVITATIONS.index(is_now) > _INVITATIONS.index(wanted):
        changes.append(SetInvitations(is_now, wanted))
        remarks += [_SHUTS_US_OUT] if wanted.leaves_out_apps else []
    elif is_now is not wanted:
        remarks.append(_stricter("who may invite", is_now, wanted))
    if _ACCESS.index(found.access) > _ACCESS.index(posture.guest_access):
        changes.append(SetGuestAccess(found.access, posture.guest_access))
    elif found.access is not posture.guest_access:
        remarks.append(_stricter("what guests may see", found.access, posture.guest_access))
    return Comparison(tuple(changes), tuple(remarks))


_SHUTS_US_OUT = Remark(
    Tone.COSTLY,
    "Microsoft documents that apps may not invite then: this app may bring in nobody any more. "
    "Invite one address afterwards to see, or wish for adminsGuestInvitersAndAllMembers.",
)


def _stricter(what: str, is_now: str, wanted: str) -> Remark:
    return Remark(
        Tone.STRICTER,
        f"{what[0].upper()}{what[1:]} is {is_now}: closed further than the policy asks "
        f"({wanted}), and left so.",
    )
