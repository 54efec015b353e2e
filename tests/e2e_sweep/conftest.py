"""One town for the whole file: storage, bus, directory and the app itself, over the wire."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from b2b.domain.request import Address
from b2b.settings import Settings
from b2b.wiring import House, build, quiet
from sandbox.town import Town
from tests.e2e import scene
from tests.e2e_sweep.tenant import MAILBOX, NOW, SEED, address, fill_ledger, policy

QUICK = {
    "SWEEP_TURN_SECONDS": "120",
    "MAIL_FROM": MAILBOX,
    "MAIL_PER_MINUTE": "1200",
    "MAIL_COLLECT_SECONDS": "2",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("sweep")
    seed = folder / "seed.json"
    seed.write_text(json.dumps(SEED))
    async with scene.street(folder / "logs", seed, **QUICK) as running:
        await running.storage.put("config", "policy.toml", policy())
        yield running


@pytest.fixture(scope="module")
def identity(town: Town) -> Iterator[None]:
    """azure-identity reads its address from the environment by itself."""
    names = ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: town.settings[name] for name in names})
    yield
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def yesterday(town: Town, identity: None) -> AsyncIterator[House]:
    """The app's own House in this process, a day behind."""
    quiet()
    house = build(Settings.read(town.settings), lambda: NOW - timedelta(days=1))
    await fill_ledger(house)
    yield house
    await house.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tomorrow(town: Town, identity: None) -> AsyncIterator[House]:
    """The app's own House a day ahead, a policy that says approve, and a stay that ended."""
    await town.storage.put("config", "policy.toml", policy("approve"))
    house = build(Settings.read(town.settings), lambda: NOW + timedelta(days=1))
    record = await house.ledger.guest(Address(address("in-order")))
    assert record is not None
    await house.ledger.keep_guest(replace(record, expires_on=(NOW - timedelta(days=2)).date()))
    yield house
    await house.close()
