"""Bytes to values and back: the messages that travel through Service Bus."""

from datetime import date
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from b2b.domain.access import Assignment
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Action, ActionId, Kind, RunId
from b2b.domain.mail import LetterId
from b2b.domain.policy import AccessPackage, AccessPackageId, AssignmentPolicyId
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


class Message(BaseModel):
    """camelCase outside, snake_case inside, unknown fields refused with their names."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="forbid",
        frozen=True,
        defer_build=True,  # at the first message, not at the start of a cold worker
    )


class Source(Message):
    """Where a request came from: the batch and the key of its row in the ledger."""

    batch: BatchName
    line: Annotated[int, Field(ge=0)]


class InvitationFields(Message):
    """What may be asked for one guest, whoever asks."""

    schema_: Literal["guest-invitation/1"] = Field(default="guest-invitation/1", alias="schema")
    request_id: str | None = Field(default=None, description="Checked when given, never needed.")
    email: Annotated[str, Field(min_length=3, max_length=320)]
    display_name: Name = ""
    groups: tuple[Name, ...] = ()
    access_packages: tuple[Name, ...] = ()
    remove_groups: tuple[Name, ...] = ()
    remove_access_packages: tuple[Name, ...] = ()
    expires_on: date | None = None
    sponsor: Name = ""
    company: Annotated[str, Field(max_length=64)] = ""
    redirect_url: Annotated[str, Field(max_length=2048)] = ""
    language: Annotated[str, Field(max_length=35)] = ""
    message: Annotated[str, Field(max_length=1024)] = ""
    delivery: Delivery | None = None
    correlation_id: Annotated[str, Field(max_length=128)] = ""


class InvitationMessage(InvitationFields):
    """Our own: one row of a file, in the queue guest-invitations."""

    source: Source


class RowSource(Source):
    """`key` for a request that came as a message and has no line."""

    key: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = ""

    @classmethod
    def of(cls, row: RowRef) -> "RowSource":
        return cls(batch=row.batch, line=row.line, key=row.key if len(row.key) == 32 else "")

    def row(self) -> RowRef:
        batch = BatchId(self.batch)
        return RowRef(batch, self.key) if self.key else RowRef.of_line(batch, self.line)


class PackageRef(Message):
    """An access package, and the assignment policy by which it is handed out."""

    package: Name
    assignment_policy: Name


class AssignmentMessage(Message):
    """Access of one guest: the body of a message in the queue guest-assignments."""

    schema_: Literal["guest-assignment/1"] = Field(default="guest-assignment/1", alias="schema")
    request_id: str
    guest: str
    groups: tuple[str, ...]
    invited: bool
    access_packages: tuple[PackageRef, ...] = ()
    extend_packages: tuple[PackageRef, ...] = ()
    remove_groups: tuple[str, ...] = ()
    remove_access_packages: tuple[PackageRef, ...] = ()
    expires_on: date | None = None
    generation: int = 0
    source: RowSource


class DepartureMessage(Message):
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


class PublishMessage(Message):
    """A batch whose results changed: the body of a message in the queue guest-results."""

    batch: BatchName


class MailMessage(Message):
    """A letter of the outbox: the body of a message in the queue guest-mails. It only points."""

    schema_: Literal["guest-mail/1"] = Field(default="guest-mail/1", alias="schema")
    letter: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


def read_request(body: bytes, tenant: TenantId) -> GuestRequest:
    """Raises Refused `malformed_message` with every fault of the body."""
    message = read_as(InvitationMessage, body)
    found = ADDRESSES.read_anyone(message.email)
    if isinstance(found, Reason):
        raise Refused(found)
    wish = Wish(
        email=found.address,
        **message.model_dump(include=WISH_FIELDS),
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
        **{name: getattr(request.wish, name) for name in WISH_FIELDS},
    )
    return _write(message)


def read_assignment(body: bytes) -> Assignment:
    """Raises Refused `malformed_message`."""
    message = read_as(AssignmentMessage, body)
    return Assignment(
        RequestId(message.request_id),
        message.source.row(),
        GuestId(message.guest),
        tuple(GroupId(group) for group in message.groups),
        message.invited,
        packages=_packages(message.access_packages),
        extends=_packages(message.extend_packages),
        remove_groups=tuple(GroupId(group) for group in message.remove_groups),
        remove_packages=_packages(message.remove_access_packages),
        until=message.expires_on,
        generation=message.generation,
    )


def write_assignment(assignment: Assignment) -> bytes:
    message = AssignmentMessage(
        request_id=assignment.request,
        guest=assignment.guest,
        groups=assignment.groups,
        invited=assignment.invited,
        access_packages=_refs(assignment.packages),
        extend_packages=_refs(assignment.extends),
        remove_groups=assignment.remove_groups,
        remove_access_packages=_refs(assignment.remove_packages),
        expires_on=assignment.until,
        generation=assignment.generation,
        source=RowSource.of(assignment.row),
    )
    return _write(message)


def _packages(refs: tuple[PackageRef, ...]) -> tuple[AccessPackage, ...]:
    return tuple(
        AccessPackage(AccessPackageId(ref.package), AssignmentPolicyId(ref.assignment_policy))
        for ref in refs
    )


def _refs(packages: tuple[AccessPackage, ...]) -> tuple[PackageRef, ...]:
    return tuple(
        PackageRef(package=one.package, assignment_policy=one.assignment_policy) for one in packages
    )


def read_departure(body: bytes) -> tuple[RunId, ActionId]:
    """Raises Refused `malformed_message`."""
    message = read_as(DepartureMessage, body)
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
    return BatchId(read_as(PublishMessage, body).batch)


def write_publish(batch: BatchId) -> bytes:
    return _write(PublishMessage(batch=batch))


def read_mail(body: bytes) -> LetterId:
    """Raises Refused `malformed_message`."""
    return LetterId(read_as(MailMessage, body).letter)


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


_FAULTS_TOLD, _LONGEST_NAME, _LONGEST_FAULT = 20, 80, 200
ADDRESSES = AddressReader(own_domains=frozenset())
WISH_FIELDS = {
    "display_name", "groups", "access_packages", "remove_groups", "remove_access_packages",
    "expires_on", "sponsor", "company",
    "redirect_url", "language", "message", "delivery", "correlation_id",
}  # fmt: skip


def read_as(model: type[M], body: bytes) -> M:
    try:
        return model.model_validate_json(body)
    except ValidationError as faults:
        raise Refused(Reason("malformed_message", _sentence(faults))) from None


def _sentence(faults: ValidationError) -> str:
    """Names fields and what is wrong with them, never their values."""
    every = faults.errors(include_input=False, include_url=False, include_context=False)
    told = "; ".join(_fault(fault) for fault in every[:_FAULTS_TOLD])
    more = len(every) - _FAULTS_TOLD
    return f"The message does not fit its schema: {told}{f'; and {more} more' * (more > 0)}."


def _fault(fault: ErrorDetails) -> str:
    """A name may be as long as the message, and hold anything."""
    where = ".".join(map(str, fault["loc"])) or "body"
    plain = "".join(sign if sign.isprintable() else "?" for sign in where[:_LONGEST_NAME])
    return f"{plain}: {fault['msg'][:_LONGEST_FAULT]}"


def _write(message: Message) -> bytes:
    return message.model_dump_json(by_alias=True, exclude_defaults=False).encode()
