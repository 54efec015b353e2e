"""A person asks once more for mails that were dropped or got stuck; each still goes out once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from b2b import events
from b2b.domain.mail import Letter, MailKind
from b2b.domain.reason import Reason
from b2b.domain.request import Address, address_key
from b2b.flows import mail_reasons as reasons
from b2b.flows.posting import opened_again
from b2b.flows.slices import AT_ONCE, in_slices
from b2b.ports import Clock
from b2b.ports.mail import Outbox, Rounds

log = logging.getLogger(__name__)

# A digest is followed by the next one; a removal is told to be undone "for 30 days".
SOON_OVER = (MailKind.DIGEST, MailKind.REMOVED)
TOO_OLD_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Resent:
    """On its way again, or the reason why it is not."""

    letter: Letter
    refusal: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resending:
    """`give_up_after`: no message is older, so a letter that has waited for longer has none."""

    outbox: Outbox
    rounds: Rounds
    clock: Clock
    give_up_after: timedelta

    async def resend(self, readers: Sequence[Address]) -> Sequence[Resent]:
        """All that was not sent to these readers; to anybody when there are none. Asked again,
        what is on its way already stays as it is. Raises TryLater: then ask again."""
        keys = {address_key(one) for one in readers}
        unsent = [one for one in await self.outbox.unsent() if not keys or _among(one, keys)]
        asked: list[Resent] = []
        for start in range(0, len(unsent), AT_ONCE):
            some = await in_slices(unsent[start : start + AT_ONCE], self._ask)
            waiting = [one.letter for one in some if one.refusal is None]
            if waiting:
                await self.rounds.deliver(waiting, timedelta(0))
            asked += some
        return asked

    async def _ask(self, letter: Letter) -> Resent:
        now = self.clock()
        if letter.over and not reasons.may_come_again(letter.reason):
            return Resent(letter, letter.reason)
        if letter.kind in SOON_OVER and now - letter.at >= TOO_OLD_AFTER:
            return Resent(letter, reasons.TOO_OLD)
        if not letter.over and now - letter.since < self.give_up_after:
            return Resent(letter)
        kept = await self.outbox.keep(opened_again(letter, now))
        log.info(events.MAIL_ASKED_AGAIN, extra={"letter": kept.id, "kind": kept.kind})
        return Resent(kept)


def _among(letter: Letter, keys: set[str]) -> bool:
    return address_key(letter.to) in keys
