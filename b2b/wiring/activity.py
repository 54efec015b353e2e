"""The export of the logs, and what others ask of it, put together."""

import asyncio

from b2b.adapters.graph.activity import GraphEventLog, GraphRoster
from b2b.adapters.log_analytics import LogAnalytics
from b2b.flows.active_guests import ActiveFolk
from b2b.flows.activity import Exporting
from b2b.flows.activity_lines import SignInFiles
from b2b.ports import ActiveGuests, LogTable, SignInLines
from b2b.wiring.connections import Connections


def exporting(shared: Connections) -> Exporting:
    """Its `findings` is an ActivityFindings."""
    settings = shared.settings
    return Exporting(
        log=GraphEventLog(shared.graph, shared.pacing),
        roster=GraphRoster(shared.graph, shared.pacing),
        files=shared.files,
        table=_table(shared),
        clock=shared.clock,
        pause=asyncio.sleep,
        overlap=settings.activity_overlap_seconds,
        second_look=settings.activity_second_look_seconds,
        turn=settings.activity_turn_seconds,
    )


def active_guests(shared: Connections) -> ActiveGuests:
    return ActiveFolk(shared.files).of_month


def sign_in_lines(shared: Connections) -> SignInLines:
    return SignInFiles(shared.files)


def _table(shared: Connections) -> LogTable | None:
    endpoint, rule = shared.settings.activity_logs_endpoint, shared.settings.activity_logs_rule
    return LogAnalytics(endpoint, rule, shared.credential) if endpoint else None
