"""The flows in a house of fakes, and a host that delivers until no message is left."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from b2b import wire
from b2b.domain.access import Assignment
from b2b.domain.batch import LedgerRow
from b2b.domain.claim import Claim
from b2b.domain.errors import Refused, TryLater
from b2b.domain.policy import Policy
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.request import (
    Address,
    BatchId,
    Delivery,
    GuestRequest,
    RequestId,
    RowRef,
    TenantId,
    Wish,
    content_of,
    request_id,
)
from b2b.domain.verdict import UPLOADS
from b2b.flows.assignment import Assigning
from b2b.flows.braking import Braking
from b2b.flows.claims import Claims
from b2b.flows.dead_letter_queue import DeadLetterQueue, Memory
from b2b.flows.dead_letters import DeadLetters
from b2b.flows.file_brakes import FileBrakes
from b2b.flows.fresh_link import FreshLink
from b2b.flows.giving_back import GivingBack
from b2b.flows.intake import Intake
from b2b.flows.mailing import Mailing
from b2b.flows.onboarding import Onboarding
from b2b.flows.packages import Packaging
from b2b.flows.posting import Posting
from b2b.flows.releasing import Releasing
from b2b.flows.resending import Resending
from b2b.flows.results import Results
from b2b.flows.sender_links import SenderLinks
from b2b.flows.sending_again import SendingAgain
from b2b.flows.settling import Settling
from b2b.flows.sponsoring import Sponsoring
from b2b.flows.still_true import StillTrue
from b2b.flows.telling import Telling
from b2b.flows.wrong_messages import WrongMessages
from b2b.wiring.mail import post_for
from tests.fakes.access_removals import FakeAccessRemovals
from tests.fakes.brake_places import FakeBrakePlaces
from tests.fakes.clock import FakeClock
from tests.fakes.colleagues import FakeColleagues
from tests.fakes.dead_letters import FakeDeadLetters
from tests.fakes.directory import FakeDirectory
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Died, Footing
from tests.fakes.grants import FakeGrants
from tests.fakes.journal import FakeJournal
from tests.fakes.ledger import FakeLedger
from tests.fakes.mail import FakeMailbox, FakeOutbox, FakeStationery
from tests.fakes.outbox import FakeHerald
from tests.fakes.outbox import FakeOutbox as FakeEventOutbox
from tests.fakes.packages import FakePackages
from tests.fakes.policy import FakePolicy
from tests.fakes.queues import ASSIGNMENTS, INVITATIONS, MAILS, RESULTS, FakeQueues, Letter
from tests.fakes.seal_key import FakeSealKey

TENANT = TenantId("00000000-0000-4000-8000-000000000001")
BATCH = BatchId("a-batch")
REPLICATION = timedelta(minutes=5)
ASSIGN_AFTER = timedelta(seconds=30)
LOOK_AGAIN = timedelta(seconds=15)
DAY = timedelta(days=1)
LEASE = timedelta(minutes=2)
CLAIMS = Claims(
    tenant=TENANT,
    invitations=INVITATIONS,
    assignments=ASSIGNMENTS,
    departures="guest-departures",
)


class FakeHouse:
    """`dies_at`: the step at which the process dies, once; the host starts it again."""

    def __init__(
        self,
        policy: Policy | Reason | TryLater,
        *,
        lag: timedelta = timedelta(0),
        dies_at: int | None = None,
        mailbox: str = "",
    ) -> None:
        self.clock = FakeClock()
        self.footing = Footing(dies_at)
        self.directory = FakeDirectory(self.clock, self.footing, lag)
        self.ledger = FakeLedger(self.footing)
        self.queues = FakeQueues(self.clock, self.footing)
        self.files = FakeFiles(self.footing)
        self.policy = FakePolicy(policy)
        self.set_aside: list[Reason] = []
        self.pauses: list[float] = []
        self.dead = FakeDeadLetters()
        self.memory = Memory()
        self.packages = FakePackages(self.clock, self.footing)
        self.grants = FakeGrants(self.footing)
        self.removals = FakeAccessRemovals(self.footing)
        self.colleagues = FakeColleagues(self.footing)
        self.packaging = Packaging(
            packages=self.packages,
            grants=self.grants,
            clock=self.clock,
            look_again=LOOK_AGAIN,
            replication=REPLICATION,
        )
        self.sponsoring = Sponsoring(
            colleagues=self.colleagues, links=self.colleagues, clock=self.clock
        )
        self.outbox = FakeOutbox(self.footing)
        self.event_outbox = FakeEventOutbox(self.footing)
        self.herald = FakeHerald(self.footing)
        self.journal = FakeJournal(self.ledger, self.footing)
        self.mailbox = FakeMailbox(self.footing)
        self.posting = Posting(outbox=self.outbox, rounds=self.queues, mailbox=mailbox)
        self.mailing = Mailing(
            outbox=self.outbox,
            mailbox=self.mailbox,
            mailbox_name=mailbox,
            stationery=FakeStationery(),
            fresh_link=FreshLink(directory=self.directory),
            still_true=StillTrue(
                directory=self.directory,
                ledger=self.ledger,
                journal=self.journal,
                outbox=self.outbox,
            ),
            policy=self.policy,
            clock=self.clock,
            give_up_after=DAY,
            lease=LEASE,
        )
        self.resending = Resending(
            outbox=self.outbox, rounds=self.queues, clock=self.clock, give_up_after=DAY
        )
        self.onboarding = Onboarding(
            directory=self.directory,
            ledger=self.ledger,
            queues=self.queues,
            policy=self.policy,
            clock=self.clock,
            replication=REPLICATION,
            assign_after=ASSIGN_AFTER,
            sponsoring=self.sponsoring,
            packaging=self.packaging,
            post=post_for(self.posting),
        )
        self.assigning = Assigning(
            directory=self.directory,
            packaging=self.packaging,
            removals=self.removals,
            ledger=self.ledger,
            queues=self.queues,
            policy=self.policy,
            clock=self.clock,
        )
        self.giving_back = GivingBack(
            directory=self.directory,
            packages=self.packages,
            removals=self.removals,
            ledger=self.ledger,
            queues=self.queues,
            policy=self.policy,
            clock=self.clock,
        )
        self.places = FakeBrakePlaces(self.footing)
        self.braking = Braking(places=self.places, journal=self.journal, clock=self.clock)
        self.intake = Intake(
            files=self.files,
            ledger=self.ledger,
            queues=self.queues,
            policy=self.policy,
            brakes=FileBrakes(braking=self.braking, ledger=self.ledger),
            clock=self.clock,
            tenant=TENANT,
        )
        self.releasing = Releasing(
            intake=self.intake,
            ledger=self.ledger,
            queues=self.queues,
            places=self.places,
            clock=self.clock,
        )
        self.results = Results(files=self.files, ledger=self.ledger)
        self.dead_letters = DeadLetters(files=self.files, ledger=self.ledger, queues=self.queues)
        self.seal_key = FakeSealKey(self.footing)
        self.sending_again = SendingAgain(
            copies=self.queues,
            seal_key=self.seal_key,
            dead_letters=self.dead_letters,
            claims=CLAIMS,
            clock=self.clock,
            give_up_after=DAY,
        )

    @property
    def settling(self) -> Settling:
        return Settling(sending_again=self.sending_again, pause=self.pause)

    @property
    def dead_letter_queue(self) -> DeadLetterQueue:
        return DeadLetterQueue(
            sending_again=self.sending_again,
            dead_letters=self.sending_again.dead_letters,
            dead=self.dead,
            queues=(INVITATIONS, RESULTS),
            answered=frozenset({INVITATIONS}),
            wrong=WrongMessages(ledger=self.ledger, telling=self._telling),
            memory=self.memory,
        )

    @property
    def _telling(self) -> Telling:
        return Telling(
            outbox=self.event_outbox,
            herald=self.herald,
            ledger=self.ledger,
            journal=self.journal,
            queues=self.queues,
            clock=self.clock,
            links=SenderLinks(self.files),
        )

    async def pause(self, seconds: float) -> None:
        """By the clock of the test."""
        self.pauses.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))

    async def ask(self, *requests: GuestRequest) -> None:
        """Kept and queued, as the intake does it."""
        for one in requests:
            row = LedgerRow(
                ref=one.row,
                email=one.wish.email,
                sender=UPLOADS,
                request=one.id,
                correlation=one.wish.correlation_id,
                content=content_of(one.wish),
            )
            self.ledger.kept.setdefault(row.ref, row)
            name, body = one.id, wire.write_request(one)
            self.queues.put(Letter(INVITATIONS, name, body, self.clock()))

    async def drop(self, name: str, content: str | bytes) -> None:
        """Puts a file there and lets the host bring it until the app has taken it in."""
        self.files.put("uploads", name, content if isinstance(content, bytes) else content.encode())
        await self.bring(name)

    async def bring(self, name: str) -> None:
        try:
            await self.intake.take_in(name)
        except Died:
            await self.intake.take_in(name)

    async def deliver(self, *, times: int = 1) -> None:
        """Until no message is left, each given `times` over, however long it takes by the clock."""
        while (moment := self.queues.next_at()) is not None:
            self.clock.reach(moment)
            letters = self.queues.take()
            for _ in range(times):
                await self._give(letters)

    async def deliver_once(self) -> None:
        """What comes next, and nothing of what follows from it."""
        moment = self.queues.next_at()
        assert moment is not None
        self.clock.reach(moment)
        await self._give(self.queues.take())

    async def _give(self, letters: Sequence[Letter]) -> None:
        try:
            for letter, wait in (await self._turn(letters)).items():
                await self._defer(letter, wait)
        except Died:
            self.queues.abandon(letters)

    async def _turn(self, letters: Sequence[Letter]) -> Mapping[Letter, TryLater]:
        queue, body = letters[0].queue, letters[0].body
        if queue == ASSIGNMENTS:
            return await self._assign(letters)
        try:
            if queue == INVITATIONS:
                await self.onboarding.onboard(wire.read_request(body, TENANT))
            elif queue == MAILS:
                await self.mailing.send(wire.read_mail(body))
            else:
                await self.results.publish(wire.read_publish(body))
        except TryLater as wait:
            return {letters[0]: wait}
        except Refused as refusal:
            self.set_aside.append(refusal.reason)
        return {}

    async def _assign(self, letters: Sequence[Letter]) -> Mapping[Letter, TryLater]:
        by_value: dict[Assignment, Letter] = {
            wire.read_assignment(letter.body): letter for letter in letters
        }
        later = await self.assigning.assign(list(by_value))
        for ending in later.values():
            if isinstance(ending, Refused):
                self.set_aside.append(ending.reason)
        return {
            by_value[assignment]: ending
            for assignment, ending in later.items()
            if isinstance(ending, TryLater)
        }

    async def _defer(self, letter: Letter, wait: TryLater) -> None:
        message = await self.sending_again.believe(letter.queue, self.received(letter))
        await self.sending_again.defer(letter.queue, message, wait)

    def received(self, letter: Letter) -> ReceivedMessage:
        """As the host hands it over."""
        return ReceivedMessage(
            body=letter.body,
            message_id=letter.id,
            enqueued_at=letter.at,
            properties=letter.properties,
            delivery_count=letter.deliveries,
        )

    # What the tests ask

    def row(self, line: int = 2, batch: BatchId = BATCH) -> LedgerRow:
        return self.ledger.kept[RowRef.of_line(batch, line)]

    def messages(self) -> list[str]:
        """The ids of all messages that wait, but for those that ask for results."""
        return sorted(one.id for one in self.queues.letters if one.queue != RESULTS)


def a_request(
    email: str = "lena@fabrikam.com",
    *,
    groups: Sequence[str] = (),
    line: int = 2,
    batch: BatchId = BATCH,
    delivery: Delivery | None = None,
    **asked: object,
) -> GuestRequest:
    wish = Wish(
        email=Address(email),
        groups=tuple(groups),
        delivery=delivery,
        **asked,  # type: ignore[arg-type]  # whatever else a test asks for
    )
    made: RequestId = request_id(TENANT, wish.email, batch)
    return GuestRequest(made, wish, RowRef.of_line(batch, line))


def claim_on(request: GuestRequest) -> Claim:
    """What the message of this row of a file claims."""
    return Claim(
        row=request.row, request=request.id, content=content_of(request.wish), sender=UPLOADS
    )
