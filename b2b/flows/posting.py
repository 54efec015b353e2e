"""Letters into the outbox, then on their way: kept first, so that a death in between loses none."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from b2b import events
from b2b.domain.mail import Letter
from b2b.ports.mail import Outbox, Rounds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """`mailbox`: where mails of our own come from; empty when there is none."""

    outbox: Outbox
    rounds: Rounds
    mailbox: str

    async def post(self, *letters: Letter, after: timedelta = timedelta(0)) -> None:
        """Posted again, a letter stays one. Raises TryLater."""
        standing = [await self.outbox.post(one) for one in letters]
        waiting = [one for one in standing if not one.over]
        if waiting:
            await self.rounds.deliver(waiting, after)
        for one in standing:
            log.info(events.MAIL_POSTED, extra={"letter": one.id, "kind": one.kind})
