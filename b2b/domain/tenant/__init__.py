"""The tenant as the policy wants it, compared with the tenant as it is."""

from b2b.domain.tenant.change import (
    AddReview,
    AddRule,
    Area,
    AssignRole,
    Change,
    Comparison,
    DomainPolicy,
    Plan,
    Remark,
    SetDefaultTrust,
    SetDomains,
    SetGuestAccess,
    SetInvitations,
    SetPartnerTrust,
    Tone,
    Trusts,
    target,
    unread,
)
from b2b.domain.tenant.collaboration import Collaboration, compare_collaboration
from b2b.domain.tenant.diff import diff_of, lines_of, title_of
from b2b.domain.tenant.domains import compare_domains
from b2b.domain.tenant.reviewing import Review, compare_reviews, wanted_reviews
from b2b.domain.tenant.roles import Grant, Held, compare_roles, grant_of, wanted_roles
from b2b.domain.tenant.rule import Rule, compare_rules
from b2b.domain.tenant.sign_in import SignIn
from b2b.domain.tenant.trust import (
    CrossTenant,
    Homes,
    asks_for_homes,
    compare_trust,
    manages_trust,
    waits_for_others,
)

__all__ = [
    "AddReview",
    "AddRule",
    "Area",
    "AssignRole",
    "Change",
    "Collaboration",
    "Comparison",
    "CrossTenant",
    "DomainPolicy",
    "Grant",
    "Held",
    "Homes",
    "Plan",
    "Remark",
    "Review",
    "Rule",
    "SetDefaultTrust",
    "SetDomains",
    "SetGuestAccess",
    "SetInvitations",
    "SetPartnerTrust",
    "SignIn",
    "Tone",
    "Trusts",
    "asks_for_homes",
    "compare_collaboration",
    "compare_domains",
    "compare_reviews",
    "compare_roles",
    "compare_rules",
    "compare_trust",
    "diff_of",
    "grant_of",
    "lines_of",
    "manages_trust",
    "target",
    "title_of",
    "unread",
    "waits_for_others",
    "wanted_reviews",
    "wanted_roles",
]
