"""The tenant is compared with the policy, and brought to it one change at a time.

Each change is looked at once more right before it is written: whoever changed the tenant in
between is not overwritten, and whatever died half-way goes on where it stopped.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import assert_never

from b2b.domain.errors import Refused
from b2b.domain.policy import AzureRole, DomainList, Policy
from b2b.domain.tenant import (
    Area,
    AssignRole,
    Change,
    Comparison,
    Homes,
    Plan,
    asks_for_homes,
    compare_collaboration,
    compare_domains,
    compare_reviews,
    compare_roles,
    compare_rules,
    compare_trust,
    manages_trust,
    target,
    unread,
    waits_for_others,
    wanted_reviews,
    wanted_roles,
)
from b2b.ports.tenant import AzureRoles, TenantSettings

_PARTNERS_FIRST = (
    "a partner does not have trust of its own yet, and its guests would lose that of the default"
)


class Ending(StrEnum):
    DONE = "done"
    ALREADY = "already so"
    CHANGED = "changed meanwhile"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Step:
    """How one change went."""

    area: Area
    change: Change
    ending: Ending
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPlan:
    """`widen` also opens the domain list for partners that it does not admit yet."""

    settings: TenantSettings
    azure: AzureRoles
    policy: Policy
    today: date
    widen: bool = False
    _homes: dict[str, str | None] = field(default_factory=dict)  # domain -> tenant, once looked up

    async def foresee(self) -> Plan:
        """Touches nothing. An area that may not be read is told as such; the others are read."""
        return Plan({area: await self._compared(area) for area in areas_of(self.policy)})

    async def bring_about(self, plan: Plan) -> AsyncIterator[Step]:
        """One step for each change of the plan, in its order. Raises TryLater between two steps."""
        for area, change in plan.changes:
            yield await self._step(area, change)

    async def _step(self, area: Area, change: Change) -> Step:
        try:
            now = await self._look(area, change)
            ending = self._still(change, now)
            if ending is None and waits_for_others(change, now):
                return Step(area, change, Ending.REFUSED, _PARTNERS_FIRST)
            if ending is None:
                await self._write(change)
                ending = Ending.DONE
        except Refused as refusal:
            return Step(area, change, Ending.REFUSED, refusal.reason.sentence)
        return Step(area, change, ending)

    @staticmethod
    def _still(change: Change, now: Comparison) -> Ending | None:
        """None: as it was when the plan was made."""
        if change in now.changes:
            return None
        about = [target(one) for one in now.changes]
        return Ending.CHANGED if target(change) in about or not now.sound else Ending.ALREADY

    async def _write(self, change: Change) -> None:
        if isinstance(change, AssignRole):
            await self.azure.assign(change)
        else:
            await self.settings.write(change)

    async def _compared(self, area: Area) -> Comparison:
        try:
            return await self._look(area)
        except Refused as refusal:
            return unread(refusal.reason.sentence)

    async def _look(self, area: Area, change: Change | None = None) -> Comparison:
        match area:
            case Area.COLLABORATION:
                found = await self.settings.collaboration()
                return compare_collaboration(found, self.policy.posture)
            case Area.DOMAINS:
                listed = await self.settings.domain_policy()
                return compare_domains(listed, self.policy, widen=self.widen)
            case Area.TRUST:
                return await self._trust()
            case Area.CONDITIONAL_ACCESS:
                return compare_rules(await self.settings.rules(), self.policy.posture)
            case Area.AZURE:
                wanted = _roles_of(change, wanted_roles(self.policy))
                return compare_roles(await self.azure.held(wanted), wanted)
            case Area.REVIEWS:
                return await self._reviews()
            case _:
                assert_never(area)

    async def _trust(self) -> Comparison:
        posture = self.policy.posture
        homes = await self._of_partners() if asks_for_homes(posture) else Homes()
        return compare_trust(await self.settings.cross_tenant(), posture, homes)

    async def _of_partners(self) -> Homes:
        tenants: dict[str, str] = {}
        unknown: list[str] = []
        for partner in self.policy.partners:
            for domain in partner.domains:
                tenant = await self._home_of(domain.name)
                if tenant is None:
                    unknown.append(domain.name)
                else:
                    tenants.setdefault(tenant, partner.name)
        return Homes(tuple((name, tenant) for tenant, name in tenants.items()), tuple(unknown))

    async def _home_of(self, domain: str) -> str | None:
        if domain not in self._homes:
            self._homes[domain] = await self.settings.tenant_of(domain)
        return self._homes[domain]

    async def _reviews(self) -> Comparison:
        wanted = wanted_reviews(self.policy)
        ids = {}
        for sponsor in sorted({wish.sponsor for wish in wanted} - {""}):
            if (identity := await self.settings.person(sponsor)) is not None:
                ids[sponsor] = identity
        return compare_reviews(await self.settings.reviews(), wanted, ids, self.today)


def areas_of(policy: Policy) -> Sequence[Area]:
    """What the policy has an opinion on."""
    return tuple(_areas(policy))


def _areas(policy: Policy) -> Iterator[Area]:
    yield Area.COLLABORATION
    if policy.posture.domain_list is not DomainList.UNMANAGED:
        yield Area.DOMAINS
    if manages_trust(policy.posture):
        yield Area.TRUST
    if policy.posture.conditional_access:
        yield Area.CONDITIONAL_ACCESS
    if wanted_roles(policy):
        yield Area.AZURE
    if wanted_reviews(policy):
        yield Area.REVIEWS


def _roles_of(change: Change | None, wanted: Sequence[AzureRole]) -> Sequence[AzureRole]:
    """For one change it is enough to look at its own group."""
    if not isinstance(change, AssignRole):
        return wanted
    return [role for role in wanted if role.group == change.group and role.scope == change.scope]
