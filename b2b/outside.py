"""What other services send us: read with every fault told, or refused."""

import codecs
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from b2b import wire
from b2b.domain.command import Asked, Command, Ensure, Leaving, Renewal, asked_by
from b2b.domain.errors import Refused
from b2b.domain.lifecycle import ActionId, RunId
from b2b.domain.policy import UPLOADS
from b2b.domain.reason import Reason
from b2b.domain.request import (
    Address,
    GuestRequest,
    TenantId,
    Wish,
    content_of,
)
from b2b.wire import WISH_FIELDS, Day, InvitationFields, Message, Name, read_as

LARGEST = 64 * 1024  # bytes of a body: the longest that anybody needs has a tenth of it
_OURS = 256 * 1024  # what a row of a file may grow to: no message of the Standard tier is longer

INVITATION, RENEWAL, LEAVE = "guest-invitation/1", "guest-renewal/1", "guest-leave/1"

_SENDER = r"^[a-z0-9][a-z0-9._-]{0,63}$"
_CORRELATION = r"^[!-~]{1,128}$"
SenderName = Annotated[
    str,
    Field(
        pattern=_SENDER,
        description="Your name in the policy, where the partners list whom they take requests of.",
    ),
]
CorrelationId = Annotated[
    str,
    Field(
        pattern=_CORRELATION,
        description="Yours, and a new one for each wish: the same message sent twice is one "
        "request because of it, and the events about the guest carry it.",
    ),
]
Email = Annotated[
    str, Field(min_length=3, max_length=320, description="The guest's address at home.")
]
Names = Annotated[tuple[Name, ...], Field(max_length=100)]


class GuestInvitation(InvitationFields):
    """Ensure a guest: invited unless they are there already, with the access asked for.

    Send it to the queue guest-invitations. Only what it names is ever taken away, and no account.
    """

    schema_: Literal["guest-invitation/1"] = Field(alias="schema")
    sender: SenderName
    correlation_id: CorrelationId
    email: Email
    groups: Names = Field(default=(), description="By the names in the policy.")
    access_packages: Names = Field(default=(), description="By the names in the policy.")
    remove_groups: Names = Field(default=(), description="To be taken away; the account stays.")
    remove_access_packages: Names = Field(
        default=(), description="To be taken away; the account stays."
    )
    expires_on: Day | None = Field(default=None, description="The last day of the stay.")
    sponsor: Name = Field(default="", description="The mail address of who answers for the guest.")


class GuestRenewal(Message):
    """The stay ends later. Send it to the queue guest-invitations; it invites nobody."""

    schema_: Literal["guest-renewal/1"] = Field(alias="schema")
    sender: SenderName
    correlation_id: CorrelationId
    email: Email
    expires_on: Day = Field(description="The new last day of the stay.")


class GuestLeave(Message):
    """The stay ends now: blocked at once, removed after the days of grace in the policy.

    Send it to the queue guest-departures.
    """

    schema_: Literal["guest-leave/1"] = Field(alias="schema")
    sender: SenderName
    correlation_id: CorrelationId
    email: Email


def read_invitation(body: bytes, tenant: TenantId, stamp: str | None = None) -> Command:
    """From guest-invitations. `stamp`: whose entrance it came by, if by one.

    Raises Refused `malformed_message`, `message_too_large`, `sender_reserved` and the like.
    """
    body, kind = _opened(body)
    if kind.source is not None:
        return _row_of_file(body, tenant, stamp)
    if kind.schema_ == RENEWAL:
        renewal = read_as(GuestRenewal, body)
        asked = _asked(renewal, tenant, stamp, str(renewal.expires_on))
        return Renewal(asked, renewal.expires_on)
    return _ensure(read_as(GuestInvitation, body), tenant, stamp)


