"""Letters into the outbox, then on their way: kept first, so that a death in between loses none."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from b2b import events
from b2b.domain.mail import Letter, Stage
from b2b.domain.request import Delivery
from b2b.ports.mail import Outbox, Rounds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """`mailbox`: where mails of our own come from; empty when there is none."""

    outbox: Outbox
    rounds: Rounds
    mailbox: str

    async def post(
        self,
        *letters: Letter,
        after: timedelta = timedelta(0),
        dropped_before: datetime | None = None,
    ) -> Sequence[Letter]:
        """Returns them as they stand. Posted again, a letter stays one; one that was dropped before
        that moment is tried once more. Raises TryLater."""
        standing = [await self._post(one, dropped_before) for one in letters]
        waiting = [one for one in standing if not one.over]
        if waiting:
            await self.rounds.deliver(waiting, after)
        for one in standing:
            log.info(events.MAIL_POSTED, extra={"letter": one.id, "kind": one.kind})
        return standing

    async def _post(self, letter: Letter, dropped_before: datetime | None) -> Letter:
        standing = await self.outbox.post(letter)
        if standing.stage is not Stage.DROPPED or dropped_before is None:
            return standing
        if standing.since >= dropped_before:
            return standing
        return await self.outbox.keep(opened_again(standing, letter.at))


def opened_again(letter: Letter, now: datetime) -> Letter:
    """Where it was left: a draft is looked at first, and one that may be there is looked for.

    Microsoft's own mail was refused, so it did not go out.
    """
    again = replace(letter, again=now, ended=None, reason=None)
    if not letter.over:
        return again
    if letter.draft:
        return replace(again, stage=Stage.DRAFTED)
    if letter.carrier is Delivery.MAIL and letter.claimed is not None:
        return replace(again, stage=Stage.WRITING)
    return replace(again, stage=Stage.WAITING, claimed=None)
