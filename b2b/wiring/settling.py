"""What settles messages, put together."""

import asyncio

from b2b.adapters.seal_key import TableSealKey
from b2b.flows.claims import Claims
from b2b.flows.dead_letter_queue import DeadLetterQueue
from b2b.flows.dead_letters import DeadLetters
from b2b.flows.sending_again import SendingAgain
from b2b.wiring.connections import Connections
from b2b.wiring.events import Told


def sending_again(shared: Connections, voice: Told) -> SendingAgain:
    settings = shared.settings
    return SendingAgain(
        copies=shared.queues,
        seal_key=TableSealKey(shared.tables),
        dead_letters=DeadLetters(files=shared.files, ledger=voice.ledger, queues=shared.queues),
        claims=Claims(
            tenant=settings.tenant_id,
            invitations=settings.invitation_queue,
            assignments=settings.assignment_queue,
            departures=settings.departure_queue,
        ),
        clock=shared.clock,
        give_up_after=settings.give_up_after_seconds,
    )


def dead_letter_queue(again: SendingAgain) -> DeadLetterQueue:
    return DeadLetterQueue(
        sending_again=again, dead_letters=again.dead_letters, pause=asyncio.sleep
    )
