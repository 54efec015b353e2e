"""One tenant of every kind for the tests of a file that only look."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.census.tenant import Scene, fill, scene


@pytest_asyncio.fixture
async def now() -> AsyncIterator[Scene]:
    async with scene() as running:
        fill(running)
        yield running
