"""The nightly census, put together."""

import asyncio

from b2b.adapters.graph.census import GraphRegister
from b2b.adapters.graph.listing import GraphRoll
from b2b.adapters.journal import TableJournal
from b2b.adapters.report.page import draw
from b2b.flows.census import Census
from b2b.wiring.activity import active_guests, exporting
from b2b.wiring.connections import Connections


def census(shared: Connections) -> Census:
    return Census(
        register=GraphRegister(shared.graph, shared.pacing),
        roll=GraphRoll(shared.graph, shared.pacing),
        journal=TableJournal(shared.tables),
        files=shared.files,
        policy=shared.policy,
        active=active_guests(shared),
        export=exporting(shared).findings,
        draw=draw,
        clock=shared.clock,
        pause=asyncio.sleep,
        turn=shared.settings.audit_turn_seconds,
    )
