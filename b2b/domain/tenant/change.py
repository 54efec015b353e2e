"""What can be changed about a tenant: each change knows what it was and what it shall be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from b2b.domain.policy import AccessReview, GuestAccess, InvitationsFrom
from b2b.domain.request import GroupId


class Area(StrEnum):
    """A part of the tenant that is read, compared and written by itself."""

    COLLABORATION = "collaboration settings"
    DOMAINS = "domain list"
    TRUST = "cross-tenant trust"
    CONDITIONAL_ACCESS = "Conditional Access"
    AZURE = "Azure roles"
    REVIEWS = "access reviews"


@dataclass(frozen=True, slots=True)
class Trusts:
    """What of a guest's home tenant is believed."""

    mfa: bool = False
    compliant: bool = False
    joined: bool = False


@dataclass(frozen=True, slots=True)
class DomainPolicy:
    """The tenant's list of domains as it is kept; `id` is empty where there is none yet.

    `siblings` is the rest of the definition, which a change has to keep, as JSON.
    """

    id: str = ""
    allowed: tuple[str, ...] | None = None
    blocked: tuple[str, ...] | None = None
    siblings: str = "{}"


@dataclass(frozen=True, slots=True)
class SetInvitations:
    before: InvitationsFrom
    after: InvitationsFrom


@dataclass(frozen=True, slots=True)
class SetGuestAccess:
    before: GuestAccess
    after: GuestAccess


@dataclass(frozen=True, slots=True)
class SetDomains:
    before: DomainPolicy
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetDefaultTrust:
    before: Trusts
    after: Trusts


@dataclass(frozen=True, slots=True)
class SetPartnerTrust:
    """`before` is None where the partner's tenant inherits; `known` when it has settings."""

    partner: str
    tenant: str
    known: bool
    before: Trusts | None
    after: Trusts


@dataclass(frozen=True, slots=True)
class AddRule:
    """A Conditional Access policy for guests: a second factor, in report-only state."""

    name: str
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssignRole:
    """`id` follows from scope, role and group: the same assignment has the same name."""

    id: str
    scope: str
    role: str
    role_name: str
    group: GroupId
    group_name: str


@dataclass(frozen=True, slots=True)
class AddReview:
    """`reviewer` is the id of the sponsor, or empty when the owners of the group decide."""

    name: str
    group: GroupId
    terms: AccessReview
    reviewer: str
    starts_on: date = field(compare=False)  # the plan of yesterday is still the plan


Change = (
    SetInvitations
    | SetGuestAccess
    | SetDomains
    | SetDefaultTrust
    | SetPartnerTrust
    | AddRule
    | AssignRole
    | AddReview
)


class Tone(StrEnum):
    """Why something is said besides what is changed."""

    STRICTER = "stricter"  # closed further than the policy asks: left alone
    REFUSED = "refused"  # would be wrong or unsafe to bring about
    UNREAD = "unread"  # nobody looked: a right or a licence is missing
    COSTLY = "costly"  # will be done, and has a price that somebody should know first


@dataclass(frozen=True, slots=True)
class Remark:
    tone: Tone
    sentence: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One area, compared: what to change, and what to say."""

    changes: tuple[Change, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether all of it could be looked at, and nothing had to be refused."""
        return not any(one.tone in (Tone.UNREAD, Tone.REFUSED) for one in self.remarks)


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole tenant, compared area by area; areas that the policy leaves alone are not in it."""

    areas: Mapping[Area, Comparison]

    @property
    def changes(self) -> tuple[tuple[Area, Change], ...]:
        return tuple((area, one) for area, found in self.areas.items() for one in found.changes)

    @property
    def complete(self) -> bool:
        return all(found.sound for found in self.areas.values())


def unread(sentence: str) -> Comparison:
    return Comparison(remarks=(Remark(Tone.UNREAD, sentence),))


def target(change: Change) -> tuple[object, ...]:
    """What a change is about: two changes of one target contradict each other."""
    match change:
        case SetPartnerTrust():
            return (SetPartnerTrust, change.tenant)
        case AssignRole():
            return (AssignRole, change.id)
        case AddReview():
            return (AddReview, change.group)
        case _:
            return (type(change),)
