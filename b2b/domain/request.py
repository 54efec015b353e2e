"""What is asked for one guest, and the id that makes asking twice the same as asking once."""

import json
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from b2b.domain.reason import Reason

Address = NewType("Address", str)  # local part as given, domain as A-labels in lower case
BatchId = NewType("BatchId", str)
GroupId = NewType("GroupId", str)
RequestId = NewType("RequestId", str)
TenantId = NewType("TenantId", str)


class Delivery(StrEnum):
    """Who carries the invitation to the guest."""

    GRAPH = "graph"
    MAIL = "mail"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for one guest, before the policy has looked at it. Empty is not asked."""

    email: Address
    display_name: str = ""
    given_name: str = ""
    surname: str = ""
    company: str = ""
    groups: tuple[str, ...] = ()
    access_packages: tuple[str, ...] = ()
    remove_groups: tuple[str, ...] = ()
    remove_access_packages: tuple[str, ...] = ()
    expires_on: date | None = None
    sponsor: str = ""
    redirect_url: str = ""
    language: str = ""
    message: str = ""
    delivery: Delivery | None = None
    correlation_id: str = ""

    @property
    def takes(self) -> bool:
        """Takes access away: such a wish is never an invitation."""
        return bool(self.remove_groups or self.remove_access_packages)

    @property
    def only_takes(self) -> bool:
        """Touches neither the account nor the stay."""
        return self.takes and not (self.groups or self.access_packages)


@dataclass(frozen=True, slots=True)
class RowRef:
    """Where the outcome of a request is kept. `key` sorts like the lines of the file."""

    batch: BatchId
    key: str

    @classmethod
    def of_line(cls, batch: BatchId, line: int) -> "RowRef":
        return cls(batch, f"{line:08d}")

    @property
    def line(self) -> int:
        """The physical line of the upload; 0 when the request came as a message."""
        return int(self.key) if self.key.isdigit() and len(self.key) == 8 else 0


@dataclass(frozen=True, slots=True)
class GuestRequest:
    """One wish with its identity; the same wish of the same batch has the same id."""

    id: RequestId
    wish: Wish
    row: RowRef


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A line that asks for nothing we can do, and why. `email` is what was read of the cell."""

    line: int
    email: str
    reason: Reason


def address_key(address: str) -> str:
    """What two spellings of one address have in common."""
    return address.casefold()


def content_of(wish: Wish) -> str:
    """The digest of everything asked that travels in a message.

    What is not asked is left out: a version that knows more to ask for digests older wishes alike.
    """
    every = {name: getattr(wish, name) for name in sorted(_ASKED)}
    asked = {name: value for name, value in every.items() if value not in ("", (), None, False)}
    return sha256(json.dumps(asked, default=str).encode()).hexdigest()[:32]


# Two names become one before they travel.
_ASKED = [one.name for one in fields(Wish) if one.name not in ("given_name", "surname")]


def request_id(tenant: TenantId, address: Address, batch: BatchId) -> RequestId:
    return RequestId(sha256("\n".join([tenant, address_key(address), batch]).encode()).hexdigest())
