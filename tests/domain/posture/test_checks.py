"""Every check in both directions, and honest about what could not be read."""

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from b2b.domain.finding import Severity
from b2b.domain.guest import GuestId
from b2b.domain.policy import (
    AccessPackage,
    AccessPackageId,
    AssignmentPolicyId,
    GuestAccess,
    InvitationsFrom,
    Lifecycle,
    Mode,
    Partner,
    PartnerDomain,
    Posture,
)
from b2b.domain.policy import Trust as Reach
from b2b.domain.posture import CHECKS, Cause, NotReadable, Oddities, Status, Tenant, judge
from b2b.domain.posture.checks.access import TO_TAKE_OVER
from b2b.domain.posture.tenant import (
    Authorization,
    CrossTenantRules,
    Detections,
    DomainList,
    ExternalLifecycle,
    GroupRules,
    GuestGroup,
    GuestGroups,
    Holder,
    Licence,
    LifecyclePolicy,
    Owned,
    Redemption,
    Review,
    ReviewOutcome,
    RiskyGuest,
    RoleHolders,
    Trust,
)
from b2b.domain.request import GroupId
from tests.domain.posture.tenants import GUEST, LISTED, POLICY, REVIEW, RULE, SOUND, result, tenant

NO, YES, WHO = Status.FAILED, Status.PASSED, Status.UNCLEAR
NOT_READ = NotReadable(cause=Cause.ERROR, sentence="The directory answered 503.")


def allows(setting: InvitationsFrom | None) -> dict[str, Any]:
    return {"authorization": Authorization(invitations_from=setting, guest_access=None)}


def sees(access: GuestAccess | None) -> dict[str, Any]:
    return {"authorization": Authorization(invitations_from=None, guest_access=access)}


def domains(**lists: Any) -> dict[str, Any]:
    held: dict[str, Any] = {name: frozenset(names) for name, names in lists.items()}
    return {"domain_list": DomainList(exists=True, **held)}


def default(**rules: Any) -> dict[str, Any]:
    return {"cross_tenant_default": CrossTenantRules(**rules)}


def organization(**rules: Any) -> dict[str, Any]:
    return {"cross_tenant_partners": (CrossTenantRules(tenant="other", **rules),)}


def holds(role: str, **how: Any) -> dict[str, Any]:
    return {"roles": RoleHolders(holders=(Holder(guest=GUEST, role=role, **how),))}


def grouped(group: str, **how: Any) -> dict[str, Any]:
    held = GuestGroup(id=GroupId(group), name=f"Name of {group}", guests=2, **how)
    return {"guest_groups": GuestGroups(groups=(held,), looked_at=1)}


def reviewed(**last: Any) -> dict[str, Any]:
    outcome: dict[str, Any] = {"ended": date(2026, 11, 1), "decisions": {"Approve": 1}} | last
    return {"reviews": (replace(REVIEW, last=ReviewOutcome(**outcome)),)}


def acts(enabled: bool) -> dict[str, Any]:
    return {"lifecycle_policies": (LifecyclePolicy(name="x", enabled=enabled),)}


