"""Which row a message of each queue claims to speak for."""

from dataclasses import dataclass

from b2b import outside, wire
from b2b.domain.claim import Claim
from b2b.domain.command import Leaving
from b2b.domain.errors import Refused
from b2b.domain.policy import UPLOADS
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.request import GuestRequest, TenantId, content_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The names of the queues whose messages are about rows."""

    tenant: TenantId
    invitations: str
    assignments: str
    departures: str

    def of(self, queue: str, message: ReceivedMessage) -> Claim | None:
        """None for a message that the function of the queue would not take either."""
        try:
            if queue == self.invitations:
                return _of_invitation(message, self.tenant)
            if queue == self.departures:
                return _of_departure(message, self.tenant)
            return _of_assignment(message) if queue == self.assignments else None
        except Refused:
            return None


def _of_invitation(message: ReceivedMessage, tenant: TenantId) -> Claim:
    command = outside.read_invitation(message.body, tenant, message.stamp)
    if isinstance(command, GuestRequest):
        content = content_of(command.wish)
        return Claim(row=command.row, request=command.id, content=content, sender=UPLOADS)
    asked = command.asked
    return Claim(row=asked.row, request=asked.id, content=asked.content, sender=asked.sender)


def _of_departure(message: ReceivedMessage, tenant: TenantId) -> Claim | None:
    wanted = outside.read_departure(message.body, tenant, message.stamp)
    if not isinstance(wanted, Leaving):
        return None
    asked = wanted.asked
    return Claim(row=asked.row, request=asked.id, content=asked.content, sender=asked.sender)


def _of_assignment(message: ReceivedMessage) -> Claim | None:
    """Only the app sends these, straight to the queue; an entrance is a sign of somebody else."""
    if message.stamp is not None:
        return None
    assignment = wire.read_assignment(message.body)
    return Claim(
        row=assignment.row, request=assignment.request, content=assignment.content, sender=None
    )
