"""Whose second factor and whose devices count here, by default and partner by partner."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from b2b.domain.policy import Posture, Trust
from b2b.domain.tenant.change import (
    Change,
    Comparison,
    Remark,
    SetDefaultTrust,
    SetPartnerTrust,
    Tone,
    Trusts,
)


@dataclass(frozen=True, slots=True)
class CrossTenant:
    """`partners` holds those with settings of their own; None: inherited from the default."""

    default: Trusts
    partners: Mapping[str, Trusts | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Homes:
    """The tenants that partners' domains lead to, by partner, and the domains without any."""

    tenants: tuple[tuple[str, str], ...] = ()  # partner, tenant
    unknown: tuple[str, ...] = ()


def asks_for_homes(posture: Posture) -> bool:
    return Trust.PARTNERS in (posture.trust_mfa, posture.trust_devices)


def manages_trust(posture: Posture) -> bool:
    return {posture.trust_mfa, posture.trust_devices} != {Trust.UNMANAGED}


def compare_trust(found: CrossTenant, posture: Posture, homes: Homes) -> Comparison:
    """Partners come first: nobody loses the trust of the default before having their own."""
    default = _by_default(found.default, posture)
    changes: list[Change] = []
    remarks: list[Remark] = []
    if asks_for_homes(posture):
        changes += _partners(found, posture, homes)
        remarks += _without_tenant(homes)
    if default != found.default:
        changes.append(SetDefaultTrust(found.default, default))
    remarks += _stricter(found, posture, homes)
    return Comparison(tuple(changes), tuple(remarks))


def waits_for_others(change: Change, now: Comparison) -> bool:
    """The default is not closed while a partner still lives by it."""
    if not isinstance(change, SetDefaultTrust):
        return False
    return any(isinstance(one, SetPartnerTrust) for one in now.changes)


def _by_default(is_now: Trusts, posture: Posture) -> Trusts:
    mfa = _kept(is_now.mfa, posture.trust_mfa)
    compliant = _kept(is_now.compliant, posture.trust_devices)
    return Trusts(mfa, compliant, _kept(is_now.joined, posture.trust_devices))


def _kept(is_now: bool, wanted: Trust) -> bool:
    return is_now if wanted is Trust.UNMANAGED else wanted is Trust.EVERYONE


def _partners(found: CrossTenant, posture: Posture, homes: Homes) -> list[Change]:
    changes: list[Change] = []
    for name, tenant in homes.tenants:
        known = tenant in found.partners
        before = found.partners.get(tenant)
        after = _of_partner(before or found.default, posture)
        if after != before:
            changes.append(SetPartnerTrust(name, tenant, known, before, after))
    return changes


def _of_partner(is_now: Trusts, posture: Posture) -> Trusts:
    """What the policy does not manage stays as it is in effect today."""
    after = is_now
    if posture.trust_mfa is Trust.PARTNERS:
        after = replace(after, mfa=True)
    if posture.trust_devices is Trust.PARTNERS:
        after = replace(after, compliant=True, joined=True)
    return after


def _without_tenant(homes: Homes) -> list[Remark]:
    if not homes.unknown:
        return []
    words = f"No tenant stands behind {', '.join(homes.unknown)}: there is nothing to trust there."
    return [Remark(Tone.STRICTER, words)]


def _stricter(found: CrossTenant, posture: Posture, homes: Homes) -> list[Remark]:
    """A tenant that is trusted less than everybody: somebody meant it."""
    managed = {tenant for _, tenant in homes.tenants} if asks_for_homes(posture) else set()
    return [
        Remark(
            Tone.STRICTER,
            f"Tenant {tenant} is trusted less than the policy asks for everyone, and left so.",
        )
        for tenant, trusts in sorted(found.partners.items())
        if trusts is not None and tenant not in managed and _less(trusts, posture)
    ]


def _less(trusts: Trusts, posture: Posture) -> bool:
    mfa = posture.trust_mfa is Trust.EVERYONE and not trusts.mfa
    devices = posture.trust_devices is Trust.EVERYONE and not (trusts.compliant and trusts.joined)
    return mfa or devices
