"""Usage limits. https://learn.microsoft.com/graph/throttling-limits"""

import time
from typing import Any

import pytest

from sandbox.directory.clock import Clock
from sandbox.directory.operations import SERVICES
from sandbox.directory.quota import Charge, Quota, Window, limit_of, size_of
from sandbox.directory.refusals import Refused
from sandbox.directory.table import OPERATIONS
from sandbox.directory.tenant import Tenant
from tests.sandbox.directory.scene import Scene, scene


@pytest.mark.parametrize(
    ("users", "size", "limit"),
    [(49, "S", 3500), (50, "M", 5000), (500, "M", 5000), (501, "L", 8000)],
)
def test_the_size_of_a_tenant_decides_its_units(users: int, size: str, limit: int) -> None:
    assert size_of(users) == size
    assert limit_of(f"units.{size}", Tenant()) == limit


def test_a_window_never_holds_more_than_its_limit() -> None:
    window = Window(10)
    for moment in (0.0, 4.0, 8.0):
        assert window.wait(1, 3, moment) == 0
        window.spend(1, moment)

    wait = window.wait(1, 3, 9.0)
    assert 1.0 < wait <= 1.2
    assert window.wait(1, 3, 9.0 + wait - 0.05) > 0
    assert window.wait(1, 3, 9.0 + wait) == 0


def test_a_window_waits_for_as_much_as_is_asked() -> None:
    window = Window(10)
    for moment in (0.0, 5.0):
        window.spend(2, moment)

    assert window.wait(2, 4, 6.0) < 5 < window.wait(3, 4, 6.0)


def _spend(quota: Quota, tenant: Tenant, charge: Charge, times: int, app: str = "a") -> int:
    """How many were let in."""
    let_in = 0
    for _ in range(times):
        try:
            quota.take(charge, tenant, app, 1000)
        except Refused:
            continue
        let_in += 1
    return let_in


@pytest.mark.parametrize(
    ("charge", "limit", "seconds"),
    [
        (Charge(units=1), 8000, 10),
        (Charge(writes=1), 3000, 150),
        (Charge(budgets=SERVICES["reports"]), 5, 10),
        (Charge(budgets=("signInActivity",)), 10, 60),
        (Charge(budgets=SERVICES["protection"]), 1, 1),
        (Charge(budgets=SERVICES["flows"]), 200, 60),
    ],
)
def test_the_documented_limits(charge: Charge, limit: int, seconds: float) -> None:
    clock = Clock(scale=1e-9)  # time stands still until it is pushed
    quota, tenant = Quota(clock), Tenant(throttled_requests_count=False)
    first = _spend(quota, tenant, charge, limit + 5)
    clock.advance(seconds * 0.9)
    early = _spend(quota, tenant, charge, 1)
    clock.advance(seconds * 0.11)

    assert (first, early) == (limit, 0)
    assert _spend(quota, tenant, charge, limit + 5) == limit


def test_all_apps_of_a_tenant_share_its_writes() -> None:
    quota, tenant = Quota(Clock(1e-9)), Tenant(budgets={"tenantWrites": 10})
    first = _spend(quota, tenant, Charge(writes=1), 7, "a")

    assert first + _spend(quota, tenant, Charge(writes=1), 7, "b") == 10


def test_each_app_has_writes_of_its_own() -> None:
    quota, tenant = Quota(Clock(1e-9)), Tenant(budgets={"writes": 5})
    first = _spend(quota, tenant, Charge(writes=1), 7, "a")

    assert (first, _spend(quota, tenant, Charge(writes=1), 7, "b")) == (5, 5)


@pytest.mark.parametrize(("count", "after"), [(True, 0), (False, 1)])
def test_refused_requests_count_unless_the_tenant_says_otherwise(count: bool, after: int) -> None:
    clock = Clock(1e-9)
    quota = Quota(clock)
    tenant = Tenant(budgets={"writes": 1}, throttled_requests_count=count)
    _spend(quota, tenant, Charge(writes=1), 1)
    clock.advance(100)
    _spend(quota, tenant, Charge(writes=1), 1)
    clock.advance(60)

    assert _spend(quota, tenant, Charge(writes=1), 1) == after


