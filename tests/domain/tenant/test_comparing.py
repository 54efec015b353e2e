"""Each area of the tenant on both sides of every edge: what is changed, and what is only said."""

from datetime import date
from types import MappingProxyType

import pytest

from b2b.domain.policy import (
    AccessReview,
    DomainList,
    GuestAccess,
    InvitationsFrom,
    PartnerDomain,
    Posture,
    Reviewers,
    Trust,
)
from b2b.domain.tenant import (
    AddRule,
    Collaboration,
    CrossTenant,
    DomainPolicy,
    Held,
    Homes,
    Review,
    Rule,
    SetDefaultTrust,
    SetDomains,
    SetGuestAccess,
    SetInvitations,
    SetPartnerTrust,
    Tone,
    Trusts,
    compare_collaboration,
    compare_domains,
    compare_reviews,
    compare_roles,
    compare_rules,
    compare_trust,
    grant_of,
    lines_of,
    title_of,
    wanted_reviews,
    wanted_roles,
)
from b2b.domain.tenant.roles import assignment_id
from b2b.domain.tenant.rule import NAME
from tests.domain.tenant.examples import (
    GLASS,
    GROUP,
    SCOPE,
    partner,
    policy,
    with_review,
    with_role,
)

TODAY = date(2026, 11, 23)
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
HOME = "11111111-2222-4333-8444-555555555555"
NONE, ADMINS, MEMBERS, EVERYONE = InvitationsFrom


@pytest.mark.parametrize("wanted", InvitationsFrom)
@pytest.mark.parametrize("found", InvitationsFrom)
def test_only_what_is_more_open_than_wanted_is_closed(
    found: InvitationsFrom, wanted: InvitationsFrom
) -> None:
    order = [NONE, ADMINS, MEMBERS, EVERYONE]
    posture = Posture(invitations_from=wanted)
    compared = compare_collaboration(Collaboration(found, GuestAccess.RESTRICTED), posture)

    too_open = order.index(found) > order.index(wanted)
    assert compared.changes == ((SetInvitations(found, wanted),) if too_open else ())
    shuts_us_out = too_open and wanted in (NONE, ADMINS)
    tones = [one.tone for one in compared.remarks]
    stricter = order.index(found) < order.index(wanted)
    assert tones == [Tone.COSTLY] * shuts_us_out + [Tone.STRICTER] * stricter
    assert compared.sound


def test_a_policy_that_says_nothing_leaves_room_for_our_own_invitations() -> None:
    everyone = Collaboration(EVERYONE, GuestAccess.RESTRICTED)

    assert compare_collaboration(everyone, Posture()).changes == (
        SetInvitations(EVERYONE, MEMBERS),
    )


@pytest.mark.parametrize("wanted", GuestAccess)
@pytest.mark.parametrize("found", GuestAccess)
def test_the_rights_of_guests_are_only_ever_narrowed(
    found: GuestAccess, wanted: GuestAccess
) -> None:
    order = [GuestAccess.RESTRICTED, GuestAccess.LIMITED, GuestAccess.MEMBER]
    posture = Posture(guest_access=wanted)
    compared = compare_collaboration(Collaboration(ADMINS, found), posture)

    too_open = order.index(found) > order.index(wanted)
    assert compared.changes == ((SetGuestAccess(found, wanted),) if too_open else ())


