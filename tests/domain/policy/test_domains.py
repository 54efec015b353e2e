from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b.domain.policy import Partner, PartnerDomain, Policy
from tests.domain.policy.examples import FABRIKAM, POLICY

LABEL = st.text("ab-", min_size=1, max_size=4)
DOMAIN = st.lists(LABEL, min_size=1, max_size=5).map(".".join)


def holder(policy: Policy, domain: str) -> str | None:
    claim = policy.claim_on(domain)
    if claim is None:
        return None
    return claim.partner.name if claim.partner else "our own"


def policy_with(*claims: tuple[str, str, bool]) -> Policy:
    partners = tuple(
        Partner(name=name, domains=(PartnerDomain(domain, below),))
        for name, domain, below in claims
    )
    return Policy(version="v1", own_domains=("contoso.com",), partners=partners)


@pytest.mark.parametrize(
    ("domain", "below", "claimed"),
    [
        ("fabrikam.com", False, True),
        ("fabrikam.com", True, True),
        ("mail.fabrikam.com", False, False),
        ("mail.fabrikam.com", True, True),
        ("a.b.fabrikam.com", True, True),
        ("notfabrikam.com", True, False),
        ("fabrikam.com.evil.example", True, False),
        ("fabrikam.co", True, False),
        ("com", True, False),
        ("", True, False),
        (".fabrikam.com", False, False),
    ],
)
def test_a_domain_is_claimed_whole_or_at_a_label(domain: str, below: bool, claimed: bool) -> None:
    policy = policy_with(("Fabrikam", "fabrikam.com", below))

    assert holder(policy, domain) == ("Fabrikam" if claimed else None)


def test_the_most_specific_claim_wins() -> None:
    policy = policy_with(
        ("Wide", "example.com", True),
        ("Narrow", "a.example.com", False),
        ("Deep", "b.a.example.com", True),
        ("Guest house", "partners.contoso.com", False),
    )

    assert [
        holder(policy, domain)
        for domain in (
            "example.com",
            "a.example.com",
            "c.a.example.com",
            "b.a.example.com",
            "x.b.a.example.com",
            "partners.contoso.com",
            "x.partners.contoso.com",
            "contoso.com",
        )
    ] == ["Wide", "Narrow", "Wide", "Deep", "Deep", "Guest house", "our own", "our own"]


@given(domain=DOMAIN, claim=DOMAIN, below=st.booleans())
def test_a_claim_never_matches_a_substring(domain: str, claim: str, below: bool) -> None:
    policy = policy_with(("Fabrikam", claim, below))
    labels, claimed = domain.split("."), claim.split(".")
    is_below = len(labels) > len(claimed) and labels[-len(claimed) :] == claimed

    assert holder(policy, domain) == (
        "Fabrikam" if domain == claim or (below and is_below) else None
    )


@given(
    claims=st.dictionaries(DOMAIN, st.booleans(), max_size=8),
    domain=DOMAIN,
)
def test_of_many_claims_the_longest_that_fits_wins(claims: dict[str, bool], domain: str) -> None:
    policy = policy_with(*((name, name, below) for name, below in claims.items()))
    fitting = [
        name
        for name, below in claims.items()
        if name == domain or (below and domain.endswith("." + name))
    ]

    assert holder(policy, domain) == max(fitting, key=len, default=None)


@pytest.mark.parametrize("domain", ["contoso.com", "fabrikam.com"])
def test_a_policy_with_a_domain_claimed_twice_cannot_be_made(domain: str) -> None:
    rival = Partner(name="Rival", domains=(PartnerDomain(domain),))

    with pytest.raises(ValueError, match=domain):
        replace(POLICY, partners=(FABRIKAM, rival))


def test_a_policy_that_sends_strangers_to_nobody_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="Nobody"):
        replace(POLICY, unknown_domains="Nobody")
