"""A tenant's settings and its roles in Azure, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from b2b.domain.errors import Refused, TryLater
from b2b.domain.policy import AzureRole, GuestAccess, InvitationsFrom
from b2b.domain.reason import Reason
from b2b.domain.tenant import (
    AddReview,
    AddRule,
    AssignRole,
    Change,
    Collaboration,
    CrossTenant,
    DomainPolicy,
    Grant,
    Held,
    Remark,
    Review,
    Rule,
    SetDefaultTrust,
    SetDomains,
    SetGuestAccess,
    SetInvitations,
    SetPartnerTrust,
    Tone,
    Trusts,
    grant_of,
)

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


@dataclass(slots=True)
class FakeTenant:
    """`fails` is raised by the next write, when it was `done` or before."""

    open_to: Collaboration = field(
        default_factory=lambda: Collaboration(InvitationsFrom.EVERYONE, GuestAccess.LIMITED)
    )
    domains: DomainPolicy = field(default_factory=DomainPolicy)
    trust: CrossTenant = field(default_factory=lambda: CrossTenant(Trusts()))
    homes: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    kept_rules: list[Rule] = field(default_factory=list)
    kept_reviews: list[Review] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    fails: Refused | TryLater | None = None
    done: bool = False
    written: int = 0

    async def collaboration(self) -> Collaboration:
        self._readable("collaboration")
        return self.open_to

    async def domain_policy(self) -> DomainPolicy:
        self._readable("domains")
        return self.domains

    async def cross_tenant(self) -> CrossTenant:
        return self.trust

    async def tenant_of(self, domain: str) -> str | None:
        return self.homes.get(domain)

    async def rules(self) -> Sequence[Rule]:
        self._readable("rules")
        return tuple(self.kept_rules)

    async def reviews(self) -> Sequence[Review]:
        return tuple(self.kept_reviews)

    async def person(self, address: str) -> str | None:
        return self.people.get(address)

    async def write(self, change: Change) -> None:
        failure, self.fails = self.fails, None
        if failure is None or self.done:
            self._keep(change)
        if failure is not None:
            raise failure

    def _keep(self, change: Change) -> None:
        self.written += 1
        match change:
            case SetInvitations():
                self.open_to = replace(self.open_to, invitations=change.after)
            case SetGuestAccess():
                self.open_to = replace(self.open_to, access=change.after)
            case SetDomains():
                siblings = change.before.siblings
                self.domains = DomainPolicy("list", change.after, None, siblings)
            case SetDefaultTrust():
                self.trust = replace(self.trust, default=change.after)
            case SetPartnerTrust():
                partners = {**self.trust.partners, change.tenant: change.after}
                self.trust = replace(self.trust, partners=partners)
            case AddRule():
                excluded = frozenset(change.excluded)
                self.kept_rules.append(Rule(change.name, "report", excluded))
            case AddReview():
                self.kept_reviews.append(Review(change.name, change.group, change.terms))
            case AssignRole():
                raise AssertionError("a role in Azure is not Graph's to assign")
            case _:
                assert_never(change)

    def _readable(self, what: str) -> None:
        if what in self.unreadable:
            raise Refused(Reason("administrator_may_not", f"You may not read {what}."))


@dataclass(slots=True)
class FakeAzure:
    """`known`: the ids of roles by name."""

    known: dict[str, str] = field(default_factory=lambda: {"Reader": READER})
    grants: set[Grant] = field(default_factory=set)
    names: dict[Grant, str] = field(default_factory=dict)

    async def held(self, wanted: Sequence[AzureRole]) -> Held:
        roles = {
            (one.scope, one.role): self.known[one.role] for one in wanted if one.role in self.known
        }
        missing = [
            Remark(Tone.UNREAD, f"No role is called {one.role} at {one.scope}.")
            for one in wanted
            if one.role not in self.known
        ]
        return Held(roles, frozenset(self.grants), tuple(missing))

    async def assign(self, change: AssignRole) -> None:
        grant = grant_of(change.scope, change.role, change.group)
        self.grants.add(grant)
        self.names.setdefault(grant, change.id)
