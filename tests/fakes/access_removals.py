"""Our record of what rows took away, in memory."""

from asyncio import sleep
from collections.abc import Sequence
from dataclasses import replace

from b2b.domain.access_removal import AccessRemoval, RemovalStage
from b2b.domain.guest import GuestId
from b2b.domain.request import BatchId
from b2b.domain.verdict import UPLOADS
from b2b.flows.day_book import book_of, is_day_book
from tests.fakes.footing import Footing


class FakeAccessRemovals:
    def __init__(self, footing: Footing) -> None:
        self.kept: dict[str, AccessRemoval] = {}
        self._footing = footing

    async def intend(self, removal: AccessRemoval) -> None:
        self._footing.tread()
        await sleep(0)
        self.kept.setdefault(removal.id, removal)
        self._footing.tread()

    async def confirm(self, removal: AccessRemoval) -> None:
        self._footing.tread()
        await sleep(0)
        known = self.kept.get(removal.id)
        if known is not None:
            self.kept[removal.id] = replace(known, stage=RemovalStage.TAKEN)
        self._footing.tread()

    async def withdraw(self, removal: AccessRemoval) -> None:
        self._footing.tread()
        known = self.kept.get(removal.id)
        if known is not None and known.stage is RemovalStage.INTENDED:
            del self.kept[removal.id]
        self._footing.tread()

    async def of_batch(self, batch: BatchId) -> Sequence[AccessRemoval]:
        self._footing.tread()
        if not is_day_book(batch):
            return [one for one in self.kept.values() if one.row.batch == batch]
        by_messages = [one for one in self.kept.values() if one.sender != UPLOADS]
        return [one for one in by_messages if book_of(one.at.date()) == batch]

    async def of_guest(self, guest: GuestId) -> Sequence[AccessRemoval]:
        self._footing.tread()
        return [one for one in self.kept.values() if one.guest == guest]
