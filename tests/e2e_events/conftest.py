"""One town for the whole folder, under a policy that enforces, and a service that talks to it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.demo.run import SEED
from sandbox.town import Town
from tests.e2e import scene
from tests.e2e_events.post import Service, service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with scene.street(tmp_path_factory.mktemp("events") / "logs", SEED) as running:
        policy = (running.plan.app / "policy.example.toml").read_text()
        enforcing = policy.replace('mode = "report"', 'mode = "enforce"')
        assert enforcing != policy
        await running.storage.put("config", "policy.toml", enforcing.encode())
        await scene.set_tenant(running, replicationSeconds=0, latencyMs=0)
        await running.start_host()
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def portal(town: Town) -> AsyncIterator[Service]:
    async with service(town.settings["SERVICEBUS"]) as one:
        yield one
