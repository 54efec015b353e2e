"""Our record of packages and guests, in memory."""

from asyncio import sleep
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.packages import AccessPackageId, Grant
from b2b.domain.reason import Reason
from tests.fakes.footing import Footing

OTHERS_FIRST = TryLater(
    Reason("ledger_conflict", "Another writer was first."), timedelta(seconds=1)
)


class FakeGrants:
    def __init__(self, footing: Footing) -> None:
        self.kept: dict[tuple[GuestId, AccessPackageId], Grant] = {}
        self._versions = count(1)
        self._footing = footing

    async def grant(self, guest: GuestId, package: AccessPackageId) -> Grant | None:
        self._footing.tread()
        await sleep(0)  # others may come in between, as they do on a wire
        return self.kept.get((guest, package))

    async def keep_grant(self, grant: Grant) -> Grant:
        self._footing.tread()
        await sleep(0)
        key = (grant.guest, grant.package.package)
        before = self.kept.get(key)
        if grant.version != (before.version if before else None):
            raise OTHERS_FIRST
        self.kept[key] = replace(grant, version=str(next(self._versions)))
        self._footing.tread()
        return self.kept[key]

    async def grants_of(self, guest: GuestId) -> Sequence[Grant]:
        self._footing.tread()
        return [one for one in self.kept.values() if one.guest == guest]
