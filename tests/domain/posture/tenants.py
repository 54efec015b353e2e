"""A tenant in which all is in order, and a policy that it satisfies."""

from dataclasses import replace
from datetime import date
from typing import Any

from b2b.domain.guest import GuestId
from b2b.domain.policy import (
    GuestAccess,
    InvitationsFrom,
    Partner,
    PartnerDomain,
    Policy,
    Posture,
)
from b2b.domain.posture import CHECKS, Oddities, Result, Tenant, judge
from b2b.domain.posture.conditional_access import (
    COLLABORATION_GUEST,
    AccessRule,
    External,
    Grant,
    People,
    RuleState,
)
from b2b.domain.posture.tenant import (
    Authorization,
    CrossTenantRules,
    Detections,
    DomainList,
    ExternalLifecycle,
    GroupRules,
    GuestGroup,
    GuestGroups,
    Licence,
    Redemption,
    Review,
    ReviewOutcome,
    RoleHolders,
)
from b2b.domain.request import GroupId

GUEST, ADMIN, BREAK_GLASS = GuestId("guest-1"), "admin-1", "break-glass-1"
LISTED = GroupId("group-listed")
POLICY = Policy(
    version="v1",
    own_domains=("contoso.com",),
    partners=(
        Partner(
            name="Partner",
            domains=(PartnerDomain("partner.example"),),
            groups={"Partners": LISTED},
        ),
    ),
    posture=Posture(invitations_from=InvitationsFrom.MEMBERS, break_glass=(BREAK_GLASS,)),
)
RULE = AccessRule(
    name="MFA for guests",
    state=RuleState.ENABLED,
    include=People(external=External(types=frozenset({COLLABORATION_GUEST}))),
    exclude=People(users=frozenset({BREAK_GLASS})),
    grant=Grant(mfa=True),
)
REVIEW = Review(
    name="Guests",
    covers=True,
    applies=True,
    last=ReviewOutcome(ended=date(2026, 11, 1), decisions={"Approve": 3, "Deny": 1}),
)
SOUND = Tenant(
    authorization=Authorization(
        invitations_from=InvitationsFrom.MEMBERS, guest_access=GuestAccess.RESTRICTED
    ),
    domain_list=DomainList(exists=True, allowed=frozenset({"partner.example"})),
    cross_tenant_default=CrossTenantRules(
        collaboration_blocked=False, direct_connect_allowed=False
    ),
    cross_tenant_partners=(),
    redemption=Redemption(
        order=("azureActiveDirectory", "externalFederation"), fallback="emailOneTimePasscode"
    ),
    one_time_passcode="default",
    access_rules=(RULE,),
    security_defaults=False,
    licences=frozenset({Licence.P1, Licence.P2}),
    guests={GUEST: "ann@partner.example"},
    roles=RoleHolders(),
    owned_groups=(),
    owned_apps=(),
    guest_groups=GuestGroups(groups=(GuestGroup(id=LISTED, name="Partners", guests=3),)),
    group_rules=GroupRules(),
    reviews=(REVIEW,),
    external_lifecycle=ExternalLifecycle(action="blockSignInAndDelete", deleted_after="P30D"),
    lifecycle_policies=(),
    risky_guests=(),
    detections=Detections(days=30, by_kind={}),
    oddities=Oddities(),
)


def tenant(**changes: Any) -> Tenant:
    return replace(SOUND, **changes)


def result(check: str, of: Tenant = SOUND, policy: Policy = POLICY) -> Result:
    return next(one for one in judge(of, policy) if one.finding.id == check)


def policy(**changes: Any) -> Policy:
    """`posture` as keywords of their own: mfa_for_guests=False."""
    return replace(POLICY, **changes)


ALL = [check.id for check in CHECKS]
