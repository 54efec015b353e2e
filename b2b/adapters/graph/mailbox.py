"""The mailbox that our mails come from, through Microsoft Graph: a draft first, then it is sent.

A draft is made from MIME, for only so a mail holds its own plain text beside HTML; it is sent by
its id. https://learn.microsoft.com/graph/outlook-send-mime-message and
https://learn.microsoft.com/graph/api/message-send (read 2026-11-23). Sent Items are said to keep an
immutable id (https://learn.microsoft.com/graph/outlook-immutable-id), and people report that they
do not, so a draft that is gone counts as sent as well. Permissions: Mail.ReadWrite and Mail.Send.
"""

from base64 import b64encode
from datetime import timedelta
from typing import Any

from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from msgraph import GraphServiceClient
from pydantic import BaseModel, ConfigDict, Field

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.client import Ask, Graph
from b2b.adapters.graph.errors import error_of, translate
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.domain.errors import Refused, TryLater
from b2b.domain.mail import LetterId
from b2b.domain.odata import quoted
from b2b.domain.reason import Reason
from b2b.ports.mail import DraftId, Envelope

SAME_ID = {"Prefer": 'IdType="ImmutableId"'}
MENDED_AFTER = timedelta(minutes=5)
_UNKNOWN = Reason(
    "mailbox_unknown", "The mailbox in MAIL_FROM does not exist, or it is not in Exchange Online."
)
_CLOSED = Reason(
    "mailbox_closed", "The app may not use the mailbox: it needs Mail.ReadWrite and Mail.Send."
)


class _Draft(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    id: str
    is_draft: bool = Field(default=True, alias="isDraft")


class _Drafts(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    value: list[_Draft]


class GraphMailbox:
    """`name` is the mailbox's address. What an administrator can mend is waited for."""

    def __init__(self, adapter: RequestAdapter, name: str, pacing: Pacing | None = None) -> None:
        self._pacing = pacing or Pacing()
        self._graph = Graph(adapter, self._pacing)
        self._api = GraphServiceClient(request_adapter=adapter)
        self._name = name

    async def turn(self) -> None:
        await self._pacing.turn(Budget.MAIL)

    async def draft(self, envelope: Envelope) -> DraftId:
        from b2b.adapters.graph.mime import mime_of  # the mail package is needed by nobody else

        body = b64encode(mime_of(envelope, self._name))
        answer = await self._send(Ask(Method.POST, self._user.messages, text=body))
        return DraftId(_checked(answer).read(_Draft).id)

    async def find(self, letter: LetterId) -> DraftId | None:
        name = message_id(letter, self._name)
        query = {"$filter": f"internetMessageId eq {quoted(name)}", "$select": "id,isDraft"}
        answer = _checked(await self._send(Ask(Method.GET, self._user.messages, query)))
        return next((DraftId(one.id) for one in answer.read(_Drafts).value if one.is_draft), None)

    async def is_sent(self, draft: DraftId) -> bool:
        ask = Ask(Method.GET, self._message(draft), {"$select": "id,isDraft"})
        answer = await self._send(ask)
        if _no_such_message(answer):
            return True
        return not _checked(answer).read(_Draft).is_draft

    async def send(self, draft: DraftId) -> None:
        answer = await self._send(Ask(Method.POST, self._message(draft).send))
        if not _no_such_message(answer):
            _checked(answer)

    async def _send(self, ask: Ask) -> Answer:
        asked = Ask(
            ask.method,
            ask.builder,
            ask.query,
            headers=SAME_ID,
            budget=Budget.MAILBOX,
            text=ask.text,
        )
        return await self._graph.send(asked)

    @property
    def _user(self) -> Any:
        return self._api.users.by_user_id(self._name)

    def _message(self, draft: DraftId) -> Any:
        return self._user.messages.by_message_id(draft)


def message_id(letter: LetterId, mailbox: str) -> str:
    """The same for the same letter, so that its draft is found again."""
    return f"<guestkeeper.{letter}@{mailbox.rpartition('@')[2]}>"


def _no_such_message(answer: Answer) -> bool:
    return answer.status == 404 and error_of(answer)[0] == "ErrorItemNotFound"


def _checked(answer: Answer) -> Answer:
    if answer.ok:
        return answer
    if answer.status in (401, 403):
        raise TryLater(_CLOSED, MENDED_AFTER)
    if answer.status == 404:
        raise TryLater(_UNKNOWN, MENDED_AFTER)
    error = translate(answer)
    if isinstance(error, Refused):
        code = error_of(answer)[0]  # the message may name the reader
        raise Refused(Reason("mail_refused", f"Exchange answered {answer.status} {code}."))
    raise error
