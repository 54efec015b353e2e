"""The desk of an administrator."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e_tenant.scene import Desk, desk


@pytest_asyncio.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as ready:
        for name, value in ready.environment.items():
            monkeypatch.setenv(name, value)
        yield ready