class TestDomains:
    RULES = policy(
        partner("F", "a.example"), partner("L", "b.example"), domain_list=DomainList.PARTNERS
    )

    @pytest.mark.parametrize(
        ("found", "widen", "after"),
        [
            (DomainPolicy(), False, ("a.example", "b.example")),
            (DomainPolicy("1", ("a.example", "b.example")), False, None),
            (DomainPolicy("1", ("a.example", "b.example", "c.example")), False,
             ("a.example", "b.example")),
            (DomainPolicy("1", ("a.example",)), False, None),
            (DomainPolicy("1", ("a.example",)), True, ("a.example", "b.example")),
            (DomainPolicy("1", ("a.example", "c.example")), False, ("a.example",)),
            (DomainPolicy("1", ("c.example",)), False, None),
            (DomainPolicy("1", None, ("c.example",)), False, ("a.example", "b.example")),
            (DomainPolicy("1", None, ("b.example",)), False, ("a.example",)),
            (DomainPolicy("1", None, ("b.example",)), True, ("a.example", "b.example")),
            (DomainPolicy("1", ()), False, None),
            (DomainPolicy("1", ()), True, ("a.example", "b.example")),
            (DomainPolicy("1", (), ()), False, ("a.example", "b.example")),
        ],
    )  # fmt: skip
    def test_the_list_is_the_partners_and_never_opened_unasked(
        self, found: DomainPolicy, widen: bool, after: tuple[str, ...] | None
    ) -> None:
        compared = compare_domains(found, self.RULES, widen=widen)

        assert compared.changes == ((SetDomains(found, after),) if after else ())
        shut_out = {"a.example", "b.example"} - set(after or found.allowed or ())
        assert bool(compared.remarks) == bool(shut_out)
        unclear = found.allowed == () and found.blocked is None
        tone = Tone.REFUSED if unclear else Tone.STRICTER
        assert all(one.tone is tone for one in compared.remarks)

    def test_unmanaged_is_left_alone(self) -> None:
        rules = policy(partner(), domain_list=DomainList.UNMANAGED)

        assert compare_domains(DomainPolicy(), rules, widen=True).changes == ()

    def test_an_empty_list_is_never_set(self) -> None:
        rules = policy(domain_list=DomainList.PARTNERS)
        compared = compare_domains(DomainPolicy(), rules, widen=True)

        assert compared.changes == ()
        assert not compared.sound

    def test_what_the_list_cannot_say_is_told(self) -> None:
        below = partner()
        object.__setattr__(below, "domains", (PartnerDomain("a.example", subdomains=True),))
        compared = compare_domains(
            DomainPolicy(), policy(below, domain_list=DomainList.PARTNERS), widen=False
        )

        assert any("all below a.example" in one.sentence for one in compared.remarks)

    def test_a_list_that_only_gets_shorter_has_a_title_too(self) -> None:
        change = SetDomains(DomainPolicy("1", ("a.example", "c.example")), ("a.example",))

        assert list(lines_of(change)) == ["-   c.example"]
        assert title_of(change) == "domain list: 1 domain"


class TestTrust:
    HOMES = Homes((("Fabrikam", HOME),))

    @pytest.mark.parametrize(
        ("posture", "default", "partners", "changes"),
        [
            (Posture(trust_mfa=Trust.EVERYONE), Trusts(), {},
             (SetDefaultTrust(Trusts(), Trusts(mfa=True)),)),
            (Posture(trust_mfa=Trust.EVERYONE), Trusts(mfa=True), {}, ()),
            (Posture(trust_devices=Trust.EVERYONE), Trusts(mfa=True), {},
             (SetDefaultTrust(Trusts(mfa=True), Trusts(True, True, True)),)),
            (Posture(trust_mfa=Trust.PARTNERS), Trusts(), {},
             (SetPartnerTrust("Fabrikam", HOME, False, None, Trusts(mfa=True)),)),
            (Posture(trust_mfa=Trust.PARTNERS), Trusts(compliant=True), {HOME: None},
             (SetPartnerTrust("Fabrikam", HOME, True, None, Trusts(True, True)),)),
            (Posture(trust_mfa=Trust.PARTNERS), Trusts(), {HOME: Trusts(mfa=True)}, ()),
            (Posture(trust_mfa=Trust.PARTNERS), Trusts(mfa=True), {HOME: Trusts(mfa=True)},
             (SetDefaultTrust(Trusts(mfa=True), Trusts()),)),
            (Posture(trust_mfa=Trust.PARTNERS), Trusts(mfa=True), {},
             (SetPartnerTrust("Fabrikam", HOME, False, None, Trusts(mfa=True)),
              SetDefaultTrust(Trusts(mfa=True), Trusts()))),
        ],
    )  # fmt: skip
    def test_trust_is_given_where_the_policy_says_so(
        self,
        posture: Posture,
        default: Trusts,
        partners: dict[str, Trusts | None],
        changes: tuple[object, ...],
    ) -> None:
        compared = compare_trust(CrossTenant(default, partners), posture, self.HOMES)

        assert compared.changes == changes

    def test_a_tenant_that_is_trusted_less_than_everybody_is_left_so(self) -> None:
        found = CrossTenant(Trusts(mfa=True), {HOME: Trusts()})
        compared = compare_trust(found, Posture(trust_mfa=Trust.EVERYONE), Homes())

        assert compared.changes == ()
        assert [one.tone for one in compared.remarks] == [Tone.STRICTER]


