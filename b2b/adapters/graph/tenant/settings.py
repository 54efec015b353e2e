"""What the tenant has decided for everybody: invitations, domains, organizations, redemption."""

import json
from typing import Any

from pydantic import Field

from b2b.adapters.graph.tenant.asking import Asking
from b2b.adapters.graph.tenant.source import Source, Wire
from b2b.domain.policy import GuestAccess, InvitationsFrom
from b2b.domain.posture.tenant import (
    Authorization,
    CrossTenantRules,
    DomainList,
    Licence,
    Redemption,
    Trust,
)

POLICIES = "Policy.Read.All"
# https://learn.microsoft.com/entra/identity/users/users-restrict-guest-permissions
ACCESS_OF_ROLE = {
    "a0b1b346-4d3e-4e8b-98f8-753987be4970": GuestAccess.MEMBER,
    "10dae51f-b6af-4016-8d66-8c2a99b929b3": GuestAccess.LIMITED,
    "2af84b1e-32c8-42b7-82bc-daa82404023b": GuestAccess.RESTRICTED,
}
PLANS = {
    "41781fb2-bc02-4b7c-bd55-b576c07bb09d": Licence.P1,
    "eec0eb4f-6444-4f95-aba0-50c24d67f998": Licence.P2,
    "e866a266-3cff-43a3-acca-0c90a7e00c8b": Licence.GOVERNANCE,
}
IN_FORCE = frozenset({"Enabled", "Warning"})
ROOT, LISTS = "B2BManagementPolicy", "InvitationsAllowedAndBlockedDomainsPolicy"


class _Authorization(Wire):
    allow_invites_from: str | None
    guest_user_role_id: str | None


async def authorization(asking: Asking) -> Authorization:
    source = Source(path="/policies/authorizationPolicy", permission=POLICIES)
    read = await asking.one(source, _Authorization)
    known = {str(one): one for one in InvitationsFrom}
    return Authorization(
        invitations_from=known.get(read.allow_invites_from or ""),
        guest_access=ACCESS_OF_ROLE.get((read.guest_user_role_id or "").lower()),
    )


class _ManagementPolicy(Wire):
    definition: tuple[str, ...] = ()
    is_organization_default: bool | None = None


async def domain_list(asking: Asking) -> DomainList:
    """https://learn.microsoft.com/graph/api/resources/b2bmanagementpolicy: beta only."""
    source = Source(
        path="/policies/b2bManagementPolicies",
        permission="Policy.Read.B2BManagementPolicy",
        beta=True,
    )
    read = await asking.every(source, _ManagementPolicy)
    default = next((one for one in read if one.is_organization_default), None)
    if default is None or not default.definition:
        return DomainList(exists=default is not None)
    return _domains(default.definition[0])


