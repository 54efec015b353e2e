"""What an audit asks: counted, bounded, within the limits, and as Microsoft describes it."""

import json
from typing import Any

import pytest

from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.pacing import Pacing
from b2b.adapters.graph.tenant.inspector import GraphInspector
from b2b.domain.posture import NotReadable
from b2b.domain.posture.tenant import GuestGroups
from tests.adapters.standin import SCOPE, Token
from tests.contract_graph.description import (
    FILE,
    WHY_NOT,
    faults_of_answer,
    faults_of_request,
    operation_of,
)
from tests.contract_graph.recorder import Exchange, recording
from tests.posture.scene import (
    ANN,
    NOW,
    PARTNERS,
    PERMISSIONS,
    SEED,
    fast,
    rule,
    scene,
)

# Known to Graph by its reference pages (read 2026-11-23), but not in the description we have.
UNDESCRIBED = (
    "/applications?",
    "/servicePrincipals?",
    "/identityGovernance/lifecycleWorkflows/lifecyclePolicies",
    "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/email",
    "/roleManagement/directory/roleEligibilityScheduleInstances",
)


async def test_what_is_told_is_what_was_asked() -> None:
    async with scene() as here:
        told = (await here.inspect()).requests
        counters = here.directory.world.counters.shown()

    batches = counters.get("batches", 0)
    assert sum(told.values()) == sum(here.asked().values())
    assert told["protection"] == 3
    assert counters["writes"] == 0
    assert sum(told.values()) < 35, told
    assert batches <= 2


@pytest.mark.parametrize("guests", [100, 3000])
async def test_guests_cost_pages_and_nothing_else(guests: int) -> None:
    async with scene(seed={"madeUp": guests}) as here:
        many = sum((await here.inspect()).requests.values())
    async with scene() as here:
        few = sum((await here.inspect()).requests.values())

    pages = -(-(guests + 1) // 999)
    assert many - few == pages - 1


async def test_groups_beyond_the_bound_are_left_out_and_told() -> None:
    more = [{"displayName": f"G{n:03d}", "members": [ANN]} for n in range(40)]
    public = {"displayName": "Zoo", "visibility": "Public", "members": [ANN]}
    async with scene(seed={"groups": [*SEED["groups"], *more, public]}) as here:
        inspector = GraphInspector(here.adapter, fast(), most_groups=25)
        found = (await inspector.inspect({PARTNERS: "Partners"}, NOW)).guest_groups
        asked = here.asked()["GET /groups/{}/members/microsoft.graph.user"]

    assert isinstance(found, GuestGroups)
    assert (found.looked_at, found.left_out, asked) == (25, 16, 25)
    assert found.groups[0].name == "Zoo"  # what anybody may join is looked at first


@pytest.mark.parametrize(("groups", "batches"), [(1, 1), (20, 1), (21, 2), (130, 5)])
async def test_groups_left_out_by_conditional_access_cost_a_batch_for_twenty(
    groups: int, batches: int
) -> None:
    """However many rules leave them out, and no more than a hundred of them."""
    left_out = [f"00000000-0000-4000-8000-{n:012d}" for n in range(groups)]
    leaving = rule(users={"excludeGroups": left_out})
    async with scene() as here:
        await here.inspect()
        before = here.directory.world.counters.shown().get("batches", 0)
    async with scene(conditionalAccess=[leaving, leaving]) as here:
        found = (await here.inspect()).guests_left_out
        after = here.directory.world.counters.shown().get("batches", 0)

    assert not isinstance(found, NotReadable)
    assert (after - before, len(found)) == (batches, min(groups, 100))


async def test_the_limit_of_one_a_second_is_kept() -> None:
    """With the real pace, against the real limit: nothing is throttled."""
    async with scene(quotas=True, pacing=Pacing()) as here:
        told = await here.inspect()
        throttled = here.directory.world.counters.shown()["throttled"]

    assert throttled == 0
    assert not isinstance(told.access_rules, NotReadable)
    assert not isinstance(told.detections, NotReadable)


@pytest.mark.skipif(not FILE.is_file(), reason=WHY_NOT)
async def test_requests_and_answers_are_as_microsoft_describes_them() -> None:
    async with scene() as here, recording(here.directory.url) as recorder:
        adapter = connect(Token(here.directory.token(*PERMISSIONS)), recorder.url, SCOPE)
        await GraphInspector(adapter, fast()).inspect({PARTNERS: "Partners"}, NOW)
    found = [_faults(one) for one in recorder.exchanges if _described(one)]

    assert [faults for faults in found if faults] == []
    assert len(found) >= 18


def _described(exchange: Exchange) -> bool:
    target = _target(exchange)
    return exchange.target.startswith("/v1.0/") and not target.startswith(UNDESCRIBED)


def _faults(exchange: Exchange) -> list[str]:
    target, body = _target(exchange), json.loads(exchange.body or b"null")
    # Of Graph as a whole: https://learn.microsoft.com/graph/throttling-limits
    headers = {k: v for k, v in exchange.headers.items() if k != "x-ms-throttle-priority"}
    answer: Any = json.loads(exchange.answer)
    assert operation_of(exchange.method, target), target
    return [
        *faults_of_request(exchange.method, target, headers, body),
        *faults_of_answer(exchange.method, target, exchange.status, answer),
    ]


def _target(exchange: Exchange) -> str:
    return exchange.target.removeprefix("/v1.0").replace("%24", "$")
