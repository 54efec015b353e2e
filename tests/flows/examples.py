"""A small policy and the houses that the stories of the flows play in."""

from datetime import timedelta
from typing import Any

from b2b.domain.policy import (
    AccessPackage,
    AccessPackageId,
    AssignmentPolicyId,
    Partner,
    PartnerDomain,
    Policy,
    WriteSponsors,
)
from b2b.domain.request import Delivery, GroupId
from tests.fakes.house import FakeHouse

AURORA = GroupId("00000000-0000-4000-8000-0000000000a1")
FINANCE = GroupId("00000000-0000-4000-8000-0000000000a2")
WORKSPACE = AccessPackage(
    AccessPackageId("00000000-0000-4000-8000-0000000000b1"),
    AssignmentPolicyId("00000000-0000-4000-8000-0000000000c1"),
)
ARCHIVE = AccessPackage(
    AccessPackageId("00000000-0000-4000-8000-0000000000b2"),
    AssignmentPolicyId("00000000-0000-4000-8000-0000000000c2"),
)
LAG = timedelta(minutes=2)  # shorter than the replication time that the house allows for


def a_policy(write_sponsors: WriteSponsors = WriteSponsors.INVITATION, **traits: Any) -> Policy:
    fabrikam: dict[str, Any] = {
        "name": "Fabrikam",
        "domains": (PartnerDomain("fabrikam.com"),),
        "sponsor": "s.weber@contoso.com",
        "groups": {"Aurora": AURORA, "Finance": FINANCE},
        "access_packages": {"Workspace": WORKSPACE, "Archive": ARCHIVE},
        "delivery": Delivery.GRAPH,
    }
    partners = (Partner(**fabrikam | traits),)
    return Policy(
        version="v1",
        own_domains=("contoso.com",),
        partners=partners,
        write_sponsors=write_sponsors,
    )


def a_house(**how: Any) -> FakeHouse:
    house = FakeHouse(how.pop("policy", a_policy()), **how)
    house.directory.group(AURORA)
    house.directory.group(FINANCE)
    return house
