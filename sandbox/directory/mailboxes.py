"""/users/{id}/messages: drafts from MIME, found, looked at and sent, as far as one sender needs it.

https://learn.microsoft.com/graph/api/user-post-messages, message-get, message-send, and
https://learn.microsoft.com/graph/outlook-send-mime-message (read 2026-11-23).
"""

import re
from base64 import b64decode
from binascii import Error as NoBase64
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Final
from uuid import uuid4

from sandbox.directory.bodies import Body, Field
from sandbox.directory.refusals import Refused, bad
from sandbox.directory.things import User
from sandbox.directory.world import Answer, Call

MIME: Final = "$mime"  # where a body of text/plain stands
DRAFT: Final[Body] = {MIME: Field(required=True)}
OPTIONS: Final = frozenset({"$select", "$filter", "$top"})
LARGEST: Final = 4 * 1024 * 1024
SAME_ID: Final = 'idtype="immutableid"'
BY_NAME: Final = re.compile(r"internetMessageId eq '((?:[^']|'')*)'")
FIELDS: Final = ("id", "subject", "isDraft", "internetMessageId", "createdDateTime")


@dataclass(slots=True)
class Message:
    id: str  # the one asked for: immutable or not
    immutable: bool
    mail: EmailMessage
    at: str
    sent: bool = False


def create(call: Call) -> Answer:
    """A draft. The same name twice is two drafts, as in Exchange."""
    owner = mailbox(call, call.args[0])
    try:
        raw = b64decode(call.body[MIME], validate=True)
    except (NoBase64, ValueError):
        raise bad(
            "Invalid base64 string for MIME content.", "ErrorMimeContentInvalidBase64String"
        ) from None
    if len(raw) > LARGEST:
        raise Refused(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum size.")
    mail = message_from_bytes(raw, policy=default)
    if mail.defects or not mail.get("Subject") or not mail.get_content_type():
        raise bad("The MIME content is invalid.", "ErrorMimeContentInvalid")
    assert isinstance(mail, EmailMessage)
    immutable = SAME_ID in call.headers.get("prefer", "").lower()
    message = Message(f"AAk{uuid4().hex}", immutable, mail, call.world.stamp())
    call.world.messages.setdefault(owner.id, {})[message.id] = message
    return Answer(201, call.context("users('x')/messages/$entity") | _shown(message, FIELDS))


def find(call: Call) -> Answer:
    """By the name that the sender gave it; sent ones are in the mailbox too."""
    owner = mailbox(call, call.args[0])
    wanted = BY_NAME.fullmatch(call.options.get("$filter", ""))
    if wanted is None:
        raise bad("Invalid filter clause", "ErrorInvalidUrlQueryFilter")
    name = wanted[1].replace("''", "'").lower()
    held = call.world.messages.get(owner.id, {}).values()
    found = [one for one in held if str(one.mail.get("Message-ID", "")).lower() == name]
    value = [_shown(one, _selected(call)) for one in found]
    return Answer(200, call.context("users('x')/messages") | {"value": value})


def get(call: Call) -> Answer:
    """With `sentItemsKeepIds` a sent message is still there, if its id was an immutable one."""
    message = _message(call)
    return Answer(
        200, call.context("users('x')/messages/$entity") | _shown(message, _selected(call))
    )


def send(call: Call) -> Answer:
    owner, message = mailbox(call, call.args[0]), _message(call)
    if message.sent:
        raise _gone()
    mail = message.mail
    sender = _addresses(mail, "From")
    if sender != [(owner.mail or "").lower()]:
        raise Refused(
            403, "ErrorSendAsDenied", "The user account which was used to submit this request "
            "does not have the right to send mail on behalf of the specified sending account."
        )  # fmt: skip
    everyone = [one for kind in ("To", "Cc", "Bcc") for one in _addresses(mail, kind)]
    if not everyone:
        raise bad("At least one recipient isn't valid.", "ErrorInvalidRecipients")
    for address in everyone:
        call.world.post_mail(address, "message", **_delivered(mail, owner))
    message.sent = True
    return Answer(202)


def mailbox(call: Call, name: str) -> User:
    """Raises Refused (404) when there is no such user, or no mailbox of theirs."""
    owner = call.store.named(name)
    if owner is None:
        raise Refused(404, "ErrorInvalidUser", f"The requested user '{name}' is invalid.")
    if owner.userType != "Member" or not owner.mail:
        raise Refused(
            404, "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )  # fmt: skip
    return owner


def _message(call: Call) -> Message:
    owner = mailbox(call, call.args[0])
    message: Message | None = call.world.messages.get(owner.id, {}).get(call.args[1])
    kept = call.world.tenant.sent_items_keep_ids
    if message is None or (message.sent and not (message.immutable and kept)):
        raise _gone()
    return message


def _gone() -> Refused:
    return Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def _delivered(mail: EmailMessage, owner: User) -> dict[str, Any]:
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    return {
        "sender": owner.mail,
        "subject": str(mail.get("Subject", "")),
        "body": _lines(html.get_content()) if html else None,
        "text": _lines(text.get_content()) if text else None,
        "headers": {name: str(value) for name, value in mail.items()},
    }


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _addresses(mail: EmailMessage, header: str) -> list[str]:
    """Every address of a header, in small letters."""
    found = mail.get_all(header, [])
    return [one.addr_spec.lower() for value in found for one in value.addresses]


def _selected(call: Call) -> tuple[str, ...]:
    asked = call.options.get("$select")
    if asked is None:
        return FIELDS
    names = tuple(name.strip() for name in asked.split(","))
    for name in names:
        if name not in FIELDS:
            raise bad(f"Could not find a property named '{name}'.", "RequestBroker--ParseUri")
    return names


def _shown(message: Message, fields: tuple[str, ...]) -> dict[str, Any]:
    whole = {
        "id": message.id,
        "subject": str(message.mail.get("Subject", "")),
        "isDraft": not message.sent,
        "internetMessageId": str(message.mail.get("Message-ID", "")),
        "createdDateTime": message.at,
    }
    return {name: whole[name] for name in fields}
