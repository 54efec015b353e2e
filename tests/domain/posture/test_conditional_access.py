"""The rule about second factors: what is a pass, and the many things that only look like one."""

from dataclasses import replace
from typing import Any

import pytest

from b2b.domain.policy import Partner, PartnerDomain, UserType
from b2b.domain.posture import Cause, NotReadable, Status
from b2b.domain.posture.conditional_access import (
    COLLABORATION_GUEST,
    COLLABORATION_MEMBER,
    AccessRule,
    External,
    Grant,
    People,
    Reach,
    RuleState,
)
from b2b.domain.posture.tenant import Holder, RoleHolders
from tests.domain.posture.tenants import ADMIN, BREAK_GLASS, GUEST, POLICY, RULE, result, tenant

STAFF, GUESTS_IN, ROLE = "group-of-staff", "group-with-guests", "role-of-a-guest"
KNOWN: dict[str, Any] = {
    "guests_left_out": {STAFF: 0, GUESTS_IN: 3},
    "roles": RoleHolders(holders=(Holder(guest=GUEST, role=ROLE),)),
}
UNREAD = NotReadable(
    cause=Cause.PERMISSION, needs="Some.Read.All", sentence="This app lacks Some.Read.All."
)


def people(*users: str, **more: Any) -> People:
    return People(users=frozenset(users), **more)


def kinds(*types: str, every: bool = True) -> External:
    return External(types=frozenset(types), every_tenant=every)


def rule(**changes: Any) -> AccessRule:
    return replace(RULE, **changes)


PASSES = {
    "guests of all organizations": RULE,
    "all users": rule(include=people("All")),
    "the older word for guests": rule(include=people("GuestsOrExternalUsers")),
    "more kinds than wanted": rule(
        include=People(external=kinds(COLLABORATION_GUEST, "internalGuest"))
    ),
    "a strength that is a second factor": rule(grant=Grant(strength_is_mfa=True)),
    "a second factor and a device": rule(
        grant=Grant(mfa=True, others=frozenset({"compliantDevice"}))
    ),
    "an OR with one alternative": rule(grant=Grant(mfa=True, any_is_enough=True)),
    "all client apps by name": rule(
        reach=Reach(
            client_apps=frozenset(
                {"browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"}
            )
        )
    ),
    "emergency accounts left out": rule(exclude=people(BREAK_GLASS)),
    "a group of emergency accounts left out": rule(exclude=People(groups=frozenset({BREAK_GLASS}))),
    "a member left out": rule(exclude=people(ADMIN)),
    "a group without a guest left out": rule(exclude=People(groups=frozenset({STAFF}))),
    "a role that no guest holds left out": rule(exclude=People(roles=frozenset({"others"}))),
    "guests of another kind left out": rule(exclude=People(external=kinds("serviceProvider"))),
}
FAILS = {
    "report-only": (rule(state=RuleState.REPORT_ONLY), "report-only"),
    "switched off": (rule(state=RuleState.DISABLED), "No Conditional Access policy"),
    "no second factor": (
        rule(grant=Grant(others=frozenset({"compliantDevice"}))),
        "No Conditional Access policy",
    ),
    "a risk policy": (
        rule(grant=Grant(mfa=True, others=frozenset({"passwordChange"}))),
        "No Conditional Access policy",
    ),
    "a strength that is none": (rule(grant=Grant(strength_is_mfa=False)), "strength"),
    "or a device": (
        rule(grant=Grant(mfa=True, others=frozenset({"compliantDevice"}), any_is_enough=True)),
        "compliantDevice instead",
    ),
    "or terms": (
        rule(
            grant=Grant(
                strength_is_mfa=True, others=frozenset({"terms of use"}), any_is_enough=True
            )
        ),
        "terms of use instead",
    ),
    "chosen apps": (rule(reach=Reach(every_app=False)), "chosen apps"),
    "apps left out": (rule(reach=Reach(left_out_apps=True)), "leaves apps out"),
    "browsers only": (rule(reach=Reach(client_apps=frozenset({"browser"}))), "client apps"),
    "platforms": (rule(reach=Reach(narrowed=("platforms",))), "platforms"),
    "locations": (rule(reach=Reach(narrowed=("locations",))), "locations"),
    "risk levels": (rule(reach=Reach(narrowed=("risk levels",))), "risk levels"),
    "chosen organizations": (
        rule(include=People(external=kinds(COLLABORATION_GUEST, every=False))),
        "chosen organizations",
    ),
    "other kinds of guests": (
        rule(include=People(external=kinds("serviceProvider"))),
        "No Conditional Access policy",
    ),
    "a group": (rule(include=People(groups=frozenset({"g"}))), "chosen users, groups or roles"),
    "a role": (rule(include=People(roles=frozenset({"r"}))), "chosen users, groups or roles"),
    "chosen users": (rule(include=people(GUEST)), "chosen users, groups or roles"),
    "nobody": (rule(include=people("None")), "No Conditional Access policy"),
    "all guests left out": (
        rule(include=people("All"), exclude=people("GuestsOrExternalUsers")),
        "leaves all guests out",
    ),
    "a guest left out": (rule(exclude=people(GUEST)), "leaves accounts out"),
    "a group with a guest left out": (
        rule(exclude=People(groups=frozenset({GUESTS_IN, STAFF}))),
        "leaves groups out with guests among them (1)",
    ),
    "a role of a guest left out": (
        rule(exclude=People(roles=frozenset({ROLE}))),
        "leaves the holders of roles out with guests among them (1)",
    ),
    "the kind left out": (
        rule(include=people("All"), exclude=People(external=kinds(COLLABORATION_GUEST))),
        "leaves b2bCollaborationGuest out",
    ),
    "the kind left out for chosen organizations": (
        rule(exclude=People(external=kinds(COLLABORATION_GUEST, every=False))),
        "of chosen organizations out",
    ),
}


