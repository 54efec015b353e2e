"""What every mailbox promises: the fake, and Microsoft Graph through the unmodified SDK."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.mailbox import GraphMailbox
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.domain.errors import Refused, TryLater
from b2b.domain.mail import LetterId, Written
from b2b.domain.pace import Pace
from b2b.domain.request import Address
from b2b.ports.mail import DraftId, Envelope, Mailbox
from sandbox.directory import Directory
from sandbox.directory.faults import Fault
from tests.adapters.standin import SCOPE, Token
from tests.fakes.footing import Footing
from tests.fakes.mail import FakeMailbox

MAILBOX = "guests@home.example"
ROLES = ("Mail.ReadWrite", "Mail.Send")
HOSTILE = 'Böb "Q" <x@y.example>\r\nBcc: everybody@evil.example'


def an_envelope(letter: str = "", **traits: Any) -> Envelope:
    whole: dict[str, Any] = {
        "letter": LetterId(letter or uuid4().hex),
        "to": Address("lena.o'hara+x@fabrikam.com"),
        "name": HOSTILE,
        "sender_name": "Contoso, Guests",
        "reply_to": "help@home.example",
        "language": "de",
        "written": Written("Grüße\r\nX-Evil: 1", "<p>Grüße</p>\n", "Grüße\n"),
    }
    return Envelope(**whole | traits)


@dataclass
class Place:
    """A mailbox, and what went out of it."""

    mailbox: Mailbox
    sent: Callable[[], list[str]]


class MailboxContract:
    async def test_a_draft_is_sent_once(self, place: Place) -> None:
        draft = await place.mailbox.draft(an_envelope())
        before = await place.mailbox.is_sent(draft)
        for _ in range(3):
            await place.mailbox.send(draft)

        assert before is False
        assert await place.mailbox.is_sent(draft) is True
        assert place.sent() == ["lena.o'hara+x@fabrikam.com"]

    async def test_a_draft_is_found_by_its_letter_until_it_is_sent(self, place: Place) -> None:
        one, other = an_envelope(), an_envelope()
        draft = await place.mailbox.draft(one)
        await place.mailbox.draft(other)
        found = await place.mailbox.find(one.letter)
        await place.mailbox.send(draft)

        assert found == draft
        assert await place.mailbox.find(one.letter) is None
        assert await place.mailbox.find(LetterId(uuid4().hex)) is None

    async def test_a_draft_that_is_gone_counts_as_sent(self, place: Place) -> None:
        assert await place.mailbox.is_sent(DraftId("AAkNoSuchDraft")) is True
        await place.mailbox.send(DraftId("AAkNoSuchDraft"))

        assert place.sent() == []


class TestFakeMailbox(MailboxContract):
    @pytest.fixture
    def place(self) -> Place:
        mailbox = FakeMailbox(Footing())
        return Place(mailbox, lambda: [one.to for one in mailbox.sent])


@dataclass
class GraphPlace(Place):
    graph: Directory

    def fails(self, path: str, method: str = "POST", **how: Any) -> None:
        self.graph.world.faults.rules.append(Fault(method=method, path=path, **how))

    def speaks(self, *roles: str, mailbox: str = MAILBOX) -> GraphMailbox:
        adapter = connect(Token(self.graph.token(*roles)), self.graph.url, SCOPE)
        return GraphMailbox(adapter, mailbox, Pacing(paces={b: Pace(rate=500) for b in Budget}))


class TestGraphMailbox(MailboxContract):
    @pytest_asyncio.fixture(params=[True, False], ids=["ids-kept", "ids-lost"])
    async def place(self, request: pytest.FixtureRequest) -> AsyncIterator[GraphPlace]:
        """People report that a sent message has another id than documented: both must do."""
        users = [
            {"mail": MAILBOX, "userPrincipalName": MAILBOX, "userType": "Member"},
            {"mail": "guest@fabrikam.com"},
        ]
        async with Directory.running(
            seed={"users": users}, quotas=False, sent_items_keep_ids=request.param
        ) as graph:
            mails = graph.world.mails
            place = GraphPlace(None, lambda: [one["to"] for one in mails], graph)  # type: ignore[arg-type]
            place.mailbox = place.speaks(*ROLES)
            yield place

    async def test_a_mail_arrives_in_both_parts_and_no_header_can_be_slipped_in(
        self, place: GraphPlace
    ) -> None:
        envelope = an_envelope()
        await place.mailbox.send(await place.mailbox.draft(envelope))
        (mail,) = place.graph.world.mails

        assert mail["to"] == "lena.o'hara+x@fabrikam.com"
        assert mail["sender"] == MAILBOX
        assert mail["subject"] == "Grüße X-Evil: 1"
        assert (mail["body"], mail["text"]) == ("<p>Grüße</p>\n", "Grüße\n")
        headers = mail["headers"]
        assert "Bcc" not in headers
        assert "X-Evil" not in headers
        assert headers["From"] == f'"Contoso, Guests" <{MAILBOX}>'
        assert headers["Reply-To"] == "help@home.example"
        assert headers["Message-ID"] == f"<guestkeeper.{envelope.letter}@home.example>"
        assert headers["Content-Language"] == "de"
        assert headers["Auto-Submitted"] == "auto-generated"
        assert headers["X-Auto-Response-Suppress"] == "All"

    async def test_without_a_permission_it_is_waited_for(self, place: GraphPlace) -> None:
        with pytest.raises(TryLater) as wait:
            await place.speaks("Mail.Send").draft(an_envelope())
        draft = await place.speaks("Mail.ReadWrite").draft(an_envelope())
        with pytest.raises(TryLater):
            await place.speaks("Mail.ReadWrite").send(draft)

        assert wait.value.reason.code == "mailbox_closed"
        assert not wait.value.unclear
        assert place.sent() == []

    @pytest.mark.parametrize("name", ["nobody@home.example", "guest@fabrikam.com"])
    async def test_a_mailbox_that_is_none_is_waited_for(self, place: GraphPlace, name: str) -> None:
        with pytest.raises(TryLater) as wait:
            await place.speaks(*ROLES, mailbox=name).draft(an_envelope())

        assert wait.value.reason.code == "mailbox_unknown"

    @pytest.mark.parametrize("path", ["/messages$", "/send$"])
    @pytest.mark.parametrize("how", [{"drop": True}, {"status": 504}])
    async def test_a_lost_answer_is_unclear(
        self, place: GraphPlace, path: str, how: dict[str, Any]
    ) -> None:
        place.fails(path, after_effect=True, **how)
        with pytest.raises(TryLater) as wait:
            await place.mailbox.send(await place.mailbox.draft(an_envelope()))

        assert wait.value.unclear

    async def test_what_exchange_refuses_is_refused_without_telling_whom(
        self, place: GraphPlace
    ) -> None:
        place.fails("/send$", status=400, code="ErrorInvalidRecipients", message="lena@x.example")
        draft = await place.mailbox.draft(an_envelope())
        with pytest.raises(Refused) as refusal:
            await place.mailbox.send(draft)

        assert refusal.value.reason.code == "mail_refused"
        assert "ErrorInvalidRecipients" in refusal.value.reason.sentence
        assert "lena" not in refusal.value.reason.sentence

    async def test_an_address_that_exchange_does_not_take_is_refused(
        self, place: GraphPlace
    ) -> None:
        with pytest.raises(Refused) as refusal:
            await place.mailbox.draft(an_envelope(to=Address("bjørn@fabrikam.com")))

        assert refusal.value.reason.code == "address_not_ascii"
