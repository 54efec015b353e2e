"""Giving a guest access and taking it away: which groups and packages, for which request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.policy.partner import AccessPackage
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId, RequestId, RowRef


class AccountKind(StrEnum):
    """A COLLEAGUE is a member of the tenant who was not invited, or of whom that is not known."""

    GUEST = "guest"
    EXTERNAL_MEMBER = "external_member"
    COLLEAGUE = "colleague"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one request changes in the access of one guest. `invited`: the guest is new by it.

    `packages` are given until the end of the stay, `until`; `extends` are packages of ours that
    only last longer by it. `generation` tells a request that was sent again from the first one.
    `content`: the digest of the wish, as its row has it; messages of older versions have none.
    `as_member`: we invited the account with userType Member; the ledger has to agree.
    """

    request: RequestId
    row: RowRef
    guest: GuestId
    groups: tuple[GroupId, ...]
    invited: bool
    packages: tuple[AccessPackage, ...] = ()
    extends: tuple[AccessPackage, ...] = ()
    remove_groups: tuple[GroupId, ...] = ()
    remove_packages: tuple[AccessPackage, ...] = ()
    until: date | None = None
    generation: int = 0
    content: str = ""
    as_member: bool = False

    @property
    def gives(self) -> bool:
        return bool(self.groups or self.packages or self.extends)

    @property
    def takes(self) -> bool:
        return bool(self.remove_groups or self.remove_packages)

    @property
    def ticket(self) -> str:
        return f"{self.request}.{self.generation}"


@dataclass(frozen=True, slots=True)
class Membership:
    """How changing one group ended for some guests. With those in neither mapping it is done."""

    refused: Mapping[GuestId, Reason] = field(default_factory=dict)
    later: Mapping[GuestId, TryLater] = field(default_factory=dict)
