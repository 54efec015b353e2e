"""A night of the sweep at whose edge other services write; the tenant is the stand-in's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

import pytest_asyncio

from b2b.adapters.graph.accounts import GraphAccounts
from b2b.adapters.graph.colleagues import GraphColleagues
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.pending import GraphInvitees
from b2b.domain.command import Leaving, asked_by
from b2b.domain.errors import TryLater
from b2b.domain.outcome import NotDone, Outcome
from b2b.domain.request import Address, TenantId
from b2b.flows.asking import Asking
from b2b.flows.braking import Braking
from b2b.flows.leaving import Farewell
from b2b.flows.message_brakes import MessageBrakes
from b2b.flows.onboarding import Onboarding
from b2b.flows.redemptions import Redemptions
from b2b.flows.renewing import Renewing
from b2b.flows.sender_links import SenderLinks
from b2b.flows.sponsoring import Sponsoring
from b2b.flows.telling import Telling, ToldJournal, ToldLedger
from b2b.ports import Journal, Ledger
from tests.adapters.standin import SCOPE, Token
from tests.fakes.brake_places import FakeBrakePlaces
from tests.fakes.footing import Died
from tests.fakes.outbox import FakeAwaited, FakeHerald, FakeOutbox
from tests.fakes.queues import FakeQueues
from tests.flows_sweep.night import POLICY, ROLES, TRIES, Night, night

PORTAL = "supplier-portal"


@dataclass
class Evening:
    """A night at whose edge other services write."""

    night: Night
    outbox: FakeOutbox
    herald: FakeHerald
    telling: Telling
    asking: Asking
    redemptions: Redemptions
    awaited: FakeAwaited
    braking: Braking

    async def leave(self, name: str, correlation: str = "c-1", sender: str = PORTAL) -> Outcome:
        """However often the process dies on the way, it is delivered again."""
        command = leaving(name, correlation, sender)
        day = self.night.clock().date()
        for _ in range(TRIES):
            try:
                await self.asking.let_go(command, day)
                break
            except TryLater as wait:
                self.night.clock.advance(wait.after)
            except Died:
                continue
        self.night.footing.dies_at = None
        await self.telling.flush()
        outcome = self.night.ledger.kept[command.asked.row].outcome
        assert outcome is not None
        return outcome

    @classmethod
    def of(cls, dark: Night) -> "Evening":
        adapter = connect(Token(dark.graph.token(*ROLES)), dark.graph.url, SCOPE)
        accounts = GraphAccounts(adapter)
        footing, clock, queues = dark.footing, dark.clock, FakeQueues(dark.clock, dark.footing)
        outbox, herald, awaited = FakeOutbox(footing), FakeHerald(footing), FakeAwaited(footing)
        telling = Telling(
            outbox=outbox,
            herald=herald,
            ledger=dark.ledger,
            journal=dark.journal,
            queues=queues,
            clock=clock,
            links=SenderLinks(dark.files),
        )
        ledger = cast(Ledger, ToldLedger(dark.ledger, telling))
        journal = cast(Journal, ToldJournal(dark.journal, telling))
        dark.departing = replace(dark.departing, journal=journal, ledger=ledger)
        dark.taking_back = replace(dark.taking_back, journal=journal, ledger=ledger)
        colleagues = GraphColleagues(adapter)
        directory, policy = dark.taking_back.directory, dark.policy
        places = FakeBrakePlaces(footing)
        braking = Braking(places=places, journal=dark.journal, clock=clock)
        asking = Asking(
            ledger=ledger,
            queues=queues,
            onboarding=Onboarding(
                directory=directory,
                ledger=ledger,
                queues=queues,
                policy=policy,
                clock=clock,
                replication=timedelta(0),
                assign_after=timedelta(0),
                sponsoring=Sponsoring(colleagues=colleagues, links=colleagues, clock=clock),
                packaging=dark.taking_back.packaging,
            ),
            renewing=Renewing(
                directory=directory,
                ledger=ledger,
                policy=policy,
                clock=clock,
                bring_back=dark.taking_back.bring_back,
                packaging=dark.taking_back.packaging,
            ),
            brakes=MessageBrakes(braking=braking, policy=policy),
            farewell=Farewell(
                accounts=accounts,
                ledger=ledger,
                journal=journal,
                departing=dark.departing,
                braking=braking,
                policy=policy,
                clock=clock,
            ),
        )
        redemptions = Redemptions(
            invitees=GraphInvitees(adapter, page=3),
            accounts=accounts,
            awaited=awaited,
            ledger=dark.ledger,
            telling=telling,
            clock=clock,
        )
        return cls(dark, outbox, herald, telling, asking, redemptions, awaited, braking)


def leaving(name: str, correlation: str, sender: str) -> Leaving:
    address = Address(f"{name}@partner.example")
    tenant = TenantId("t")
    return Leaving(asked_by(tenant, "guest-leave/1", sender, correlation, address, ""))


def code(outcome: Outcome) -> str:
    assert isinstance(outcome, NotDone)
    return outcome.reason.code


SERVED = replace(
    POLICY, partners=tuple(replace(one, senders=frozenset({PORTAL})) for one in POLICY.partners)
)


@pytest_asyncio.fixture
async def evening() -> AsyncIterator[Evening]:
    async with night() as dark:
        dark.policy.now = SERVED
        yield Evening.of(dark)
