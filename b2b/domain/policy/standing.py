"""What stands behind a partner's groups: roles in Azure, and reviews of who is in them."""

from dataclasses import dataclass
from enum import StrEnum

from b2b.domain.request import GroupId


class Reviewers(StrEnum):
    """Who decides in an access review."""

    SPONSOR = "sponsor"
    OWNERS = "owners"


class Unanswered(StrEnum):
    """What becomes of a guest about whom no reviewer said anything."""

    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class AzureRole:
    """Members of the group hold the role at the scope. `role` is a name or an id."""

    group_name: str
    group: GroupId
    role: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessReview:
    """A recurring review of the guests in each group of the partner. `apply`: by itself."""

    reviewers: Reviewers = Reviewers.OWNERS
    every_months: int = 3
    days: int = 14
    apply: bool = False
    unanswered: Unanswered = Unanswered.KEEP
