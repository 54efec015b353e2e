"""Which reads of the tenant each rule needs: a read that failed switches off exactly these rules.

Unknown never counts against anybody. What says who is to be left alone (roles, access packages,
exemptions) is needed by every rule, so without it nothing is done.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from b2b.domain.lifecycle.resident import Rule


class TenantRead(StrEnum):
    """What a night reads. The words stand in the codes of findings."""

    COUNT = "count"
    GUESTS = "guests"
    SIGN_INS = "sign_ins"
    EXEMPTION = "exemption"
    ROLES = "roles"
    PACKAGES = "access_packages"
    SPONSORS = "sponsors"
    ACCOUNTS = "accounts"  # managed guests that are not in the list of guests, one by one


_ALWAYS: Final = frozenset(
    {
        TenantRead.COUNT,
        TenantRead.GUESTS,
        TenantRead.EXEMPTION,
        TenantRead.ROLES,
        TenantRead.PACKAGES,
    }
)
NEEDS: Final[Mapping[Rule, frozenset[TenantRead]]] = {
    Rule.EXPIRED: _ALWAYS,
    Rule.UNREDEEMED: _ALWAYS,
    Rule.INACTIVE: _ALWAYS | {TenantRead.SIGN_INS},
    Rule.SPONSORLESS: _ALWAYS | {TenantRead.SPONSORS},
    Rule.ENDS_SOON: _ALWAYS,
}
"""The rules of a night; the others are people's wishes."""


def switched_off(failed: Collection[TenantRead]) -> tuple[Rule, ...]:
    """The rules that cannot be judged by when these reads failed, in the order of the table."""
    return tuple(rule for rule, needs in NEEDS.items() if not needs.isdisjoint(failed))


def stops(read: TenantRead) -> bool:
    """Whether a night without it can do nothing at all."""
    return len(switched_off([read])) == len(NEEDS)
