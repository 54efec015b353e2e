"""Conditional Access policies, as the rule about second factors reads them.

One request a second for all apps of the tenant, and a 429 names no time:
https://learn.microsoft.com/graph/throttling-limits (page of 2026-02-06).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from b2b.adapters.graph.pacing import Budget
from b2b.adapters.graph.tenant.asking import Asking
from b2b.adapters.graph.tenant.source import Source, Wire
from b2b.domain.posture.conditional_access import (
    AccessRule,
    External,
    Grant,
    People,
    Reach,
    RuleState,
)


class _Tenants(Wire):
    type: str = Field(default="", alias="@odata.type")
    membership_kind: str | None = None

    @property
    def every(self) -> bool:
        return self.membership_kind == "all" or self.type.endswith("AllExternalTenants")


class _External(Wire):
    guest_or_external_user_types: str | None = None
    external_tenants: _Tenants | None = None

    def value(self) -> External | None:
        kinds = (self.guest_or_external_user_types or "").split(",")
        types = frozenset(kind.strip() for kind in kinds) - {"", "none"}
        tenants = self.external_tenants
        every = tenants is None or tenants.every
        return External(types=types, every_tenant=every) if types else None


class _Users(Wire):
    include_users: list[str] | None = None
    include_groups: list[str] | None = None
    include_roles: list[str] | None = None
    include_guests_or_external_users: _External | None = None
    exclude_users: list[str] | None = None
    exclude_groups: list[str] | None = None
    exclude_roles: list[str] | None = None
    exclude_guests_or_external_users: _External | None = None

    def included(self) -> People:
        kinds = self.include_guests_or_external_users
        return _people(self.include_users, self.include_groups, self.include_roles, kinds)

    def excluded(self) -> People:
        kinds = self.exclude_guests_or_external_users
        return _people(self.exclude_users, self.exclude_groups, self.exclude_roles, kinds)


def _people(
    users: Sequence[str] | None,
    groups: Sequence[str] | None,
    roles: Sequence[str] | None,
    external: _External | None,
) -> People:
    return People(
        users=frozenset(users or ()),
        groups=frozenset(groups or ()),
        roles=frozenset(roles or ()),
        external=external.value() if external else None,
    )


class _Applications(Wire):
    include_applications: list[str] | None = None
    exclude_applications: list[str] | None = None
    application_filter: dict[str, Any] | None = None


class _Platforms(Wire):
    include_platforms: list[str] | None = None
    exclude_platforms: list[str] | None = None


class _Locations(Wire):
    include_locations: list[str] | None = None
    exclude_locations: list[str] | None = None


class _Devices(Wire):
    device_filter: dict[str, Any] | None = None


class _Flows(Wire):
    transfer_methods: str | None = None


class _Conditions(Wire):
    users: _Users | None = None
    applications: _Applications | None = None
    client_app_types: list[str] | None = None
    platforms: _Platforms | None = None
    locations: _Locations | None = None
    devices: _Devices | None = None
    authentication_flows: _Flows | None = None
    insider_risk_levels: str | None = None
    sign_in_risk_levels: list[str] | None = None
    user_risk_levels: list[str] | None = None

    def reach(self) -> Reach:
        apps = self.applications or _Applications()
        return Reach(
            every_app="All" in (apps.include_applications or ()),
            left_out_apps=bool(apps.exclude_applications or apps.application_filter),
            client_apps=frozenset(self.client_app_types or ()),
            narrowed=tuple(self._narrowed()),
        )

    def _narrowed(self) -> Iterator[str]:
        platforms, locations = self.platforms or _Platforms(), self.locations or _Locations()
        if _chosen(platforms.include_platforms, "all") or platforms.exclude_platforms:
            yield "platforms"
        if _chosen(locations.include_locations, "All") or locations.exclude_locations:
            yield "locations"
        if self.sign_in_risk_levels or self.user_risk_levels:
            yield "risk levels"
        if self.insider_risk_levels:
            yield "insider risk"
        if self.devices and self.devices.device_filter:
            yield "a filter on devices"
        if self.authentication_flows and self.authentication_flows.transfer_methods not in (
            None,
            "none",
        ):
            yield "authentication flows"


def _chosen(listed: Sequence[str] | None, everything: str) -> bool:
    return bool(listed) and everything not in (listed or ())


class _Strength(Wire):
    requirements_satisfied: str | None = None


class _Grant(Wire):
    operator: str | None = None
    built_in_controls: list[str] | None = None
    custom_authentication_factors: list[str] | None = None
    terms_of_use: list[str] | None = None
    authentication_strength: _Strength | None = None

    def value(self) -> Grant:
        controls = frozenset(self.built_in_controls or ())
        others = controls - {"mfa"}
        others |= {"terms of use"} if self.terms_of_use else set()
        others |= {"custom factors"} if self.custom_authentication_factors else set()
        strength = self.authentication_strength
        satisfied = (strength.requirements_satisfied or "") if strength else ""
        return Grant(
            mfa="mfa" in controls,
            strength_is_mfa="mfa" in satisfied.replace(" ", "").split(",") if strength else None,
            others=others,
            any_is_enough=self.operator == "OR",
        )


class _Rule(Wire):
    display_name: str
    state: str
    conditions: _Conditions
    grant_controls: _Grant | None = None

    def value(self) -> AccessRule:
        users = self.conditions.users or _Users()
        known = {str(one): one for one in RuleState}
        return AccessRule(
            name=self.display_name,
            state=known.get(self.state, RuleState.REPORT_ONLY),  # unknown: not enforced for sure
            include=users.included(),
            exclude=users.excluded(),
            grant=(self.grant_controls or _Grant()).value(),
            reach=self.conditions.reach(),
        )


async def access_rules(asking: Asking) -> tuple[AccessRule, ...]:
    source = Source(
        path="/identity/conditionalAccess/policies",
        permission="Policy.Read.All",
        licence="P1",
        budget=Budget.PROTECTION,
    )
    return tuple([one.value() async for one in asking.each(source, _Rule)])
