"""Giving a guest access: which groups, for which request."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId, RequestId, RowRef


@dataclass(frozen=True, slots=True)
class Assignment:
    """The groups that one request gives to one guest. `invited`: the guest is new by it."""

    request: RequestId
    row: RowRef
    guest: GuestId
    groups: tuple[GroupId, ...]
    invited: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """How adding guests to one group ended. Guests in neither mapping are members now."""

    refused: Mapping[GuestId, Reason] = field(default_factory=dict)
    later: Mapping[GuestId, TryLater] = field(default_factory=dict)
