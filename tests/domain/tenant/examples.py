"""Small policies for the tenant, with what a test cares about."""

from typing import Any

from b2b.domain.policy import AccessReview, AzureRole, Partner, PartnerDomain, Policy, Posture
from b2b.domain.request import GroupId

GROUP = GroupId("00000000-0000-4000-8000-0000000000a1")
SCOPE = "/subscriptions/00000000-0000-4000-8000-0000000000f1"
GLASS = "00000000-0000-4000-8000-0000000000e1"


def partner(name: str = "Fabrikam", *domains: str, **traits: Any) -> Partner:
    listed = tuple(map(PartnerDomain, domains or ("fabrikam.example",)))
    return Partner(name=name, domains=listed, **traits)


def policy(*partners: Partner, **posture: Any) -> Policy:
    return Policy(
        version="v1",
        own_domains=("home.example",),
        partners=partners,
        posture=Posture(**posture),
    )


def with_role(role: str = "Reader") -> Partner:
    held = AzureRole("Aurora", GROUP, role, SCOPE)
    return partner(groups={"Aurora": GROUP}, azure_roles=(held,))


def with_review(**terms: Any) -> Partner:
    return partner(
        groups={"Aurora": GROUP}, sponsor="sam@home.example", access_review=AccessReview(**terms)
    )
