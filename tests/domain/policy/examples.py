"""A small policy to ask, and the file of it to break."""

from dataclasses import replace
from datetime import date
from typing import Any

from b2b.domain.policy import (
    AccessPackage,
    AccessPackageId,
    Admission,
    AssignmentPolicyId,
    Partner,
    PartnerDomain,
    Policy,
    admit,
)
from b2b.domain.reason import Reason
from b2b.domain.request import Address, GroupId, Wish
from b2b.policy_file import Fault, PolicyFaults, read_policy

TODAY = date(2026, 11, 23)
AURORA = GroupId("00000000-0000-4000-8000-0000000000a1")
FINANCE = GroupId("00000000-0000-4000-8000-0000000000a2")
WORKSPACE = AccessPackage(
    AccessPackageId("00000000-0000-4000-8000-0000000000b1"),
    AssignmentPolicyId("00000000-0000-4000-8000-0000000000c1"),
)

FABRIKAM = Partner(
    name="Fabrikam",
    domains=(PartnerDomain("fabrikam.com", subdomains=True),),
    sponsor="s.weber@contoso.com",
    senders=frozenset({"uploads", "supplier-portal"}),
    groups={"Partner-Aurora": AURORA, "Partner-Finance-Read": FINANCE},
    access_packages={"Aurora Workspace": WORKSPACE},
    language="de-DE",
    redirect_urls=(
        "https://myapplications.microsoft.com",
        "https://contoso.sharepoint.com/sites/aurora",
    ),
)
EXAMPLE = Partner(name="Example Ltd", domains=(PartnerDomain("example.com"),))
POLICY = Policy(version="v1", own_domains=("contoso.com",), partners=(FABRIKAM, EXAMPLE))

SOUND = """\
own_domains = ["contoso.com"]
[[partners]]
name = "Fabrikam"
domains = ["fabrikam.com"]
"""


def wish(email: str = "lena@fabrikam.com", **asked: Any) -> Wish:
    return Wish(email=Address(email), **asked)


def with_fabrikam(**changes: Any) -> Policy:
    return replace(POLICY, partners=(replace(FABRIKAM, **changes), EXAMPLE))


def admitted(asked: Wish, policy: Policy = POLICY, sender: str = "uploads") -> Admission:
    admission = admit(policy, asked, sender, TODAY)
    assert isinstance(admission, Admission), admission
    return admission


def refused(asked: Wish, policy: Policy = POLICY, sender: str = "uploads") -> Reason:
    reason = admit(policy, asked, sender, TODAY)
    assert isinstance(reason, Reason), reason
    return reason


def policy_of(text: str | bytes) -> Policy:
    policy = read_policy(text, "v1")
    assert isinstance(policy, Policy), str(policy)
    return policy


def faults_of(text: str | bytes) -> tuple[Fault, ...]:
    faults = read_policy(text, "v1")
    assert isinstance(faults, PolicyFaults), faults
    return faults.faults


def fault_of(text: str | bytes) -> str:
    """The only fault of the text, as people read it."""
    (fault,) = faults_of(text)
    return str(fault)