CASES: list[tuple[str, dict[str, Any], Status]] = [
    ("invitations.who", {}, YES),
    ("invitations.who", allows(InvitationsFrom.NONE), YES),
    ("invitations.who", allows(InvitationsFrom.ADMINS), YES),
    ("invitations.who", allows(InvitationsFrom.EVERYONE), NO),
    ("invitations.who", allows(None), WHO),
    ("invitations.app", {}, YES),
    ("invitations.app", allows(InvitationsFrom.EVERYONE), YES),
    ("invitations.app", allows(InvitationsFrom.ADMINS), WHO),
    ("invitations.app", allows(InvitationsFrom.NONE), NO),
    ("invitations.app", allows(None), WHO),
    ("guests.rights", {}, YES),
    ("guests.rights", sees(GuestAccess.LIMITED), NO),
    ("guests.rights", sees(GuestAccess.MEMBER), NO),
    ("guests.rights", sees(None), WHO),
    ("invitations.domains", {}, YES),
    ("invitations.domains", {"domain_list": DomainList(exists=False)}, NO),
    ("invitations.domains", domains(allowed=()), WHO),
    ("invitations.domains", domains(allowed=(), blocked=()), WHO),
    ("invitations.domains", domains(blocked=()), WHO),
    ("invitations.domains", domains(allowed=("a.example",), blocked=("b.example",)), WHO),
    ("invitations.domains", domains(allowed=("other.example",)), NO),
    ("invitations.domains", domains(allowed=("partner.example", "other.example")), NO),
    ("invitations.domains", domains(blocked=("bad.example",)), YES),
    ("invitations.domains", domains(blocked=("bad.example",), allowed=()), YES),
    ("invitations.domains", domains(blocked=("partner.example",)), NO),
    ("invitations.domains", {"domain_list": DomainList(exists=True, readable=False)}, WHO),
    ("crosstenant.default", {}, YES),
    ("crosstenant.default", default(direct_connect_allowed=True), NO),
    ("crosstenant.default", default(consents_automatically=True), NO),
    ("crosstenant.default", default(collaboration_blocked=True), NO),
    ("crosstenant.partners", {}, YES),
    ("crosstenant.partners", organization(), YES),
    ("crosstenant.partners", organization(direct_connect_allowed=True), NO),
    ("crosstenant.partners", organization(consents_automatically=True), NO),
    ("crosstenant.partners", organization(collaboration_blocked=True), WHO),
    ("crosstenant.trust", {}, YES),
    ("crosstenant.trust", default(trust=Trust(mfa=True)), YES),
    ("crosstenant.trust", default(trust=Trust(compliant_device=True)), NO),
    ("crosstenant.trust", default(trust=Trust(joined_device=True)), NO),
    ("crosstenant.trust", organization(trust=Trust(compliant_device=True)), YES),
    ("redemption.order", {}, YES),
    ("redemption.order", {"redemption": Redemption()}, WHO),
    ("redemption.order", {"redemption": Redemption(fallback="microsoftAccount")}, NO),
    (
        "redemption.order",
        {"redemption": Redemption(order=("socialIdentityProviders", "azureActiveDirectory"))},
        NO,
    ),
    ("redemption.passcode", {}, YES),
    ("redemption.passcode", {"one_time_passcode": "enabled"}, YES),
    ("redemption.passcode", {"one_time_passcode": "disabled"}, NO),
    ("redemption.passcode", {"one_time_passcode": "unknownFutureValue"}, WHO),
    ("mfa.guests", {}, YES),
    ("mfa.guests", {"access_rules": ()}, NO),
    ("mfa.guests", {"access_rules": (), "security_defaults": True}, WHO),
    ("security.defaults", {}, YES),
    ("security.defaults", {"access_rules": (), "security_defaults": True}, YES),
    ("security.defaults", {"access_rules": ()}, NO),
    ("security.defaults", {"security_defaults": True}, WHO),
    ("security.defaults", {"access_rules": NOT_READ}, WHO),
    ("licences", {}, YES),
    ("licences", {"licences": frozenset()}, NO),
    ("licences", {"licences": frozenset({Licence.P1})}, YES),
    ("guests.roles", {}, YES),
    ("guests.roles", {"roles": RoleHolders(eligible_read=False)}, YES),
    ("guests.roles", holds("some-role"), NO),
    ("guests.roles", holds("some-role", eligible=True), NO),
    ("guests.owners", {}, YES),
    ("guests.owners", {"owned_groups": (Owned(guest=GUEST, kind="group", name="G"),)}, NO),
    ("guests.owners", {"owned_apps": (Owned(guest=GUEST, kind="app", name="A"),)}, NO),
    ("guests.owners", {"owned_apps": NOT_READ}, Status.NOT_CHECKED),
    (
        "guests.owners",
        {
            "owned_apps": NOT_READ,
            "owned_groups": (Owned(guest=GUEST, kind="group", name="G"),),
        },
        NO,
    ),
    ("guests.groups", {}, YES),
    ("guests.groups", grouped("beyond"), NO),
    ("guests.groups", grouped(LISTED), YES),
    ("guests.groups", {"guest_groups": GuestGroups(looked_at=2000, left_out=1)}, WHO),
    ("groups.settings", {}, YES),
    ("groups.settings", {"group_rules": GroupRules(guests_may_own=True)}, NO),
    ("groups.settings", {"group_rules": GroupRules(guests_admitted=False)}, NO),
    ("groups.settings", {"group_rules": GroupRules(refusing=("Partners",))}, NO),
    ("reviews.guests", {}, YES),
    ("reviews.guests", {"reviews": ()}, NO),
    ("reviews.guests", {"reviews": (Review(name="x", covers=False, applies=True),)}, NO),
    ("reviews.guests", {"reviews": (Review(name="x", covers=True, applies=True),)}, WHO),
    ("reviews.guests", reviewed(decisions={"NotReviewed": 4}), NO),
    ("reviews.guests", reviewed(not_applied=1), NO),
    ("entitlement.lifecycle", {}, YES),
    ("entitlement.lifecycle", {"external_lifecycle": ExternalLifecycle(action="none")}, NO),
    ("entitlement.lifecycle", {"external_lifecycle": ExternalLifecycle(action="blockSignIn")}, YES),
    ("entitlement.lifecycle", {"external_lifecycle": ExternalLifecycle(action="sing")}, WHO),
    ("lifecycle.conflict", {}, YES),
    ("lifecycle.conflict", acts(True), NO),
    ("lifecycle.conflict", acts(False), YES),
    ("risk.guests", {}, YES),
    ("risk.guests", {"risky_guests": (RiskyGuest(guest=GUEST, level="low", state="atRisk"),)}, NO),
    ("risk.detections", {}, YES),
    (
        "risk.detections",
        {"detections": Detections(days=30, by_kind={"leak": 1}, guests=frozenset({GUEST}))},
        NO,
    ),
    ("signins.odd", {}, YES),
    ("signins.odd", {"oddities": Oddities(failing=(GUEST,))}, NO),
    ("signins.odd", {"oddities": Oddities(denying=(GUEST,))}, NO),
    ("signins.odd", {"oddities": Oddities(new_countries=((GUEST, "NL"),))}, NO),
]  # fmt: skip


