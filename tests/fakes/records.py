"""Tables of the ledger in memory, as lines."""

import json
from collections.abc import AsyncIterator, Sequence

from tests.fakes.footing import Footing

Key = tuple[str, str]


class FakeRecords:
    def __init__(self, footing: Footing) -> None:
        self.held: dict[str, dict[Key, bytes]] = {}
        self._footing = footing

    async def tables(self) -> Sequence[str]:
        self._footing.tread()
        return sorted(self.held)

    async def lines(self, table: str) -> AsyncIterator[bytes]:
        self._footing.tread()
        for _, line in sorted(self.held.get(table, {}).items()):
            yield line

    async def is_empty(self, table: str) -> bool:
        self._footing.tread()
        return not self.held.get(table)

    async def add(self, table: str, lines: Sequence[bytes]) -> int:
        self._footing.tread()
        there = self.held.setdefault(table, {})
        before = len(there)
        for line in lines:
            there.setdefault(_key(line), line)
        self._footing.tread()
        return len(there) - before


def _key(line: bytes) -> Key:
    entity = json.loads(line)
    return entity["PartitionKey"], entity["RowKey"]
