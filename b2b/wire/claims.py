"""What a message says of itself, before anybody believes it."""

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from b2b.domain.reason import Reason
from b2b.domain.request import (
    BatchId,
    RequestId,
    RowRef,
    TenantId,
    request_id,
)
from b2b.domain.upload.address import AddressReader
from b2b.wire.bodies import RowSource

ADDRESSES = AddressReader(own_domains=frozenset())


def claim_of(body: bytes, tenant: TenantId) -> tuple[RowRef, RequestId] | None:
    """The row that a message claims to speak for, or None when it does not even say that.

    Compare the id with the ledger's before believing it.
    """
    try:
        claimed = _Claim.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError:
        return None
    row = claimed.source.row()
    made = claimed.request_id or _id_of(claimed.email, row.batch, tenant)
    return (row, RequestId(made)) if made else None


def _id_of(email: str, batch: BatchId, tenant: TenantId) -> str | None:
    found = ADDRESSES.read_anyone(email)
    return None if isinstance(found, Reason) else request_id(tenant, found.address, batch)


class _Claim(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, defer_build=True)

    request_id: str | None = None
    email: str = ""
    source: RowSource
