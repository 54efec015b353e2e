"""What tells other services and listens to them, put together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import cast

from b2b.adapters.brake_places import TableBrakePlaces
from b2b.adapters.event_outbox import TableAwaited, TableOutbox
from b2b.adapters.graph.accounts import GraphAccounts
from b2b.adapters.graph.pending import GraphInvitees
from b2b.adapters.herald import BusHerald
from b2b.adapters.journal import TableJournal
from b2b.domain.command import Leaving
from b2b.domain.lifecycle import ActionId, RunId
from b2b.flows.asking import Asking
from b2b.flows.braking import Braking
from b2b.flows.departure import Departing
from b2b.flows.leaving import Farewell
from b2b.flows.message_brakes import MessageBrakes
from b2b.flows.onboarding import Onboarding
from b2b.flows.redemptions import Redemptions
from b2b.flows.renewing import Renewing
from b2b.flows.sender_links import SenderLinks
from b2b.flows.stays import Stays
from b2b.flows.telling import Telling, ToldJournal, ToldLedger
from b2b.flows.welcome import Welcome
from b2b.flows.wrong_messages import WrongMessages
from b2b.ports import Journal, Ledger
from b2b.wiring.connections import Connections


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The ledger and the journal that every flow works with: what they close is told."""

    telling: Telling
    ledger: Ledger
    journal: Journal
    welcome: Welcome
    awaited: TableAwaited
    braking: Braking
    open: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


def told(shared: Connections) -> Told:
    journal, awaited = TableJournal(shared.tables), TableAwaited(shared.tables)
    settings = shared.settings
    herald = BusHerald(shared.bus, settings.event_topic, settings.tenant_id)
    telling = Telling(
        outbox=TableOutbox(shared.tables),
        herald=herald,
        ledger=shared.ledger,
        journal=journal,
        queues=shared.queues,
        clock=shared.clock,
        links=SenderLinks(shared.files),
    )
    return Told(
        telling=telling,
        ledger=cast(Ledger, ToldLedger(shared.ledger, telling)),
        journal=cast(Journal, ToldJournal(journal, telling)),
        welcome=Welcome(awaited=awaited, telling=telling, clock=shared.clock),
        awaited=awaited,
        braking=Braking(
            places=TableBrakePlaces(shared.tables), journal=journal, clock=shared.clock
        ),
        open=herald.open,
        close=herald.close,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondence:
    """What the house does with other services."""

    asking: Asking
    departing: Departing
    wrong: WrongMessages
    telling: Telling
    redemptions: Redemptions

    async def let_go(self, wanted: Leaving | tuple[RunId, ActionId], day: date) -> None:
        """Somebody's wish, or an action of a run of ours."""
        if isinstance(wanted, Leaving):
            await self.asking.let_go(wanted, day)
        else:
            await self.departing.depart(*wanted)


def correspondence(
    shared: Connections, voice: Told, keeping: Stays, onboarding: Onboarding
) -> Correspondence:
    accounts = GraphAccounts(shared.graph, shared.pacing)
    return Correspondence(
        asking=Asking(
            ledger=voice.ledger,
            queues=shared.queues,
            onboarding=onboarding,
            renewing=Renewing(
                directory=shared.directory,
                ledger=voice.ledger,
                policy=shared.policy,
                clock=shared.clock,
                bring_back=keeping.taking_back.bring_back,
                packaging=onboarding.packaging,
            ),
            brakes=MessageBrakes(braking=voice.braking, policy=shared.policy),
            farewell=Farewell(
                accounts=accounts,
                ledger=voice.ledger,
                journal=voice.journal,
                departing=keeping.departing,
                braking=voice.braking,
                policy=shared.policy,
                clock=shared.clock,
            ),
        ),
        departing=keeping.departing,
        wrong=WrongMessages(ledger=shared.ledger, telling=voice.telling),
        telling=voice.telling,
        redemptions=Redemptions(
            invitees=GraphInvitees(shared.graph, shared.pacing),
            accounts=accounts,
            awaited=voice.awaited,
            ledger=shared.ledger,
            telling=voice.telling,
            clock=shared.clock,
        ),
    )
