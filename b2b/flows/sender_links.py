"""A sender's links are laid down where that sender alone may read, before it hears of them."""

import json
from dataclasses import dataclass

from b2b.domain.batch import LedgerRow
from b2b.domain.sender_links import link_file
from b2b.flows.changing import pieces
from b2b.ports import Files


@dataclass(frozen=True, slots=True)
class SenderLinks:
    files: Files

    async def lay_down(self, row: LedgerRow) -> None:
        """Laid down again, the file is the same. Raises TryLater."""
        place = link_file(row)
        if place is None:
            return
        told = {
            "requestId": row.request,
            "correlationId": row.correlation,
            "guestId": row.guest or (row.outcome.guest if row.outcome else None),
            "redemptionLink": row.link,
        }
        container, name = place
        await self.files.write(container, name, pieces([json.dumps(told, indent=2).encode()]))
