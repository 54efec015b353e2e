"""What keeps the length of a stay, put together."""

import asyncio

from b2b.adapters.graph.accounts import GraphAccounts
from b2b.adapters.graph.listing import GraphRoll
from b2b.flows.departure import Departing, Tell
from b2b.flows.stays import Stays
from b2b.flows.sweep import Sweep
from b2b.flows.taking_back import TakingBack
from b2b.flows.vigil import Vigil
from b2b.wiring.access import Access
from b2b.wiring.connections import Connections
from b2b.wiring.events import Told


def stays(shared: Connections, voice: Told, beyond: Access, tell: Tell) -> Stays:
    settings, journal = shared.settings, voice.journal
    accounts = GraphAccounts(shared.graph, shared.pacing)
    roll = GraphRoll(shared.graph, shared.pacing)
    return Stays(
        journal=journal,
        sweep=_sweep(shared, voice, beyond, roll),
        departing=Departing(
            accounts=accounts,
            roll=roll,
            packages=beyond.packages,
            sponsoring=beyond.sponsoring,
            journal=journal,
            ledger=voice.ledger,
            files=shared.files,
            policy=shared.policy,
            clock=shared.clock,
            tell=tell,
        ),
        taking_back=TakingBack(
            accounts=accounts,
            directory=shared.directory,
            journal=journal,
            ledger=voice.ledger,
            dispatch=shared.queues,
            packaging=beyond.packaging,
            sponsoring=beyond.sponsoring,
            policy=shared.policy,
            clock=shared.clock,
            tenant=settings.tenant_id,
        ),
        vigil=Vigil(
            journal=journal, clock=shared.clock, overdue_after=settings.sweep_overdue_seconds
        ),
    )


def _sweep(shared: Connections, voice: Told, beyond: Access, roll: GraphRoll) -> Sweep:
    return Sweep(
        roll=roll,
        packages=beyond.packages,
        journal=voice.journal,
        files=shared.files,
        dispatch=shared.queues,
        policy=shared.policy,
        clock=shared.clock,
        pause=asyncio.sleep,
        every=shared.settings.sweep_every_seconds,
        turn=shared.settings.sweep_turn_seconds,
    )
