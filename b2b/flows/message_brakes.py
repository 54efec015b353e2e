"""A message of another service is held against the brakes before anything is done for it."""

import logging
from dataclasses import dataclass

from b2b import events
from b2b.domain.effects import effects_of, message_held
from b2b.domain.policy import serves
from b2b.domain.reason import Reason
from b2b.domain.request import GuestRequest
from b2b.flows.braking import Braking
from b2b.ports import PolicyNow

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageBrakes:
    """Reserves the places of one request."""

    braking: Braking
    policy: PolicyNow

    async def held(self, request: GuestRequest, sender: str) -> Reason | None:
        """Returns why the request waits; None when it may go on. Raises Refused, TryLater.

        A request that the policy refuses takes no place: its refusal is told by onboarding.
        """
        policy = await self.policy()
        partner = serves(policy, request.wish.email, sender)
        if isinstance(partner, Reason):
            return None
        for effect in sorted(effects_of(request.wish)):
            over = await self.braking.reserve_guest(policy, effect, request.id, partner.name)
            if over is not None:
                facts = {"request": request.id, "effect": effect.value}
                log.error(events.MESSAGE_HELD, extra=facts)
                return message_held(over)
        return None