def read_departure(
    body: bytes, tenant: TenantId, stamp: str | None = None
) -> Leaving | tuple[RunId, ActionId]:
    """From guest-departures: somebody's wish, or an action of a run of ours."""
    body, kind = _opened(body)
    if kind.schema_ == LEAVE:
        return Leaving(_asked(read_as(GuestLeave, body), tenant, stamp, ""))
    return wire.read_departure(body)


def told_by(body: bytes, stamp: str | None = None) -> tuple[str, str]:
    """Sender and correlation id of a message that is refused, as far as they can be made out.

    Whoever came by an entrance of their own is that sender, whatever name they give.
    """
    known = _as_it_may_be(stamp, _SENDER)
    try:
        said = _Signature.model_validate_json(body.removeprefix(codecs.BOM_UTF8)[:LARGEST])
    except ValidationError:
        return known, ""
    sender = known or _as_it_may_be(said.sender, _SENDER)
    return sender, _as_it_may_be(said.correlation_id, _CORRELATION)


def _row_of_file(body: bytes, tenant: TenantId, stamp: str | None) -> GuestRequest:
    """Only the app sends these, straight to the queue: none comes by an entrance."""
    if stamp is not None:
        words = "source is for rows of files, which no sender sends; leave it out."
        raise Refused(Reason("source_by_entrance", words))
    return wire.read_request(body, tenant)


def _as_it_may_be(said: object, pattern: str) -> str:
    return said if isinstance(said, str) and re.fullmatch(pattern, said) else ""


def _ensure(message: GuestInvitation, tenant: TenantId, stamp: str | None) -> Ensure:
    fields = message.model_dump(include=WISH_FIELDS)
    if message.sponsor:
        fields["sponsor"] = _sponsor(message.sponsor)
    wish = Wish(email=_address(message.email), **fields)
    asked = _asked(message, tenant, stamp, content_of(wish))
    if message.request_id not in (None, asked.id):
        raise Refused(Reason("wrong_request_id", "requestId does not belong to this request."))
    return Ensure(asked, GuestRequest(asked.id, wish, asked.row))


def _asked(
    message: GuestInvitation | GuestRenewal | GuestLeave,
    tenant: TenantId,
    stamp: str | None,
    content: str,
) -> Asked:
    if message.sender == UPLOADS:
        words = f'"{UPLOADS}" stands for files; give the name that the policy has for you.'
        raise Refused(Reason("sender_reserved", words))
    if stamp is not None and stamp != message.sender:
        words = "The message came by the entrance of another sender than it names."
        raise Refused(Reason("sender_mismatch", words))
    sender, correlation = message.sender, message.correlation_id
    email = _address(message.email)
    return asked_by(tenant, message.schema_, sender, correlation, email, content)


def _sponsor(text: str) -> Address:
    found = wire.ADDRESSES.read_anyone(text)
    if isinstance(found, Reason):
        words = f"The sponsor is no e-mail address of a colleague: {found.sentence}"
        raise Refused(Reason("invalid_sponsor", words))
    return found.address


def _address(text: str) -> Address:
    found = wire.ADDRESSES.read_anyone(text)
    if isinstance(found, Reason):
        raise Refused(found)
    return found.address


class _Kind(BaseModel):
    """Enough of a message to know what it means to be."""

    model_config = ConfigDict(defer_build=True)

    schema_: Any = Field(default="", alias="schema")
    source: Any = None


class _Signature(BaseModel):
    model_config = ConfigDict(defer_build=True)

    sender: Any = ""
    correlation_id: Any = Field(default="", alias="correlationId")


def _opened(body: bytes) -> tuple[bytes, _Kind]:
    size = len(body)
    body = body.removeprefix(codecs.BOM_UTF8)  # PowerShell and .NET put it there by themselves
    kind = read_as(_Kind, body) if size <= _OURS else _Kind()
    if kind.source is None and size > LARGEST:
        words = f"The message has {size} bytes; {LARGEST} are the most."
        raise Refused(Reason("message_too_large", words))
    return body, kind
