"""Whether Conditional Access asks guests for a second factor: the whole rule, one policy at a time.

https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy (read 2026-11-23)
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

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
    """`types`: the kinds of guests that it makes bring a second factor; none if it has gaps."""

    rule: AccessRule
    types: frozenset[str]
    gaps: tuple[str, ...]


MayBeGuest = Callable[[str], bool]


def coverage(
    rule: AccessRule, wanted: frozenset[str], spared: frozenset[str], may_be_guest: MayBeGuest
) -> Coverage | None:
    """None for a rule that is not about guests and a second factor, or that is switched off.

    `spared` are emergency accounts: leaving them out is no gap. `may_be_guest` says of an id of a
    user whether it may be a guest's.
    """
    if rule.state is RuleState.DISABLED or not rule.grant.about_mfa:
        return None
    included = _included(rule.include)
    if not included & wanted and not _some_people(rule.include):
        return None
    gaps = (
        *_state_gaps(rule),
        *_grant_gaps(rule.grant),
        *_reach_gaps(rule.reach),
        *_included_gaps(rule.include, included),
        *_excluded_gaps(rule.exclude, wanted, spared, may_be_guest),
    )
    return Coverage(rule, frozenset() if gaps else included, gaps)


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


def _excluded_gaps(
    people: People, wanted: frozenset[str], spared: frozenset[str], may_be_guest: MayBeGuest
) -> Iterator[str]:
    if EVERY_GUEST in people.users:
        yield "leaves all guests out"
    strangers = [one for one in people.users - {EVERY_GUEST} - spared if may_be_guest(one)]
    if strangers:
        yield f"leaves accounts out that are or may be guests ({len(strangers)})"
    if people.groups - spared:
        yield f"leaves groups out ({len(people.groups - spared)})"
    if people.roles:
        yield f"leaves the holders of roles out ({len(people.roles)})"
    external = people.external
    if external and external.types & wanted:
        whose = "" if external.every_tenant else " of chosen organizations"
        yield f"leaves {', '.join(sorted(external.types & wanted))}{whose} out"


def covered(coverages: Iterable[Coverage]) -> frozenset[str]:
    """Several rules may share the work: one for each kind of guest."""
    return frozenset(kind for one in coverages for kind in one.types)
