"""What every outbox promises: the fake, and Azure Tables through Azurite."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from b2b.adapters.mail_outbox import TableOutbox
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.mail import Facts, Letter, LetterId, Line, MailKind, Section, Stage
from b2b.domain.reason import Reason
from b2b.domain.request import Address, Delivery
from b2b.ports.mail import Outbox
from tests.fakes.footing import Footing
from tests.fakes.mail import FakeOutbox

NOW = datetime(2026, 11, 23, 9, 0, 0, 123456, UTC)
FACTS = Facts(
    name="Bjørn O'Hara",
    address=Address("bjorn@fabrikam.com"),
    partner="Fabrikam",
    sponsor="s.weber@contoso.com",
    until=date(2027, 3, 1),
    message='Zeile 1\nZeile "2" <b>',
    rule="expired",
    redirect_url="https://myapps.microsoft.com",
    total=3,
    sections=(Section("ending", 3, (Line("a@b.example", date(2026, 12, 1)), Line("c@d.example"))),),
)


def a_letter(**traits: object) -> Letter:
    letter = Letter(
        id=LetterId(uuid4().hex),
        kind=MailKind.INVITATION,
        to=Address("bjorn@fabrikam.com"),
        language="de-DE",
        at=NOW,
        facts=FACTS,
        guest=GuestId("00000000-0000-4000-9000-000000000001"),
    )
    return replace(letter, **traits)  # type: ignore[arg-type]  # whatever a test asks for


class OutboxContract:
    async def test_an_unknown_letter_is_none(self, outbox: Outbox) -> None:
        assert await outbox.letter(a_letter().id) is None

    @pytest.mark.parametrize("kind", list(MailKind))
    async def test_a_letter_is_read_as_it_was_posted(self, outbox: Outbox, kind: MailKind) -> None:
        letter = a_letter(kind=kind)
        posted = await outbox.post(letter)

        assert await outbox.letter(letter.id) == posted
        assert replace(posted, version=None) == letter

    async def test_everything_that_becomes_of_a_letter_is_kept(self, outbox: Outbox) -> None:
        posted = await outbox.post(a_letter(guest=None, facts=Facts(), carrier=Delivery.GRAPH))
        ended = replace(
            posted,
            stage=Stage.DROPPED,
            claimed=NOW,
            draft="AAkALg==",
            again=NOW,
            ended=NOW,
            reason=Reason("given_up", "Too long."),
        )
        kept = await outbox.keep(ended)

        assert await outbox.letter(posted.id) == kept
        assert replace(kept, version=posted.version) == ended

    async def test_posted_again_a_letter_stays_as_it_stands(self, outbox: Outbox) -> None:
        posted = await outbox.post(a_letter())
        sent = await outbox.keep(replace(posted, stage=Stage.SENT))
        again = await outbox.post(a_letter(id=posted.id, language="fr"))

        assert again == sent
        assert await outbox.letter(posted.id) == sent

    async def test_of_two_writers_the_second_has_to_look_again(self, outbox: Outbox) -> None:
        posted = await outbox.post(a_letter())
        first = await outbox.keep(replace(posted, stage=Stage.WRITING))
        with pytest.raises(TryLater) as wait:
            await outbox.keep(replace(posted, stage=Stage.SENT))

        assert wait.value.reason.code == "changed_meanwhile"
        assert await outbox.letter(posted.id) == first

    async def test_the_letters_to_somebody_are_found(self, outbox: Outbox) -> None:
        reader = Address(f"o'hara-{uuid4().hex}@fabrikam.com")
        two = [await outbox.post(a_letter(to=reader)) for _ in range(2)]
        await outbox.post(a_letter())
        found = await outbox.letters_to(reader)

        assert sorted(one.id for one in found) == sorted(one.id for one in two)

    async def test_what_was_not_sent_is_found(self, outbox: Outbox) -> None:
        letters = {stage: await outbox.post(a_letter(stage=stage)) for stage in Stage}
        found = {one.id for one in await outbox.unsent()}

        assert letters.pop(Stage.SENT).id not in found
        assert {one.id for one in letters.values()} <= found

    async def test_of_many_posting_at_once_one_letter_is_left(self, outbox: Outbox) -> None:
        letter = a_letter()
        posted = await asyncio.gather(*(outbox.post(letter) for _ in range(8)))

        assert len({one.version for one in posted}) == 1


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tables(storage: str) -> AsyncIterator[TableServiceClient]:
    async with TableServiceClient.from_connection_string(storage) as opened:
        yield opened


class TestFakeOutbox(OutboxContract):
    @pytest.fixture
    def outbox(self) -> Outbox:
        return FakeOutbox(Footing())


@pytest.mark.asyncio(loop_scope="module")
class TestTableOutbox(OutboxContract):
    @pytest.fixture
    def outbox(self, tables: TableServiceClient) -> Outbox:
        return TableOutbox(tables)
