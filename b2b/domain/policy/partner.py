"""A partner: the organisation that guests come from, and what its guests may get."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, TypeVar

from b2b.domain.policy.brakes import DailyBrake, Effect
from b2b.domain.policy.standing import AccessReview, AzureRole
from b2b.domain.request import Delivery, GroupId

AccessPackageId = NewType("AccessPackageId", str)
AssignmentPolicyId = NewType("AssignmentPolicyId", str)

Held = TypeVar("Held")

UPLOADS = "uploads"  # the sender of every request that came in a file


class UserType(StrEnum):
    """What the account becomes in the directory."""

    GUEST = "Guest"
    MEMBER = "Member"


@dataclass(frozen=True, slots=True)
class PartnerDomain:
    """A domain as A-labels in lower case; `subdomains` claims everything below it as well."""

    name: str
    subdomains: bool = False


@dataclass(frozen=True, slots=True)
class AccessPackage:
    """An access package, and the assignment policy by which we hand it out."""

    package: AccessPackageId
    assignment_policy: AssignmentPolicyId


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """`group_by_key` and `package_by_key` find what a person typed; see `name_key`."""

    name: str
    domains: tuple[PartnerDomain, ...]
    sponsor: str = ""
    sponsor_required: bool = False
    senders: frozenset[str] = frozenset({UPLOADS})
    groups: Mapping[str, GroupId] = field(default_factory=dict)
    access_packages: Mapping[str, AccessPackage] = field(default_factory=dict)
    default_stay_days: int = 180
    longest_stay_days: int = 365
    user_type: UserType = UserType.GUEST
    language: str = "en-US"
    redirect_urls: tuple[str, ...] = ("https://myapplications.microsoft.com",)
    delivery: Delivery = Delivery.GRAPH
    allow_links_in_message: bool = False
    adopt_by_request: bool = False
    azure_roles: tuple[AzureRole, ...] = ()
    access_review: AccessReview | None = None
    brakes: Mapping[Effect, DailyBrake] = field(default_factory=dict)
    group_by_key: Mapping[str, tuple[str, GroupId]] = field(init=False, repr=False, compare=False)
    package_by_key: Mapping[str, tuple[str, AccessPackage]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "group_by_key", _by_key(self.groups))
        object.__setattr__(self, "package_by_key", _by_key(self.access_packages))


def _by_key(listed: Mapping[str, Held]) -> dict[str, tuple[str, Held]]:
    """Also by the policy's own spelling, which most requests use."""
    return {key: (name, held) for name, held in listed.items() for key in (name, name_key(name))}


def name_key(name: str) -> str:
    """What two spellings of one name have in common: outer blanks and case do not count."""
    return unicodedata.normalize("NFC", name.strip()).casefold()
