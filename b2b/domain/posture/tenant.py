"""The tenant on one day: every source is its value, or why it could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from b2b.domain.guest import GuestId
from b2b.domain.policy import GuestAccess, InvitationsFrom
from b2b.domain.posture.conditional_access import AccessRule
from b2b.domain.posture.oddities import Oddities
from b2b.domain.posture.readable import NotReadable
from b2b.domain.request import GroupId

Guests = Mapping[GuestId, str]  # every guest of the directory, and what people know one by


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """None stands for a value that we do not know."""

    invitations_from: InvitationsFrom | None
    guest_access: GuestAccess | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainList:
    """The default policy's list; None where the key is missing. `exists` is false without one."""

    exists: bool
    allowed: frozenset[str] | None = None
    blocked: frozenset[str] | None = None
    readable: bool = True  # its definition is JSON in a string: it may not be


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What is believed of a guest's home. None: as in the default, or never set."""

    mfa: bool | None = None
    compliant_device: bool | None = None
    joined_device: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTenantRules:
    """What holds for one organization, or by default. None: never set, or as in the default."""

    tenant: str = ""  # empty: the default
    collaboration_blocked: bool | None = None
    direct_connect_allowed: bool | None = None
    consents_automatically: bool | None = None
    trust: Trust = field(default_factory=Trust)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """By which identity providers guests redeem; empty where the tenant does not tell."""

    order: tuple[str, ...] = ()
    fallback: str = ""


class Licence(StrEnum):
    P1 = "P1"
    P2 = "P2"
    GOVERNANCE = "Governance"


NO_ROLE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A guest with a directory role. `eligible`: one that can be taken up.

    `role` is NO_ROLE for who is in a group that may hold roles, and holds none now.
    """

    guest: GuestId
    role: str
    eligible: bool = False
    by_group: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleHolders:
    """`eligible_read` is false where the tenant has no licence for eligible roles."""

    holders: tuple[Holder, ...] = ()
    eligible_read: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A group or an app that a guest owns."""

    guest: GuestId
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestGroup:
    id: GroupId
    name: str
    guests: int
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestGroups:
    """Groups with guests among those looked at; `left_out` were not, to keep requests bounded."""

    groups: tuple[GuestGroup, ...] = ()
    looked_at: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRules:
    """Microsoft 365 groups and guests. `refusing`: groups of the policy that take none."""

    guests_admitted: bool = True
    guests_may_own: bool = False
    refusing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOutcome:
    """The instance that ended last, and what was decided about how many."""

    ended: date
    decisions: Mapping[str, int]
    not_applied: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A series of access reviews. `covers`: its scope is guests; `applies`: by itself;
    `over`: it will not be held again."""

    name: str
    covers: bool
    applies: bool
    denies_by_default: bool = False
    last: ReviewOutcome | None = None
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalLifecycle:
    """What entitlement management does with a guest whose last package ended."""

    action: str
    deleted_after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecyclePolicy:
    """One of Microsoft's own lifecycle policies for guests."""

    name: str
    enabled: bool
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskyGuest:
    guest: GuestId
    level: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detections:
    """Guests with a detection still open, and of which kinds, in so many days."""

    days: int
    by_kind: Mapping[str, int]
    guests: frozenset[GuestId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """`requests` by budget is what reading it all has cost.

    `guests_left_out`: how many guests are in each group that Conditional Access leaves out.
    """

    authorization: Authorization | NotReadable
    domain_list: DomainList | NotReadable
    cross_tenant_default: CrossTenantRules | NotReadable
    cross_tenant_partners: tuple[CrossTenantRules, ...] | NotReadable
    redemption: Redemption | NotReadable
    one_time_passcode: str | NotReadable
    access_rules: tuple[AccessRule, ...] | NotReadable
    security_defaults: bool | NotReadable
    licences: frozenset[Licence] | NotReadable
    guests: Guests | NotReadable
    roles: RoleHolders | NotReadable
    owned_groups: tuple[Owned, ...] | NotReadable
    owned_apps: tuple[Owned, ...] | NotReadable
    guest_groups: GuestGroups | NotReadable
    group_rules: GroupRules | NotReadable
    reviews: tuple[Review, ...] | NotReadable
    external_lifecycle: ExternalLifecycle | NotReadable
    lifecycle_policies: tuple[LifecyclePolicy, ...] | NotReadable
    risky_guests: tuple[RiskyGuest, ...] | NotReadable
    detections: Detections | NotReadable
    oddities: Oddities | NotReadable
    guests_left_out: Mapping[str, int] | NotReadable = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
