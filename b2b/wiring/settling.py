"""What settles messages, put together."""

from b2b.adapters.dead_letters import BusDeadLetters
from b2b.adapters.seal_key import TableSealKey
from b2b.flows.claims import Claims
from b2b.flows.dead_letter_queue import DeadLetterQueue
from b2b.flows.dead_letters import DeadLetters
from b2b.flows.sending_again import SendingAgain
from b2b.flows.wrong_messages import WrongMessages
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


def dead_letter_queue(
    shared: Connections, again: SendingAgain, wrong: WrongMessages
) -> DeadLetterQueue:
    settings = shared.settings
    answered = (settings.invitation_queue, settings.departure_queue)
    inner = (settings.assignment_queue, settings.results_queue, settings.mail_queue)
    return DeadLetterQueue(
        dead=BusDeadLetters(shared.bus, shared.clock),
        queues=(*answered, *inner),
        answered=frozenset(answered),
        sending_again=again,
        dead_letters=again.dead_letters,
        wrong=wrong,
    )