@pytest.mark.parametrize("case", PASSES.values(), ids=PASSES)
def test_a_pass(case: AccessRule) -> None:
    assert result("mfa.guests", tenant(access_rules=(case,), **KNOWN)).status is Status.PASSED


@pytest.mark.parametrize(("case", "gap"), FAILS.values(), ids=FAILS)
def test_only_looks_like_a_pass(case: AccessRule, gap: str) -> None:
    told = result("mfa.guests", tenant(access_rules=(case,), **KNOWN))

    assert told.status is Status.FAILED
    assert gap in told.finding.found


NOT_KNOWN: dict[str, tuple[AccessRule, dict[str, Any]]] = {
    "groups": (rule(exclude=People(groups=frozenset({STAFF}))), {"guests_left_out": UNREAD}),
    "roles": (rule(exclude=People(roles=frozenset({ROLE}))), {"roles": UNREAD}),
    "accounts": (rule(exclude=people(ADMIN)), {"guests": UNREAD}),
}


@pytest.mark.parametrize("what", NOT_KNOWN)
def test_what_cannot_be_read_is_not_known_and_says_what_is_missing(what: str) -> None:
    case, unread = NOT_KNOWN[what]
    told = result("mfa.guests", tenant(access_rules=(case,), **KNOWN | unread))

    assert told.status is Status.UNCLEAR
    assert told.finding.found.startswith("Not known: 'MFA for guests' leaves ")
    assert what in told.finding.found
    assert "Some.Read.All" in told.finding.found


def test_a_gap_beside_what_is_not_known_is_a_gap() -> None:
    case = rule(exclude=People(groups=frozenset({STAFF})), state=RuleState.REPORT_ONLY)
    told = result("mfa.guests", tenant(access_rules=(case,), guests_left_out=UNREAD))

    assert told.status is Status.FAILED


def test_a_group_beyond_those_that_were_looked_at_is_not_known() -> None:
    case = rule(exclude=People(groups=frozenset({"one-of-many"})))

    assert result("mfa.guests", tenant(access_rules=(case,), **KNOWN)).status is Status.UNCLEAR


def test_another_policy_without_doubt_is_a_pass_beside_one_that_is_not_known() -> None:
    case = rule(exclude=People(groups=frozenset({STAFF})))
    told = result("mfa.guests", tenant(access_rules=(case, RULE), guests_left_out=UNREAD))

    assert told.status is Status.PASSED


def test_a_group_without_guests_may_hold_members_from_outside_where_they_are_wanted() -> None:
    partner = Partner(
        name="P", domains=(PartnerDomain("partner.example"),), user_type=UserType.MEMBER
    )
    both = External(types=frozenset({COLLABORATION_GUEST, COLLABORATION_MEMBER}))
    case = rule(include=People(external=both), exclude=People(groups=frozenset({STAFF})))
    told = result(
        "mfa.guests", tenant(access_rules=(case,), **KNOWN), replace(POLICY, partners=(partner,))
    )

    assert told.status is Status.UNCLEAR


def test_one_whole_policy_is_enough_beside_others() -> None:
    rules = (*(case for case, _ in FAILS.values()), RULE)

    assert result("mfa.guests", tenant(access_rules=rules)).status is Status.PASSED


def test_a_gap_in_each_of_two_policies_is_no_pass() -> None:
    rules = (FAILS["platforms"][0], FAILS["locations"][0])

    assert result("mfa.guests", tenant(access_rules=rules)).status is Status.FAILED


def test_guests_made_members_are_wanted_where_the_policy_makes_them() -> None:
    partner = Partner(
        name="P", domains=(PartnerDomain("partner.example"),), user_type=UserType.MEMBER
    )
    policy = replace(POLICY, partners=(partner,))
    members = rule(include=People(external=kinds(COLLABORATION_MEMBER)), name="Members")

    assert result("mfa.guests", tenant(access_rules=(RULE,)), policy).status is Status.FAILED
    shared = tenant(access_rules=(RULE, members))
    assert result("mfa.guests", shared, policy).status is Status.PASSED
