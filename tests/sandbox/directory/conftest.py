"""The scene most tests play in."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.directory.scene import Scene, scene


@pytest.fixture
async def here() -> AsyncIterator[Scene]:
    async with scene() as running:
        yield running