@pytest.mark.parametrize(
    ("method", "path", "options", "units", "writes"),
    [
        ("GET", "/users", {}, 2, 0),
        ("GET", "/users", {"$select": "id"}, 1, 0),
        ("GET", "/users", {"$top": "19"}, 1, 0),
        ("GET", "/users", {"$top": "20"}, 2, 0),
        ("GET", "/users", {"$select": "id", "$top": "5"}, 1, 0),
        ("GET", "/users", {"$expand": "sponsors"}, 3, 0),
        ("GET", "/users/x", {}, 1, 0),
        ("GET", "/groups/x/members", {}, 3, 0),
        ("GET", "/groups/x/transitiveMembers", {}, 5, 0),
        ("GET", "/users/x/memberOf", {}, 2, 0),
        ("GET", "/subscribedSkus", {}, 3, 0),
        ("POST", "/users/x/checkMemberGroups", {}, 4, 0),
        ("POST", "/directoryObjects/getByIds", {}, 5, 0),
        ("POST", "/directoryObjects/getByIds", {"$select": "id"}, 2, 0),
        ("POST", "/invitations", {}, 1, 1),
        ("PATCH", "/users/x", {}, 1, 1),
        ("DELETE", "/users/x", {}, 1, 1),
    ],
)
def test_requests_cost_what_is_documented(
    method: str, path: str, options: dict[str, str], units: int, writes: int
) -> None:
    operation, _ = OPERATIONS.find(method, "v1.0", path)

    assert operation.charge(options) == Charge(units, writes)


async def test_too_many_writes_are_told_with_everything_graph_tells(here: Scene) -> None:
    await here.settings(budgets={"writes": 2})
    answers = [await here.invite(f"zoe{number}@new.example") for number in range(3)]
    refused = answers[-1]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert refused.json()["error"]["code"] == "TooManyRequests"
    assert 100 < float(refused.headers["Retry-After"]) <= 152
    assert refused.headers["x-ms-throttle-information"] == "WriteLimitExceeded"
    scope = refused.headers["x-ms-throttle-scope"]
    assert scope.startswith("Tenant_Application/ReadWrite/")
    assert scope.endswith(here.directory.tenant.id)


async def test_the_share_is_told_only_when_it_gets_tight(here: Scene) -> None:
    await here.settings(budgets={"writes": 10})
    answers = [await here.invite(f"zoe{number}@new.example") for number in range(9)]
    shares = [answer.headers.get("x-ms-throttle-limit-percentage") for answer in answers]

    assert shares == [None] * 8 + ["0.90"]


async def test_waiting_as_told_is_enough_on_a_scaled_clock() -> None:
    async with scene(scale=300, budgets={"writes": 1}) as here:
        await here.invite("zoe@new.example")
        refused = await here.invite("yve@new.example")
        wait = float(refused.headers["Retry-After"])
        began = time.monotonic()
        await here.advance(wait * 300)
        await here.settings(budgets={"writes": 2})  # the refused one counts as well

        assert 0.3 < wait < 0.52
        assert (await here.invite("yve@new.example")).status_code == 201
        assert time.monotonic() - began < wait


@pytest.mark.parametrize("how", [{"quotas": False}, {"budgets": {"writes": 100}}])
async def test_limits_can_be_lifted_while_it_runs(here: Scene, how: dict[str, Any]) -> None:
    await here.settings(budgets={"writes": 1})
    await here.invite("zoe@new.example")
    refused = await here.invite("yve@new.example")
    await here.settings(**how)

    assert refused.status_code == 429
    assert (await here.invite("yve@new.example")).status_code == 201


async def test_a_refused_write_changes_nothing(here: Scene) -> None:
    await here.settings(budgets={"writes": 0})
    ann = await here.id_of("ann@partner.example")

    assert (await here.ask("DELETE", f"/users/{ann}")).status_code == 429
    assert (await here.get(f"/users/{ann}")).status_code == 200


def test_protection_gives_no_time_to_wait() -> None:
    quota, charge = Quota(Clock(1e-9)), Charge(budgets=SERVICES["protection"])
    quota.take(charge, Tenant(), "a", 1)

    with pytest.raises(Refused) as refused:
        quota.take(charge, Tenant(), "b", 1)
    assert refused.value.status == 429
    assert "Retry-After" not in refused.value.headers
