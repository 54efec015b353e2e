"""Who counts as privileged in the directory: one definition for sweep, re-check and audit.

Privileged is who holds a directory role, may take one up, or is in a group that may hold roles,
whether it holds one now or not: Graph protects all of these from writes by an app without roles.
https://learn.microsoft.com/graph/api/resources/users#who-can-perform-sensitive-actions and
https://learn.microsoft.com/entra/identity/role-based-access-control/groups-concept (2026-11-29)

Who may only take up a *membership* of such a group, by PIM for Groups, is not known here: that list
needs PrivilegedEligibilitySchedule.Read.AzureADGroup, which the app does not hold.
https://learn.microsoft.com/graph/api/privilegedaccessgroupeligibilityschedule-get (2026-11-29)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

ROLES_MAY_BE_HELD: Final = "isAssignableToRole eq true"
"""The filter that finds the groups of the definition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Privileged:
    """What the definition is made of, of everybody or of one guest: ids of principals.

    `held` and `eligible`: of whoever a role is assigned to or kept ready for. `in_role_groups`:
    members of groups that may hold roles, also through other groups.
    """

    held: Iterable[str] = ()
    eligible: Iterable[str] = ()
    in_role_groups: Iterable[str] = ()

    def everybody(self) -> frozenset[str]:
        return frozenset((*self.held, *self.eligible, *self.in_role_groups))


def without_roles_to_take_up(status: int, code: str) -> bool:
    """Without the licence for eligible roles there are none."""
    return status == 400 and code == "AadPremiumLicenseRequired"