class TestRule:
    ASKED = Posture(conditional_access=True, break_glass=(GLASS,))

    @pytest.mark.parametrize(
        ("found", "posture", "changes", "sound"),
        [
            ((), ASKED, (AddRule(NAME, (GLASS,)),), True),
            ((), Posture(), (), True),
            ((), Posture(conditional_access=True), (), False),
            ((Rule("Another", "enabled", frozenset()),), ASKED, (AddRule(NAME, (GLASS,)),), True),
            ((Rule(NAME, "enabled", frozenset({GLASS})),), ASKED, (), True),
            ((Rule(NAME, "disabled", frozenset({GLASS})),), ASKED, (), False),
            ((Rule(NAME, "enabled", frozenset()),), ASKED, (), False),
        ],
    )
    def test_one_rule_is_added_once(
        self,
        found: tuple[Rule, ...],
        posture: Posture,
        changes: tuple[AddRule, ...],
        sound: bool,
    ) -> None:
        compared = compare_rules(found, posture)

        assert compared.changes == changes
        assert compared.sound is sound


class TestRoles:
    ROLES = MappingProxyType({(SCOPE, "Reader"): READER})

    def test_a_role_that_is_held_is_not_assigned_again(self) -> None:
        wanted = wanted_roles(policy(with_role()))
        held = frozenset({grant_of(SCOPE.upper(), READER.upper(), GROUP)})

        assert compare_roles(Held(self.ROLES, held), wanted).changes == ()
        assert len(compare_roles(Held(self.ROLES, frozenset()), wanted).changes) == 1

    def test_a_role_at_another_scope_does_not_count(self) -> None:
        wanted = wanted_roles(policy(with_role()))
        held = frozenset({grant_of(f"{SCOPE}/resourceGroups/r", READER, GROUP)})

        assert len(compare_roles(Held(self.ROLES, held), wanted).changes) == 1

    def test_two_partners_with_one_group_are_one_assignment(self) -> None:
        second = partner(
            "Litware", "b.example", groups={"A": GROUP}, azure_roles=(with_role().azure_roles[0],)
        )

        assert len(wanted_roles(policy(with_role(), second))) == 1

    def test_the_name_follows_from_what_is_assigned(self) -> None:
        name = assignment_id(SCOPE, READER, GROUP)

        assert name == assignment_id(SCOPE.upper(), READER.upper(), GROUP)
        assert name != assignment_id(f"{SCOPE}/resourceGroups/r", READER, GROUP)
        assert name == "a9d2af4c-fd8d-57fc-a036-d110fc1b8794"


class TestReviews:
    def test_an_unknown_sponsor_is_told(self) -> None:
        wanted = wanted_reviews(policy(with_review(reviewers=Reviewers.SPONSOR)))
        compared = compare_reviews((), wanted, {}, TODAY)

        assert compared.changes == ()
        assert not compared.sound

    def test_a_review_by_other_terms_is_told_and_left(self) -> None:
        wanted = wanted_reviews(policy(with_review()))
        there = Review(wanted[0].name, GROUP, AccessReview(apply=True))
        compared = compare_reviews((there,), wanted, {}, TODAY)

        assert compared.changes == ()
        assert [one.tone for one in compared.remarks] == [Tone.STRICTER]

    def test_a_review_of_another_group_under_our_name_is_refused(self) -> None:
        wanted = wanted_reviews(policy(with_review()))
        compared = compare_reviews((Review(wanted[0].name, "x", None),), wanted, {}, TODAY)

        assert compared.changes == ()
        assert not compared.sound

    def test_tomorrow_it_is_still_the_same_change(self) -> None:
        wanted = wanted_reviews(policy(with_review()))
        today = compare_reviews((), wanted, {}, TODAY)

        assert today == compare_reviews((), wanted, {}, date(2026, 11, 24))