def _domains(definition: str) -> DomainList:
    try:
        rules = _loaded(definition)[ROOT].get(LISTS) or {}
        return DomainList(
            exists=True,
            allowed=_names(rules.get("AllowedDomains")),
            blocked=_names(rules.get("BlockedDomains")),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return DomainList(exists=True, readable=False)


def _loaded(definition: str) -> Any:
    try:
        return json.loads(definition)
    except ValueError:  # Microsoft's own sample has single quotes
        return json.loads(definition.replace("'", '"'))


def _names(listed: Any) -> frozenset[str] | None:
    return None if listed is None else frozenset(str(name).strip().lower() for name in listed)


class _Target(Wire):
    target: str | None = None


class _Side(Wire):
    access_type: str | None = None
    targets: list[_Target] | None = None

    @property
    def blocks_all(self) -> bool:
        everything = {"AllUsers", "AllApplications"}
        return self.access_type == "blocked" and any(
            one.target in everything for one in self.targets or ()
        )


class _Both(Wire):
    users_and_groups: _Side | None = None
    applications: _Side | None = None

    @property
    def blocked(self) -> bool:
        return any(side.blocks_all for side in (self.users_and_groups, self.applications) if side)

    @property
    def allowed(self) -> bool:
        sides = (self.users_and_groups, self.applications)
        return all(side is not None and side.access_type == "allowed" for side in sides)


class InboundTrust(Wire):
    is_mfa_accepted: bool | None = None
    is_compliant_device_accepted: bool | None = None
    is_hybrid_azure_a_d_joined_device_accepted: bool | None = None


class _Consent(Wire):
    inbound_allowed: bool | None = None


class _Redemption(Wire):
    primary_identity_provider_precedence_order: list[str] | None = None
    fallback_identity_provider: str | None = None


class _CrossTenant(Wire):
    """Null inherits from the default; a property that is missing is no null."""

    tenant_id: str = ""
    b2b_collaboration_inbound: _Both | None = Field(alias="b2bCollaborationInbound")
    b2b_direct_connect_inbound: _Both | None = Field(alias="b2bDirectConnectInbound")
    inbound_trust: InboundTrust | None
    automatic_user_consent_settings: _Consent | None
    invitation_redemption_identity_provider_configuration: _Redemption | None = None

    def rules(self) -> CrossTenantRules:
        come, direct = self.b2b_collaboration_inbound, self.b2b_direct_connect_inbound
        consent, trust = self.automatic_user_consent_settings, self.inbound_trust or InboundTrust()
        return CrossTenantRules(
            tenant=self.tenant_id,
            collaboration_blocked=come.blocked if come else None,
            direct_connect_allowed=direct.allowed if direct else None,
            consents_automatically=consent.inbound_allowed if consent else None,
            trust=Trust(
                mfa=trust.is_mfa_accepted,
                compliant_device=trust.is_compliant_device_accepted,
                joined_device=trust.is_hybrid_azure_a_d_joined_device_accepted,
            ),
        )

    def redemption(self) -> Redemption:
        held = self.invitation_redemption_identity_provider_configuration or _Redemption()
        order = held.primary_identity_provider_precedence_order or ()
        return Redemption(order=tuple(order), fallback=held.fallback_identity_provider or "")


async def cross_tenant_default(asking: Asking) -> tuple[CrossTenantRules, Redemption]:
    source = Source(path="/policies/crossTenantAccessPolicy/default", permission=POLICIES)
    read = await asking.one(source, _CrossTenant)
    return read.rules(), read.redemption()


async def cross_tenant_partners(asking: Asking) -> tuple[CrossTenantRules, ...]:
    source = Source(path="/policies/crossTenantAccessPolicy/partners", permission=POLICIES)
    return tuple([one.rules() async for one in asking.each(source, _CrossTenant)])


class _Email(Wire):
    allow_external_id_to_use_email_otp: str


async def one_time_passcode(asking: Asking) -> str:
    """https://learn.microsoft.com/graph/api/resources/emailauthenticationmethodconfiguration"""
    path = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/email"
    source = Source(path=path, permission=POLICIES)
    return (await asking.one(source, _Email)).allow_external_id_to_use_email_otp


class _Switch(Wire):
    is_enabled: bool


async def security_defaults(asking: Asking) -> bool:
    path = "/policies/identitySecurityDefaultsEnforcementPolicy"
    return (await asking.one(Source(path=path, permission=POLICIES), _Switch)).is_enabled


class _Plan(Wire):
    service_plan_id: str
    provisioning_status: str = ""


class _Sku(Wire):
    capability_status: str = ""
    service_plans: tuple[_Plan, ...] = ()


async def licences(asking: Asking) -> frozenset[Licence]:
    source = Source(path="/subscribedSkus", permission="LicenseAssignment.Read.All")
    return frozenset(
        [
            PLANS[plan.service_plan_id.lower()]
            async for sku in asking.each(source, _Sku)
            if sku.capability_status in IN_FORCE
            for plan in sku.service_plans
            if plan.provisioning_status == "Success" and plan.service_plan_id.lower() in PLANS
        ]
    )
