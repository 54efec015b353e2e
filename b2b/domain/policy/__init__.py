"""What is allowed: who may come from where, into which groups, for how long, asked by whom."""

from b2b.domain.policy.admission import Admission, admit
from b2b.domain.policy.lifecycle import Brake, Exemption, Lifecycle, Mode
from b2b.domain.policy.mail import MailTerms
from b2b.domain.policy.partner import (
    UPLOADS,
    AccessPackage,
    AccessPackageId,
    AssignmentPolicyId,
    Partner,
    PartnerDomain,
    UserType,
)
from b2b.domain.policy.posture import GuestAccess, InvitationsFrom, Posture
from b2b.domain.policy.terms import REFUSE, Claim, Policy

__all__ = [
    "REFUSE",
    "UPLOADS",
    "AccessPackage",
    "AccessPackageId",
    "Admission",
    "AssignmentPolicyId",
    "Brake",
    "Claim",
    "Exemption",
    "GuestAccess",
    "InvitationsFrom",
    "Lifecycle",
    "MailTerms",
    "Mode",
    "Partner",
    "PartnerDomain",
    "Policy",
    "Posture",
    "UserType",
    "admit",
]
