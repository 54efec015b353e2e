"""A house that sends mails of its own, and how far a letter has come in it."""

from datetime import timedelta
from typing import Any

from b2b import wire
from b2b.domain.errors import Refused, TryLater
from b2b.domain.mail import Letter, LetterId
from b2b.domain.reason import Reason
from b2b.domain.request import Delivery
from tests.fakes.house import FakeHouse
from tests.fakes.queues import MAILS
from tests.fakes.queues import Letter as Message
from tests.flows.examples import a_house, a_policy

LENA = "lena@fabrikam.com"
MAILBOX = "guests@contoso.com"
LOST = TryLater(Reason("directory_unreachable", "No answer."), timedelta(seconds=10), unclear=True)
BUSY = TryLater(Reason("throttled", "Asks for a pause."), timedelta(seconds=30))
NO = Refused(Reason("mail_refused", "Exchange answered 400."))


def mailing_house(**how: Any) -> FakeHouse:
    policy = a_policy(delivery=Delivery.MAIL, **how.pop("partner", {}))
    return a_house(policy=policy, mailbox=how.pop("mailbox", MAILBOX), **how)


def mailed(house: FakeHouse) -> list[str]:
    return [one.to for one in house.mailbox.sent]


def the_letter(house: FakeHouse) -> Letter:
    (letter,) = house.outbox.kept.values()
    return letter


async def until_posted(house: FakeHouse) -> None:
    """The guest is invited, and the letter waits to be sent."""
    while not house.queues.held(MAILS):
        house.clock.reach(house.queues.next_at() or house.clock())
        await house._give(house.queues.take())


def again(house: FakeHouse, letter: LetterId) -> Message:
    """Under an id that the bus does not know."""
    name = f"again-{house.clock()}-{len(house.queues.letters)}"
    return Message(MAILS, name, wire.write_mail(letter), house.clock())
