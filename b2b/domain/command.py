"""What another service asks for by message, and the id that makes asking twice asking once."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from b2b.domain.batch import LedgerRow
from b2b.domain.request import (
    Address,
    BatchId,
    GuestRequest,
    RequestId,
    RowRef,
    TenantId,
    request_id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, about whom, and where the outcome is kept. `content` tells two wishes apart."""

    id: RequestId
    row: RowRef
    email: Address
    sender: str
    correlation: str
    content: str

    def opened(self) -> LedgerRow:
        return LedgerRow(
            ref=self.row,
            email=self.email,
            sender=self.sender,
            request=self.id,
            correlation=self.correlation,
            content=self.content,
        )


@dataclass(frozen=True, slots=True)
class Ensure:
    """The guest is to be there with this access; whoever is there already is not invited again."""

    asked: Asked
    request: GuestRequest


@dataclass(frozen=True, slots=True)
class Renewal:
    """The stay is to end later. Nobody is invited by it."""

    asked: Asked
    until: date


@dataclass(frozen=True, slots=True)
class Leaving:
    """The stay is to end now."""

    asked: Asked


Command = GuestRequest | Ensure | Renewal
"""What comes through guest-invitations; a bare request is our own, from a row of a file."""


def asked_by(
    tenant: TenantId, kind: str, sender: str, correlation: str, email: Address, content: str
) -> Asked:
    """One sender's correlation id stands for one wish of a kind for one address."""
    batch = message_batch(kind, sender, correlation)
    made = request_id(tenant, email, batch)
    return Asked(
        id=made,
        row=RowRef(batch, made[:32]),
        email=email,
        sender=sender,
        correlation=correlation,
        content=content,
    )


def message_batch(kind: str, sender: str, correlation: str) -> BatchId:
    key = "\n".join(["message", kind, sender, correlation])
    return BatchId(sha256(key.encode()).hexdigest()[:32])
