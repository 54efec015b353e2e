"""What the tenant allows against what the policy wants: pure, one small function a check."""

from b2b.domain.policy import Policy
from b2b.domain.posture.checks import access, governance, invitations, partners, risk, sign_in
from b2b.domain.posture.oddities import BEFORE, RECENT, Oddities, OddityFold
from b2b.domain.posture.readable import Cause, NotReadable
from b2b.domain.posture.result import Check, Result, Status, look_at
from b2b.domain.posture.tenant import Tenant

CHECKS: tuple[Check, ...] = (
    *invitations.CHECKS,
    *partners.CHECKS,
    *sign_in.CHECKS,
    *risk.CHECKS,
    *access.CHECKS,
    *governance.CHECKS,
)


def judge(tenant: Tenant, policy: Policy) -> tuple[Result, ...]:
    """Every check, in the order of the catalogue."""
    return tuple(look_at(check, tenant, policy) for check in CHECKS)


__all__ = [
    "BEFORE",
    "CHECKS",
    "RECENT",
    "Cause",
    "Check",
    "NotReadable",
    "Oddities",
    "OddityFold",
    "Result",
    "Status",
    "Tenant",
    "judge",
]
