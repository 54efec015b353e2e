"""Each request of a census, held to Microsoft's description of Graph; so is each answer."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from b2b.adapters.graph.census import GraphRegister
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.listing import GraphRoll
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.domain.pace import Pace
from tests.adapters.standin import SCOPE, Token
from tests.census.tenant import ROLES, fill, scene
from tests.contract_graph.description import (
    FILE,
    WHY_NOT,
    faults_of_answer,
    faults_of_request,
)
from tests.contract_graph.recorder import Exchange, recording

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=WHY_NOT)
BETA = "/beta/"
NOT_DESCRIBED = "/roleManagement/directory/roleEligibilityScheduleInstances"
PRIORITY = "x-ms-throttle-priority"  # https://learn.microsoft.com/graph/throttling


@pytest_asyncio.fixture
async def exchanges() -> AsyncIterator[list[Exchange]]:
    async with scene() as now, recording(now.graph.url) as recorder:
        fill(now)
        adapter = connect(Token(now.graph.token(*ROLES)), recorder.url, SCOPE)
        pacing = Pacing(paces={budget: Pace(rate=1000, fastest=1000) for budget in Budget})
        register, roll = GraphRegister(adapter, pacing, page=3), GraphRoll(adapter, pacing)
        census = replace(now.census, register=register, roll=roll)
        await census.go_on()
        await census.quick()
        assert now.told()["counts"]["guests"] == 17
        yield recorder.exchanges


async def test_every_request_and_every_answer_is_one_that_graph_describes(
    exchanges: list[Exchange],
) -> None:
    described = [one for one in exchanges if not one.target.startswith(BETA)]
    faults = {}
    for one in described:
        target = one.target.removeprefix("/v1.0").replace("%24", "$")
        body = json.loads(one.body) if one.body else None
        sent = {name: value for name, value in one.headers.items() if name != PRIORITY}
        found = faults_of_request(one.method, target, sent, body)
        if "/$count" not in target:
            found += faults_of_answer(one.method, target, one.status, json.loads(one.answer))
        if found:
            faults[target] = found

    faults.pop(NOT_DESCRIBED, None)  # the part of the description that we have lacks it
    assert faults == {}
    assert len(described) > 20


async def test_of_the_preview_only_the_quota_is_asked(exchanges: list[Exchange]) -> None:
    asked = {one.target for one in exchanges if one.target.startswith(BETA)}

    assert asked == {"/beta/organization?$select=id,directorySizeQuota"}


async def test_dates_are_asked_by_the_page_that_graph_allows(exchanges: list[Exchange]) -> None:
    pages = [one.target for one in exchanges if "signInActivity" in one.target]

    assert pages
    assert all("filter=signInActivity" not in one.replace("%24", "$") for one in pages)
