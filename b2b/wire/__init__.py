"""Bytes to values and back: the messages that travel through Service Bus."""

from b2b.domain.access import Assignment
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Action, ActionId, RunId
from b2b.domain.mail import LetterId
from b2b.domain.policy import AccessPackage, AccessPackageId, AssignmentPolicyId
from b2b.domain.reason import Reason
from b2b.domain.request import (
    BatchId,
    GroupId,
    GuestRequest,
    RequestId,
    RowRef,
    TenantId,
    Wish,
    request_id,
)
from b2b.wire.addresses import ADDRESSES
from b2b.wire.bodies import (
    AssignmentMessage,
    Day,
    DepartureMessage,
    InvitationFields,
    InvitationMessage,
    MailMessage,
    Message,
    Name,
    PackageRef,
    PublishMessage,
    RowSource,
    Source,
)
from b2b.wire.reading import read_as
from b2b.wire.seals import ATTEMPT, SINCE, bears_seal, read_tries, sealed_properties

__all__ = [
    "ADDRESSES",
    "ATTEMPT",
    "SINCE",
    "WISH_FIELDS",
    "Day",
    "InvitationFields",
    "Message",
    "Name",
    "bears_seal",
    "read_as",
    "read_assignment",
    "read_departure",
    "read_mail",
    "read_publish",
    "read_request",
    "read_tries",
    "sealed_properties",
    "write_assignment",
    "write_departure",
    "write_mail",
    "write_publish",
    "write_request",
]

WISH_FIELDS = {
    "display_name", "groups", "access_packages", "remove_groups", "remove_access_packages",
    "expires_on", "sponsor", "company",
    "redirect_url", "language", "message", "delivery", "correlation_id",
}  # fmt: skip


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
        content=message.content,
        as_member=message.as_member,
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
        content=assignment.content,
        as_member=assignment.as_member,
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


def _write(message: Message) -> bytes:
    return message.model_dump_json(by_alias=True, exclude_defaults=False).encode()
