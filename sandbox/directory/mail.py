"""POST /users/{id}/sendMail: mails are kept for reading, not sent."""

from typing import Any, Final

from sandbox.directory.bodies import Body, Field
from sandbox.directory.mailboxes import mailbox
from sandbox.directory.refusals import bad
from sandbox.directory.world import Answer, Call

RECIPIENT: Final[Body] = {
    "emailAddress": Field("object", required=True, inner={"name": Field(), "address": Field()})
}
RECIPIENTS: Final = Field("things", inner=RECIPIENT)
MESSAGE: Final[Body] = {
    "subject": Field(),
    "body": Field("object", inner={"contentType": Field(), "content": Field()}),
    "toRecipients": RECIPIENTS,
    "ccRecipients": RECIPIENTS,
    "bccRecipients": RECIPIENTS,
    "replyTo": RECIPIENTS,
    "importance": Field(),
    "internetMessageHeaders": Field("things", inner={"name": Field(), "value": Field()}),
}
MAIL: Final[Body] = {
    "message": Field("object", required=True, inner=MESSAGE),
    "saveToSentItems": Field("bool"),
}


def send_mail(call: Call) -> Answer:
    sender = mailbox(call, call.args[0])
    message = call.body["message"]
    everyone = [one for kind in ("to", "cc", "bcc") for one in _addresses(message, kind)]
    if not everyone or not all("@" in address for address in everyone):
        raise bad("At least one recipient is not valid.", "ErrorInvalidRecipients")
    for address in everyone:
        call.world.post_mail(
            address,
            "message",
            sender=sender.mail,
            subject=message.get("subject"),
            body=(message.get("body") or {}).get("content"),
        )
    return Answer(202)


def _addresses(message: dict[str, Any], kind: str) -> list[str]:
    recipients = message.get(f"{kind}Recipients") or ()
    return [one["emailAddress"].get("address") or "" for one in recipients]