@pytest.mark.parametrize(("check", "changes", "status"), CASES)
def test_a_check_judges(check: str, changes: dict[str, Any], status: Status) -> None:
    told = result(check, tenant(**changes))

    assert told.status is status, told.finding.found
    assert bool(told.missing) is (status is Status.NOT_CHECKED)


def test_every_check_is_tried_in_both_directions() -> None:
    tried = {(check, status) for check, _, status in CASES}

    assert {(check.id, status) for check in CHECKS for status in (YES, NO)} <= tried


def test_the_ids_are_unique_and_everything_is_told() -> None:
    told = [one.finding for one in judge(SOUND, POLICY)]

    assert len({one.id for one in told}) == len(told) == len(CHECKS)
    assert all(one.found and one.why and one.remedy and one.title for one in told)
    assert all(one.link.startswith("https://learn.microsoft.com/") for one in told)


NEEDED = {
    "authorization": {"invitations.who", "invitations.app", "guests.rights"},
    "domain_list": {"invitations.domains"},
    "cross_tenant_default": {"crosstenant.default", "crosstenant.trust"},
    "cross_tenant_partners": {"crosstenant.partners"},
    "redemption": {"redemption.order"},
    "one_time_passcode": {"redemption.passcode"},
    "access_rules": {"mfa.guests"},
    "security_defaults": {"security.defaults"},
    "licences": {"licences"},
    "guests": set(),  # read for the others' sake
    "guests_left_out": set(),  # asked for only if a rule leaves groups out
    "roles": {"guests.roles"},
    "owned_groups": {"guests.owners"},
    "owned_apps": {"guests.owners"},
    "guest_groups": {"guests.groups"},
    "group_rules": {"groups.settings"},
    "reviews": {"reviews.guests"},
    "external_lifecycle": {"entitlement.lifecycle"},
    "lifecycle_policies": {"lifecycle.conflict"},
    "risky_guests": {"risk.guests"},
    "detections": {"risk.detections"},
    "oddities": {"signins.odd"},
}


def test_the_table_of_sources_is_complete() -> None:
    assert NEEDED.keys() == {one.name for one in fields(Tenant)} - {"requests"}


@pytest.mark.parametrize("source", sorted(NEEDED))
def test_what_was_not_read_is_never_passed(source: str) -> None:
    told = judge(tenant(**{source: NOT_READ}), POLICY)
    unread = {one.finding.id for one in told if one.status is Status.NOT_CHECKED}

    assert unread == NEEDED[source]


@pytest.mark.parametrize(
    ("why", "missing"),
    [
        (NotReadable(cause=Cause.LICENCE, needs="P1", sentence=""), "P1"),
        (NotReadable(cause=Cause.LICENCE, needs="P2", sentence=""), "P2"),
        (
            NotReadable(cause=Cause.PERMISSION, needs="Policy.Read.All", sentence=""),
            "permission Policy.Read.All",
        ),
        (NotReadable(cause=Cause.BETA, sentence=""), "beta"),
        (NotReadable(cause=Cause.ERROR, sentence=""), "error"),
        (NotReadable(cause=Cause.EXPORT, sentence=""), "activity export"),
    ],
)
def test_what_is_missing_is_named(why: NotReadable, missing: str) -> None:
    assert result("risk.guests", tenant(risky_guests=why)).missing == missing


def test_nobody_may_invite_is_no_fault_of_the_setting() -> None:
    told = result("invitations.who", tenant(**allows(InvitationsFrom.NONE)))

    assert (told.status, told.finding.severity) == (Status.PASSED, Severity.INFO)


@pytest.mark.parametrize("wanted", list(InvitationsFrom))
@pytest.mark.parametrize("present", list(InvitationsFrom))
def test_the_more_closed_the_better(wanted: InvitationsFrom, present: InvitationsFrom) -> None:
    policy = replace(POLICY, posture=Posture(invitations_from=wanted))
    told = result("invitations.who", tenant(**allows(present)), policy)
    order = list(InvitationsFrom)

    assert (told.status is YES) == (order.index(present) <= order.index(wanted))


