"""Whether Conditional Access asks guests for a second factor: the whole rule, one policy at a time.

https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy (read 2026-11-23)
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from b2b.domain.posture.readable import NotReadable

COLLABORATION_GUEST = "b2bCollaborationGuest"
COLLABORATION_MEMBER = "b2bCollaborationMember"
GUEST_TYPES = frozenset({
    "internalGuest", COLLABORATION_GUEST, COLLABORATION_MEMBER, "b2bDirectConnectUser",
    "otherExternalUser", "serviceProvider",
})  # fmt: skip
EVERY_GUEST = "GuestsOrExternalUsers"  # the older way to name all of them
ALL_CLIENTS = frozenset({"browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"})


class RuleState(StrEnum):
    ENABLED = "enabled"
    REPORT_ONLY = "enabledForReportingButNotEnforced"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """Kinds of guests, of all organizations or only of those that are listed."""

    types: frozenset[str]
    every_tenant: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """One side, included or excluded."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    external: External | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`others`: controls besides a second factor. `strength`: None where none is asked for."""

    mfa: bool = False
    strength_is_mfa: bool | None = None
    others: frozenset[str] = frozenset()
    any_is_enough: bool = False

    @property
    def about_mfa(self) -> bool:
        return (self.mfa or self.strength_is_mfa is not None) and "passwordChange" not in (
            self.others
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a policy applies. `narrowed` names conditions that leave sign-ins out."""

    every_app: bool = True
    left_out_apps: bool = False
    client_apps: frozenset[str] = frozenset({"all"})
    narrowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    name: str
    state: RuleState
    include: People = field(default_factory=People)
    exclude: People = field(default_factory=People)
    grant: Grant = field(default_factory=Grant)
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True)
class Coverage:
    """`types`: the kinds of guests that it makes bring a second factor; none if it has gaps.

    `unknown`: what it leaves out of which nobody knows whether guests are among it. With any of
    it `types` holds only if there are none.
    """

    rule: AccessRule
    types: frozenset[str]
    gaps: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestsBehind:
    """How many guests an id stands for that a policy leaves out.

    `groups`: guests by group, through nested groups as well. `roles`: guests by role, held or to
    be taken up.
    """

    guests: frozenset[str] | NotReadable
    groups: Mapping[str, int] | NotReadable
    roles: Mapping[str, int] | NotReadable

    def user(self, identity: str) -> int | None:
        return None if isinstance(self.guests, NotReadable) else int(identity in self.guests)

    def group(self, identity: str) -> int | None:
        """None: not read, or one of more groups than are looked at."""
        return None if isinstance(self.groups, NotReadable) else self.groups.get(identity)

    def role(self, identity: str) -> int | None:
        return None if isinstance(self.roles, NotReadable) else self.roles.get(identity, 0)


def coverage(
    rule: AccessRule, wanted: frozenset[str], spared: frozenset[str], behind: GuestsBehind
) -> Coverage | None:
    """None for a rule that is not about guests and a second factor, or that is switched off.

    `spared` are emergency accounts: leaving them out is no gap.
    """
    if rule.state is RuleState.DISABLED or not rule.grant.about_mfa:
        return None
    included = _included(rule.include)
    if not included & wanted and not _some_people(rule.include):
        return None
    left_out = _left_out(rule.exclude, wanted, spared, behind)
    gaps = (
        *_state_gaps(rule),
        *_grant_gaps(rule.grant),
        *_reach_gaps(rule.reach),
        *_included_gaps(rule.include, included),
        *_kinds_left_out(rule.exclude, wanted),
        *(one.gap for one in left_out if one.guests),
    )
    unknown = tuple(one.doubt for one in left_out if one.guests is None)
    return Coverage(rule, frozenset() if gaps else included, gaps, unknown)


def excluded_groups(rules: Iterable[AccessRule]) -> list[str]:
    """The groups whose members decide whether a rule about a second factor has a gap."""
    asking = (one for one in rules if one.state is RuleState.ENABLED and one.grant.about_mfa)
    return sorted({group for rule in asking for group in rule.exclude.groups})


def _included(people: People) -> frozenset[str]:
    if people.users & {"All", EVERY_GUEST}:
        return GUEST_TYPES
    external = people.external
    return external.types & GUEST_TYPES if external else frozenset()


def _some_people(people: People) -> bool:
    """Chosen users, groups or roles: guests may be among them."""
    return bool(people.groups or people.roles or people.users - {"None"})


def _state_gaps(rule: AccessRule) -> Iterator[str]:
    if rule.state is RuleState.REPORT_ONLY:
        yield "is in report-only state"


def _grant_gaps(grant: Grant) -> Iterator[str]:
    if grant.any_is_enough and grant.others:
        yield f"takes {', '.join(sorted(grant.others))} instead of a second factor"
    if not grant.mfa and grant.strength_is_mfa is False:
        yield "asks for a strength that no second factor satisfies"


def _reach_gaps(reach: Reach) -> Iterator[str]:
    if not reach.every_app:
        yield "holds for chosen apps only"
    if reach.left_out_apps:
        yield "leaves apps out"
    clients = reach.client_apps
    if clients and "all" not in clients and not clients >= ALL_CLIENTS:
        yield "holds for chosen client apps only"
    for condition in reach.narrowed:
        yield f"is narrowed by {condition}"


def _included_gaps(people: People, included: frozenset[str]) -> Iterator[str]:
    if not included:
        yield "names chosen users, groups or roles, not guests"
    elif people.users & {"All", EVERY_GUEST}:
        return
    elif people.external and not people.external.every_tenant:
        yield "holds for guests of chosen organizations only"


def _kinds_left_out(people: People, wanted: frozenset[str]) -> Iterator[str]:
    if EVERY_GUEST in people.users:
        yield "leaves all guests out"
    external = people.external
    if external and external.types & wanted:
        whose = "" if external.every_tenant else " of chosen organizations"
        yield f"leaves {', '.join(sorted(external.types & wanted))}{whose} out"


@dataclass(frozen=True, slots=True)
class _LeftOut:
    """Some accounts, groups or roles, all with guests among them, or all unknown (None)."""

    what: str
    number: int
    guests: int | None

    @property
    def gap(self) -> str:
        return f"leaves {self.what} out with guests among them ({self.number})"

    @property
    def doubt(self) -> str:
        return f"leaves {self.what} out of which is not known whether guests are among them " + (
            f"({self.number})"
        )


def _left_out(
    people: People, wanted: frozenset[str], spared: frozenset[str], behind: GuestsBehind
) -> list[_LeftOut]:
    """Only what has guests among it, or may have: everything else is no finding."""
    members_too = COLLABORATION_MEMBER in wanted

    def unless_members(guests: int | None) -> int | None:
        """Members from outside are not counted: without guests it is not known who is left out."""
        return None if members_too and not guests else guests

    counts = {
        "accounts": [behind.user(one) for one in people.users - {EVERY_GUEST} - spared],
        "groups": [unless_members(behind.group(one)) for one in people.groups - spared],
        "the holders of roles": [unless_members(behind.role(one)) for one in people.roles],
    }
    return [*_summed(counts)]


def _summed(counts: Mapping[str, list[int | None]]) -> Iterator[_LeftOut]:
    for what, guests in counts.items():
        known, unknown = [one for one in guests if one], guests.count(None)
        if known:
            yield _LeftOut(what, len(known), sum(known))
        if unknown:
            yield _LeftOut(what, unknown, None)


def covered(coverages: Iterable[Coverage]) -> frozenset[str]:
    """Several rules may share the work: one for each kind of guest."""
    return frozenset(kind for rule in coverages for kind in rule.types if not rule.unknown)


def perhaps_covered(coverages: Iterable[Coverage]) -> frozenset[str]:
    """As `covered`, if no guest is among those of whom nobody knows."""
    return frozenset(kind for rule in coverages for kind in rule.types)
