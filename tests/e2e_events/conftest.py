"""One town for the whole folder, under a policy that enforces, and a service that talks to it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox import town as towns
from sandbox.demo.run import SEED
from sandbox.town import Plan, Town
from tests.e2e import scene
from tests.e2e_events.post import Service, service

ROOT = Path(__file__).resolve().parents[2]
ENTRANCE = {
    "name": "guests-from-supplier-portal",
    "subscriptions": [
        {
            "name": "onward",
            "forwardTo": "guest-invitations",
            "rules": [
                {
                    "name": "$Default",
                    "filterType": "SqlFilter",
                    "sqlFilter": {"sqlExpression": "1=1"},
                    "action": {"sqlExpression": "SET sender = 'supplier-portal'"},
                }
            ],
        }
    ],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp("events")
    entities = folder / "servicebus.json"
    deployed = json.loads((ROOT / "infra" / "servicebus.json").read_text())
    deployed["topics"].append(ENTRANCE)
    entities.write_text(json.dumps(deployed))
    plan = Plan(logs=folder / "logs", seed=SEED, entities=entities, settings=scene.QUICK)
    async with towns.running(plan) as running:
        policy = (running.plan.app / "policy.example.toml").read_text()
        enforcing = policy.replace('mode = "report"', 'mode = "enforce"')
        assert enforcing != policy
        await running.storage.put("config", "policy.toml", enforcing.encode())
        await scene.set_tenant(running, replicationSeconds=0, latencyMs=0)
        await running.start_host()
        yield running
        assert running.host is not None
        await running.host.kill()  # nobody waits for what it still does


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def portal(town: Town) -> AsyncIterator[Service]:
    async with service(town.settings["SERVICEBUS"]) as one:
        yield one
