from dataclasses import replace
from datetime import date, timedelta

import pytest

from b2b.domain.policy import Admission, UserType
from b2b.domain.reason import Reason
from b2b.domain.request import Delivery
from tests.domain.policy.examples import (
    AURORA,
    EXAMPLE,
    FINANCE,
    POLICY,
    TODAY,
    WORKSPACE,
    admitted,
    refused,
    wish,
    with_fabrikam,
)


def test_a_bare_wish_takes_what_the_policy_gives() -> None:
    assert admitted(wish()) == Admission(
        partner="Fabrikam",
        groups=(),
        access_packages=(),
        expires_on=date(2027, 5, 22),
        sponsor="s.weber@contoso.com",
        redirect_url="https://myapplications.microsoft.com",
        language="de-DE",
        delivery=Delivery.GRAPH,
        user_type=UserType.GUEST,
        notes=(),
        policy_version="v1",
        default_end=date(2027, 5, 22),
    )


def test_a_full_wish_keeps_what_it_says() -> None:
    admission = admitted(
        wish(
            groups=("Partner-Finance-Read", "Partner-Aurora"),
            access_packages=("Aurora Workspace",),
            expires_on=date(2027, 1, 31),
            sponsor="p.singh@contoso.com",
            redirect_url="https://contoso.sharepoint.com/sites/aurora",
            language="fr-FR",
            delivery=Delivery.LINK,
        )
    )

    assert admission.groups == (("Partner-Finance-Read", FINANCE), ("Partner-Aurora", AURORA))
    assert admission.access_packages == (("Aurora Workspace", WORKSPACE),)
    assert admission.expires_on == date(2027, 1, 31)
    assert admission.sponsor == "p.singh@contoso.com"
    assert admission.redirect_url == "https://contoso.sharepoint.com/sites/aurora"
    assert (admission.language, admission.delivery) == ("fr-FR", Delivery.LINK)


def test_the_partner_says_whether_its_people_become_members() -> None:
    policy = with_fabrikam(user_type=UserType.MEMBER, delivery=Delivery.LINK)

    admission = admitted(wish(), policy)

    assert (admission.user_type, admission.delivery) == (UserType.MEMBER, Delivery.LINK)


@pytest.mark.parametrize(
    "name", ["partner-aurora", " PARTNER-AURORA ", "\N{NO-BREAK SPACE}Partner-Aurora"]
)
def test_a_group_is_found_in_any_case_and_told_in_the_policys_spelling(name: str) -> None:
    assert admitted(wish(groups=(name,))).groups == (("Partner-Aurora", AURORA),)


def test_a_group_name_is_the_same_however_its_accents_are_written() -> None:
    policy = with_fabrikam(groups={"Pr\N{LATIN SMALL LETTER U WITH DIAERESIS}fer": AURORA})

    admission = admitted(wish(groups=("Pru\N{COMBINING DIAERESIS}fer",)), policy)

    assert admission.groups[0][1] == AURORA


def test_a_group_asked_for_twice_or_by_two_names_is_given_once() -> None:
    policy = with_fabrikam(groups={"Aurora": AURORA, "Projekt Aurora": AURORA})

    admission = admitted(wish(groups=("aurora", "Aurora", "Projekt Aurora", " ")), policy)

    assert admission.groups == (("Aurora", AURORA),)


def test_a_group_that_the_partner_lacks_is_refused_with_the_closest_name() -> None:
    reason = refused(wish(groups=("Partner-Aurora", "Partner-Arora", "Admins")))

    assert reason == Reason(
        "group_not_allowed",
        'The policy lists no group "Partner-Arora" (did you mean "Partner-Aurora"?), "Admins" for '
        'Fabrikam. Allowed: "Partner-Aurora", "Partner-Finance-Read". Correct the name, or ask '
        "the owner of the policy to add the group.",
    )


def test_a_group_of_another_partner_is_not_allowed() -> None:
    reason = refused(wish("mo@example.com", groups=("Partner-Aurora",)))

    assert reason.code == "group_not_allowed"
    assert "Allowed: none." in reason.sentence


def test_a_refusal_stays_short_whatever_the_file_holds() -> None:
    policy = with_fabrikam(groups={f"Group {n}": AURORA for n in range(1000)})

    reason = refused(wish(groups=tuple(f"{n}\n" + "x" * 5000 for n in range(1000))), policy)

    assert len(reason.sentence) < 4000
    assert reason.sentence.isprintable()
    assert "and 980 more" in reason.sentence


def test_an_access_package_that_the_partner_lacks_is_refused() -> None:
    reason = refused(wish(access_packages=("aurora workspaces",)))

    assert reason.code == "access_package_not_allowed"
    assert 'did you mean "Aurora Workspace"?' in reason.sentence


@pytest.mark.parametrize("email", ["uwe@contoso.com", "uwe@mail.contoso.com"])
def test_an_address_of_our_own_is_refused(email: str) -> None:
    reason = refused(wish(email), sender="nobody")

    assert reason.code == "own_tenant_domain"
    assert email.partition("@")[2] in reason.sentence


