from collections.abc import AsyncIterator

import pytest_asyncio

from tests.flows_sweep.night import Night, night


@pytest_asyncio.fixture
async def dark() -> AsyncIterator[Night]:
    """A night with a report of yesterday, a guest in order and one whose stay is over."""
    async with night() as made:
        made.guest("calm")
        made.guest("over", -5)
        made.guest("lazy", seen=300)
        made.guest("fresh")
        made.blocked_by_us("away", 40)
        made.guest("quiet", seen=None)
        made.guest("known", None, seen=300)
        made.reported()
        yield made
