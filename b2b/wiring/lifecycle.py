"""What keeps the length of a stay, put together."""

import asyncio

from b2b.adapters.graph.accounts import GraphAccounts
from b2b.adapters.graph.listing import GraphRoll
from b2b.flows.approving import Approving
from b2b.flows.departure import Departing
from b2b.flows.giving_back import GivingBack
from b2b.flows.mailroom import Mailroom
from b2b.flows.stays import Stays
from b2b.flows.sweep import Sweep
from b2b.flows.taking_back import TakingBack
from b2b.flows.vigil import Vigil
from b2b.wiring.access import Access
from b2b.wiring.connections import Connections
from b2b.wiring.events import Told


def stays(shared: Connections, voice: Told, beyond: Access, mail: Mailroom) -> Stays:
    settings, journal = shared.settings, voice.journal
    accounts = GraphAccounts(shared.graph, shared.pacing)
    roll = GraphRoll(shared.graph, shared.pacing)
    sweep = _sweep(shared, voice, beyond, roll)
    return Stays(
        journal=journal,
        sweep=sweep,
        approving=Approving(
            journal=journal,
            sweep=sweep,
            policy=shared.policy,
            policy_file=shared.policy_file,
            clock=shared.clock,
        ),
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
            tell=mail.notices.tell,
            remind=mail.notices.remind,
            tell_return=mail.returns.tell,
        ),
        giving_back=GivingBack(
            directory=shared.directory,
            packages=beyond.packages,
            removals=beyond.removals,
            ledger=voice.ledger,
            queues=shared.queues,
            policy=shared.policy,
            clock=shared.clock,
        ),
        taking_back=TakingBack(
            accounts=accounts,
            directory=shared.directory,
            journal=journal,
            ledger=voice.ledger,
            files=shared.files,
            dispatch=shared.queues,
            packaging=beyond.packaging,
            sponsoring=beyond.sponsoring,
            policy=shared.policy,
            clock=shared.clock,
            tenant=settings.tenant_id,
            tell_return=mail.returns.tell,
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
