"""A message that cannot be obeyed is answered once and done: it never loops."""

import logging
from dataclasses import dataclass
from datetime import date

from b2b import events
from b2b.domain.happening import RowDue
from b2b.domain.reason import Reason
from b2b.flows import day_book
from b2b.flows.telling import Telling
from b2b.ports import Ledger

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongMessages:
    """What turning a message away may touch."""

    ledger: Ledger
    telling: Telling

    async def turn_away(
        self, body: bytes, signature: tuple[str, str], reason: Reason, day: date
    ) -> None:
        """A line in the day's file and an event; the body is not kept. Raises TryLater."""
        (row,) = await self.ledger.open_rows([day_book.wrong_message(body, signature, reason, day)])
        await self.telling.soon(RowDue(row.ref))
        log.warning(events.MESSAGE_REFUSED, extra={"reason": reason.code, "row": row.ref.key})
        await self.telling.flush()
