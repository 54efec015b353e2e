"""Bytes to values and back: the messages that travel through Service Bus."""

from datetime import date
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from b2b.domain.access import Assignment
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Action, ActionId, Kind, RunId
from b2b.domain.mail import LetterId
from b2b.domain.reason import Reason
from b2b.domain.request import (
    BatchId,
    Delivery,
    GroupId,
    GuestRequest,
    RequestId,
    RowRef,
    TenantId,
    Wish,
    request_id,
)
from b2b.domain.upload.address import AddressReader

M = TypeVar("M", bound=BaseModel)
ATTEMPT, SINCE = "attempt", "since"  # application properties of a message that waits
Name = Annotated[str, Field(max_length=256)]
BatchName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._-]+$")]


class _Message(BaseModel):
    """camelCase outside, snake_case inside, unknown fields refused with their names."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="forbid",
        frozen=True,
        defer_build=True,  # at the first message, not at the start of a cold worker
    )


class Source(_Message):
    """Where a request came from: the batch and the key of its row in the ledger."""

    batch: BatchName
    line: Annotated[int, Field(ge=0)]


class InvitationMessage(_Message):
    """One guest asked for: the body of a message in the queue guest-invitations."""

    schema_: Literal["guest-invitation/1"] = Field(default="guest-invitation/1", alias="schema")
    request_id: str | None = Field(default=None, description="Checked when given, never needed.")
    email: Annotated[str, Field(min_length=3, max_length=320)]
    display_name: Name = ""
    groups: tuple[Name, ...] = ()
    access_packages: tuple[Name, ...] = ()
    expires_on: date | None = None
    sponsor: Name = ""
    company: Annotated[str, Field(max_length=64)] = ""
    redirect_url: Annotated[str, Field(max_length=2048)] = ""
    language: Annotated[str, Field(max_length=35)] = ""
    message: Annotated[str, Field(max_length=1024)] = ""
    delivery: Delivery | None = None
    correlation_id: Annotated[str, Field(max_length=128)] = ""
    source: Source


class AssignmentMessage(_Message):
    """Access for one guest: the body of a message in the queue guest-assignments."""

    schema_: Literal["guest-assignment/1"] = Field(default="guest-assignment/1", alias="schema")
    request_id: str
    guest: str
    groups: tuple[str, ...]
    invited: bool
    source: Source


class DepartureMessage(_Message):
    """An action of a run: the body of a message in the queue guest-departures.

    It only points at the journal, which says what is to be done; the rest is for people who read.
    """

    schema_: Literal["guest-departure/1"] = Field(default="guest-departure/1", alias="schema")
    run: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._-]+$")]
    action: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    guest: str
    kind: Kind
    evidence: str
    policy_version: str


class PublishMessage(_Message):
    """A batch whose results changed: the body of a message in the queue guest-results."""

    batch: BatchName


class MailMessage(_Message):
    """A letter of the outbox: the body of a message in the queue guest-mails. It only points."""

    schema_: Literal["guest-mail/1"] = Field(default="guest-mail/1", alias="schema")
    letter: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


def read_request(body: bytes, tenant: TenantId) -> GuestRequest:
    """Raises Refused `malformed_message` with every fault of the body."""
    message = _read(InvitationMessage, body)
    found = _ADDRESSES.read_anyone(message.email)
    if isinstance(found, Reason):
        raise Refused(found)
    wish = Wish(
        email=found.address,
        **message.model_dump(include=_WISH_FIELDS),
    )
    batch = BatchId(message.source.batch)
    made = request_id(tenant, wish.email, batch)
    if message.request_id not in (None, made):
        raise Refused(Reason("wrong_request_id", "requestId does not belong to this request."))
    return GuestRequest(made, wish, RowRef.of_line(batch, message.source.line))


def write_request(request: GuestRequest) -> bytes:
    message = InvitationMessage(
        request_id=request.id,
        email=request.wish.email,
        source=Source(batch=request.row.batch, line=request.row.line),
        **{name: getattr(request.wish, name) for name in _WISH_FIELDS},
    )
    return _write(message)


def read_assignment(body: bytes) -> Assignment:
    """Raises Refused `malformed_message`."""
    message = _read(AssignmentMessage, body)
    return Assignment(
        RequestId(message.request_id),
        RowRef.of_line(BatchId(message.source.batch), message.source.line),
        GuestId(message.guest),
        tuple(GroupId(group) for group in message.groups),
        message.invited,
    )


def write_assignment(assignment: Assignment) -> bytes:
    message = AssignmentMessage(
        request_id=assignment.request,
        guest=assignment.guest,
        groups=assignment.groups,
        invited=assignment.invited,
        source=Source(batch=assignment.row.batch, line=assignment.row.line),
    )
    return _write(message)


def read_departure(body: bytes) -> tuple[RunId, ActionId]:
    """Raises Refused `malformed_message`."""
    message = _read(DepartureMessage, body)
    return RunId(message.run), ActionId(message.action)


def write_departure(action: Action) -> bytes:
    message = DepartureMessage(
        run=action.run,
        action=action.id,
        guest=action.guest,
        kind=action.kind,
        evidence=str(action.evidence),
        policy_version=action.policy_version,
    )
    return _write(message)


def read_publish(body: bytes) -> BatchId:
    return BatchId(_read(PublishMessage, body).batch)


def write_publish(batch: BatchId) -> bytes:
    return _write(PublishMessage(batch=batch))


def read_mail(body: bytes) -> LetterId:
    """Raises Refused `malformed_message`."""
    return LetterId(_read(MailMessage, body).letter)


def write_mail(letter: LetterId) -> bytes:
    return _write(MailMessage(letter=letter))


def claim_of(body: bytes, tenant: TenantId) -> tuple[RowRef, RequestId] | None:
    """The row that a message claims to speak for, or None when it does not even say that.

    Compare the id with the ledger's before believing it.
    """
    try:
        claimed = _Claim.model_validate_json(body)
    except ValidationError:
        return None
    batch = BatchId(claimed.source.batch)
    made = claimed.request_id or _id_of(claimed.email, batch, tenant)
    return (RowRef.of_line(batch, claimed.source.line), RequestId(made)) if made else None


def _id_of(email: str, batch: BatchId, tenant: TenantId) -> str | None:
    found = _ADDRESSES.read_anyone(email)
    return None if isinstance(found, Reason) else request_id(tenant, found.address, batch)


class _Claim(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, defer_build=True)

    request_id: str | None = None
    email: str = ""
    source: Source


_ADDRESSES = AddressReader(own_domains=frozenset())
_WISH_FIELDS = {
    "display_name", "groups", "access_packages", "expires_on", "sponsor", "company",
    "redirect_url", "language", "message", "delivery", "correlation_id",
}  # fmt: skip


def _read(model: type[M], body: bytes) -> M:
    try:
        return model.model_validate_json(body)
    except ValidationError as faults:
        raise Refused(Reason("malformed_message", _sentence(faults))) from None


def _sentence(faults: ValidationError) -> str:
    """Names fields and what is wrong with them, never their values."""
    found = "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}"
        for fault in faults.errors(include_input=False, include_url=False, include_context=False)
    )
    return f"The message does not fit its schema: {found}."


def _write(message: _Message) -> bytes:
    return message.model_dump_json(by_alias=True, exclude_defaults=False).encode()
