"""What is allowed: who may come from where, into which groups, for how long, asked by whom."""

from b2b.domain.policy.admission import (
    Admission,
    admit,
    changes,
    default_end,
    delivery_of,
    partner_of,
    serves,
    weigh,
)
from b2b.domain.policy.brakes import DEFAULT_BRAKES, DailyBrake, Effect
from b2b.domain.policy.intake import IntakeTerms
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
from b2b.domain.policy.posture import DomainList, GuestAccess, InvitationsFrom, Posture, Trust
from b2b.domain.policy.standing import AccessReview, AzureRole, Reviewers, Unanswered
from b2b.domain.policy.terms import REFUSE, Claim, Policy, WriteSponsors

__all__ = [
    "DEFAULT_BRAKES",
    "REFUSE",
    "UPLOADS",
    "AccessPackage",
    "AccessPackageId",
    "AccessReview",
    "Admission",
    "AssignmentPolicyId",
    "AzureRole",
    "Brake",
    "Claim",
    "DailyBrake",
    "DomainList",
    "Effect",
    "Exemption",
    "GuestAccess",
    "IntakeTerms",
    "InvitationsFrom",
    "Lifecycle",
    "MailTerms",
    "Mode",
    "Partner",
    "PartnerDomain",
    "Policy",
    "Posture",
    "Reviewers",
    "Trust",
    "Unanswered",
    "UserType",
    "WriteSponsors",
    "admit",
    "changes",
    "default_end",
    "delivery_of",
    "partner_of",
    "serves",
    "weigh",
]
