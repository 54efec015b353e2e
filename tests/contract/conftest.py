"""Azurite, started once for all contracts that need storage."""

from collections.abc import AsyncIterator

import pytest_asyncio

from sandbox.storage import Azurite


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def storage() -> AsyncIterator[str]:
    """The connection string."""
    async with Azurite.running() as azurite:
        yield azurite.connection_string