@pytest.mark.parametrize("email", ["a@notfabrikam.com", "a@fabrikam.com.evil.example", "a@", "a"])
def test_a_domain_of_no_partner_is_refused(email: str) -> None:
    assert refused(wish(email)).code == "unknown_partner"


def test_strangers_go_to_the_partner_that_takes_them_but_our_own_people_do_not() -> None:
    policy = replace(POLICY, unknown_domains="Example Ltd")

    assert admitted(wish("a@stranger.example"), policy).partner == "Example Ltd"
    assert admitted(wish("a@fabrikam.com"), policy).partner == "Fabrikam"
    assert refused(wish("a@contoso.com"), policy).code == "own_tenant_domain"


@pytest.mark.parametrize("sender", ["uploads", "supplier-portal"])
def test_a_sender_in_the_list_may_ask(sender: str) -> None:
    assert admitted(wish(), sender=sender).partner == "Fabrikam"


@pytest.mark.parametrize("sender", ["", "Uploads", "hr-portal"])
def test_a_sender_outside_the_list_may_not_ask(sender: str) -> None:
    reason = refused(wish(), sender=sender)

    assert reason.code == "sender_not_allowed"
    assert 'Allowed: "supplier-portal", "uploads"' in reason.sentence


def test_a_redirect_url_outside_the_list_is_refused_with_the_list() -> None:
    reason = refused(wish(redirect_url="https://contoso.sharepoint.com/sites/aurora2"))

    assert reason.code == "redirect_url_not_allowed"
    assert '"https://contoso.sharepoint.com/sites/aurora"' in reason.sentence


def test_a_redirect_url_below_a_listed_one_is_kept_as_asked() -> None:
    url = "https://contoso.sharepoint.com/sites/aurora/SitePages/Start.aspx?web=1"

    assert admitted(wish(redirect_url=url)).redirect_url == url


@pytest.mark.parametrize(("days", "capped"), [(0, False), (364, False), (365, False), (366, True)])
def test_a_stay_ends_within_the_longest(days: int, capped: bool) -> None:
    admission = admitted(wish(expires_on=TODAY + timedelta(days=days)))

    assert admission.expires_on == TODAY + timedelta(days=min(days, 365))
    assert admission.notes == (
        (Reason("stay_capped", "capped at the policy maximum"),) if capped else ()
    )


def test_a_stay_that_is_over_is_refused_with_the_dates_to_choose_from() -> None:
    reason = refused(wish(expires_on=TODAY - timedelta(days=1)))

    assert reason == Reason(
        "expiry_in_the_past",
        "The stay would have ended on 2026-11-22. Give a date from 2026-11-23 to 2027-11-23, or "
        "none for 180 days.",
    )


@pytest.mark.parametrize(
    ("required", "ours", "theirs", "sponsor"),
    [
        (False, "", "", ""),
        (True, "s.weber@contoso.com", "", "s.weber@contoso.com"),
        (True, "", "p.singh@contoso.com", "p.singh@contoso.com"),
        (True, "s.weber@contoso.com", "p.singh@contoso.com", "p.singh@contoso.com"),
    ],
)
def test_the_requests_sponsor_comes_before_the_partners(
    required: bool, ours: str, theirs: str, sponsor: str
) -> None:
    policy = with_fabrikam(sponsor=ours, sponsor_required=required)

    assert admitted(wish(sponsor=theirs), policy).sponsor == sponsor


def test_a_required_sponsor_that_nobody_names_is_refused() -> None:
    assert refused(wish(), with_fabrikam(sponsor="", sponsor_required=True)).code == (
        "sponsor_missing"
    )


@pytest.mark.parametrize("asked", [Delivery.MAIL, None])
def test_people_who_become_members_get_no_mail_of_ours(asked: Delivery | None) -> None:
    policy = with_fabrikam(user_type=UserType.MEMBER, delivery=Delivery.MAIL)

    assert refused(wish(delivery=asked), policy).code == "no_mail_for_members"
    assert admitted(wish(delivery=Delivery.LINK), policy).delivery is Delivery.LINK
    assert admitted(wish(remove_groups=("Partner-Aurora",)), policy)


def test_the_first_thing_to_mend_is_told_first() -> None:
    policy = with_fabrikam(sponsor="", sponsor_required=True)
    wrong = wish(
        groups=("x",), access_packages=("x",), redirect_url="x", expires_on=date(2020, 1, 1)
    )
    mended = [
        (wrong, "nobody", "sender_not_allowed"),
        (wrong, "uploads", "group_not_allowed"),
        (replace(wrong, groups=()), "uploads", "access_package_not_allowed"),
        (replace(wrong, groups=(), access_packages=()), "uploads", "redirect_url_not_allowed"),
        (wish(expires_on=date(2020, 1, 1)), "uploads", "expiry_in_the_past"),
        (wish(), "uploads", "sponsor_missing"),
    ]

    assert [refused(asked, policy, sender).code for asked, sender, _ in mended] == [
        code for _, _, code in mended
    ]


def test_a_policy_may_be_asked_for_a_partner_by_name() -> None:
    assert POLICY.partner("Example Ltd") is EXAMPLE
    assert POLICY.partner("example ltd") is None
