"""Which addresses a tenant lets in, and what the guest behind one is called."""

import re
from typing import Final

from sandbox.directory.refusals import Refused, bad
from sandbox.directory.tenant import Tenant

# https://learn.microsoft.com/graph/api/resources/invitation; `+` is a setting of the tenant.
FORBIDDEN: Final = set('~!#$%^&*()=[]{}\\/|;:"<>?, ')
CLOSED: Final = (
    "Guest invitations not allowed for your company. Contact your company administrator "
    "for more details."
)
CROSS_TENANT: Final = (
    "This invitation is blocked by cross-tenant access settings. Admins in both your organization "
    "and the invited user's organization must configure cross-tenant access settings to allow "
    "the invitation."
)
OWN_DOMAIN: Final = (
    "This user cannot be invited because the domain of the user's email address is a verified "
    "domain of this directory."
)


def admit(address: str, tenant: Tenant) -> None:
    """What the tenant and the form of the address rule out before anyone is looked up."""
    if tenant.allow_invites_from in ("none", "adminsAndGuestInviters"):
        raise Refused(403, "Forbidden", CLOSED)
    local, at, domain = address.rpartition("@")
    if not at or not well_formed(local, domain, refuse_plus=tenant.refuse_plus):
        raise bad("The invited user email address is not valid.", "BadRequest")
    domain = domain.lower()
    if domain in map(str.lower, tenant.domains()):
        raise bad(OWN_DOMAIN, "BadRequest")
    if domain in map(str.lower, tenant.cross_tenant_blocked):
        raise bad(CROSS_TENANT, "BadRequest")
    allowed = [name.lower() for name in tenant.allowed_domains]
    if domain in map(str.lower, tenant.blocked_domains) or (allowed and domain not in allowed):
        raise bad(
            f"The domain '{domain}' is blocked by the policy of this directory.", "BadRequest"
        )


def well_formed(local: str, domain: str, *, refuse_plus: bool) -> bool:
    forbidden = FORBIDDEN | ({"+"} if refuse_plus else set())
    labels = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
    return (
        bool(local)
        and "@" not in local
        and not forbidden & set(local)
        and local[0] not in ".-"
        and local[-1] not in ".-"
        and re.fullmatch(rf"{labels}(\.{labels})+", domain) is not None
    )


def guest_name(address: str, tenant: Tenant) -> str:
    return f"{address.replace('@', '_')}#EXT#@{tenant.initial_domain}"