def test_without_a_wish_for_a_second_factor_none_is_missed() -> None:
    policy = replace(POLICY, posture=Posture(mfa_for_guests=False))

    assert result("mfa.guests", tenant(access_rules=()), policy).status is YES


def test_a_policy_that_takes_any_domain_needs_no_list() -> None:
    policy = replace(POLICY, unknown_domains="Partner")

    assert (
        result("invitations.domains", tenant(domain_list=DomainList(exists=False)), policy).status
        is YES
    )


def test_subdomains_of_a_partner_are_no_strangers() -> None:
    partner = Partner(name="P", domains=(PartnerDomain("partner.example", subdomains=True),))
    policy = replace(POLICY, partners=(partner,))
    listed = domains(allowed=("partner.example", "mail.partner.example"))

    assert result("invitations.domains", tenant(**listed), policy).status is YES


def test_access_packages_need_a_licence() -> None:
    package = AccessPackage(AccessPackageId("p"), AssignmentPolicyId("a"))
    partner = replace(POLICY.partners[0], access_packages={"Workspace": package})
    policy = replace(POLICY, partners=(partner,))

    assert result("licences", tenant(licences=frozenset({Licence.P1})), policy).status is NO
    assert result("licences", tenant(licences=frozenset({Licence.P2})), policy).status is YES


def test_the_role_decides_how_grave_it_is() -> None:
    global_administrator = next(iter(TO_TAKE_OVER))
    directory_readers = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"

    def gravity(role: str) -> Severity:
        return result("guests.roles", tenant(**holds(role))).finding.severity

    assert gravity(global_administrator) is Severity.CRITICAL
    assert gravity("some-role") is Severity.HIGH
    assert gravity(directory_readers) is Severity.LOW


def test_both_masters_at_work_are_graver_than_one_who_only_tells() -> None:
    active = tenant(lifecycle_policies=(LifecyclePolicy(name="x", enabled=True),))
    enforcing = replace(POLICY, lifecycle=Lifecycle(mode=Mode.ENFORCE))

    assert result("lifecycle.conflict", active, enforcing).finding.severity is Severity.HIGH
    assert result("lifecycle.conflict", active).finding.severity is Severity.LOW


def test_unread_lifecycle_policies_are_told_with_the_nearest_thing() -> None:
    unread = NotReadable(cause=Cause.BETA, sentence="Not offered.")
    told = result("lifecycle.conflict", tenant(lifecycle_policies=unread))

    assert told.status is Status.NOT_CHECKED
    assert "blockSignInAndDelete" in told.finding.found


def test_long_lists_are_cut_and_counted() -> None:
    owned = tuple(Owned(guest=GUEST, kind="group", name=f"G{n:02}") for n in range(14))
    found = result("guests.owners", tenant(owned_groups=owned)).finding.found

    assert "and 4 more" in found
    assert "G00" in found
    assert "G13" not in found


def test_a_name_cannot_speak_to_the_terminal() -> None:
    owned = (Owned(guest=GUEST, kind="group", name="\x1b[2J\x07\r\nNice\u202e"),)
    found = result("guests.owners", tenant(owned_groups=owned)).finding.found

    assert "Nice" in found
    assert found.isprintable()


def test_a_guest_is_told_by_mail() -> None:
    odd = tenant(oddities=Oddities(denying=(GUEST, GuestId("gone"))))
    found = result("signins.odd", odd).finding.found

    assert "ann@partner.example" in found
    assert "gone" in found


def test_a_policy_of_chosen_guests_is_told_with_its_gap() -> None:
    excluding = replace(RULE, exclude=replace(RULE.exclude, users=frozenset({GUEST})))
    found = result("mfa.guests", tenant(access_rules=(excluding,))).finding.found

    assert "'MFA for guests' leaves accounts out" in found


@pytest.mark.parametrize(
    ("wanted", "claims", "status"),
    [
        ({"trust_mfa": Reach.PARTNERS}, {"mfa": True}, NO),
        ({"trust_mfa": Reach.PARTNERS}, {}, YES),
        ({"trust_mfa": Reach.EVERYONE}, {"mfa": True}, YES),
        ({"trust_devices": Reach.EVERYONE}, {"compliant_device": True}, YES),
        ({"trust_devices": Reach.PARTNERS}, {"compliant_device": True}, NO),
    ],
)
def test_the_policy_says_whose_word_is_taken(
    wanted: dict[str, Reach], claims: dict[str, bool], status: Status
) -> None:
    policy = replace(POLICY, posture=replace(POLICY.posture, **wanted))  # type: ignore[arg-type]

    assert (
        result("crosstenant.trust", tenant(**default(trust=Trust(**claims))), policy).status
        is status
    )
