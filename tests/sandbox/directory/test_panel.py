"""/sandbox: what can be seen and set from outside."""

import time
from typing import Any

import pytest

from tests.sandbox.directory.scene import Scene, scene


async def test_the_state_shows_people_groups_and_settings(here: Scene) -> None:
    ann = await here.id_of("ann@partner.example")
    await here.ask("DELETE", f"/users/{await here.id_of('cid@other.example')}")
    state = await here.panel("GET", "state")

    assert [guest["displayName"] for guest in state["guests"]] == ["Ann", "Ben"]
    assert [user["displayName"] for user in state["deleted"]] == ["Cid"]
    assert state["groups"][0]["members"] == [ann]
    assert state["members"] == 2
    assert state["tenant"]["initialDomain"] == "home.onmicrosoft.com"


async def test_counters_tell_what_happened(here: Scene) -> None:
    await here.get("/users")
    await here.invite("zoe@new.example", sendInvitationMessage=True)
    await here.get("/users/nobody")
    counters = await here.panel("GET", "counters")

    assert (counters["requests"], counters["reads"], counters["writes"]) == (3, 2, 1)
    assert (counters["invitations"], counters["mails"], counters["throttled"]) == (1, 1, 0)
    assert counters["resourceUnits"] == 2 + 1 + 1
    assert counters["byOperation"] == {"GET /users": 1, "POST /invitations": 1, "GET /users/{}": 1}
    assert counters["byStatus"] == {"200": 1, "201": 1, "404": 1}
    assert sum(counters["writeTimeline"].values()) == 1


async def test_throttled_requests_are_counted_apart(here: Scene) -> None:
    await here.settings(budgets={"writes": 1})
    for number in range(3):
        await here.invite(f"zoe{number}@new.example")
    counters = await here.panel("GET", "counters")

    assert (counters["writes"], counters["throttled"]) == (1, 2)


async def test_counters_start_again(here: Scene) -> None:
    await here.invite("zoe@new.example", sendInvitationMessage=True)
    await here.panel("POST", "reset-counters")
    counters = await here.panel("GET", "counters")

    assert counters["requests"] == counters["mails"] == counters["writes"] == 0
    assert await here.panel("GET", "mails") == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("tenant", {"alowInvitesFrom": "none"}),
        ("tenant", {"allowInvitesFrom": "nobody"}),
    ],
)
async def test_a_wrong_setting_is_refused_and_changes_nothing(
    here: Scene, path: str, body: dict[str, Any]
) -> None:
    before = await here.panel("GET", "tenant")
    answer = await here.http.put(f"{here.directory.origin}/sandbox/{path}", json=body)

    assert answer.status_code == 400
    assert await here.panel("GET", "tenant") == before


@pytest.mark.parametrize(
    "seed",
    [
        {"people": []},
        {"users": [{"displayName": "Nobody"}]},
        {"users": [{"mail": "a@b.example", "acountEnabled": True}]},
        {"groups": [{"displayName": "G", "members": ["nobody@nowhere.example"]}]},
        {"groups": [{"displayName": "G", "colour": "red"}]},
    ],
)
async def test_a_wrong_seed_is_refused(here: Scene, seed: dict[str, Any]) -> None:
    answer = await here.http.post(f"{here.directory.origin}/sandbox/seed", json=seed)

    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_made_up_people_are_the_same_every_time() -> None:
    async with scene(seed={"madeUp": 30, "members": 5}) as one:
        first = await one.panel("GET", "state")
    async with scene(seed={"madeUp": 30, "members": 5}) as other:
        second = await other.panel("GET", "state")

    ids = [[guest["id"] for guest in state["guests"]] for state in (first, second)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 30
    assert first["members"] == 5
    states = {guest["externalUserState"] for guest in first["guests"]}
    assert states == {"Accepted", "PendingAcceptance"}


async def test_a_guest_may_have_no_address_at_all(here: Scene) -> None:
    name = "old_partner.example#EXT#@home.onmicrosoft.com"
    await here.seed(users=[{"userPrincipalName": name, "mail": None}])
    answer = await here.get(f"/users/{name.replace('#', '%23')}", select="mail,proxyAddresses")

    assert answer.json()["mail"] is None
    assert answer.json()["proxyAddresses"] == []


async def test_latency_is_paid_once_per_request(here: Scene) -> None:
    await here.settings(latencyMs=60)
    requests = [{"id": str(n), "method": "GET", "url": "/organization"} for n in range(10)]
    began = time.monotonic()
    await here.ask("POST", "/$batch", {"requests": requests})

    assert 0.06 <= time.monotonic() - began < 0.4


async def test_policies_tell_what_the_tenant_decided(here: Scene) -> None:
    await here.settings(allowInvitesFrom="none", licences=["P2"], objectQuota=77)
    policy = (await here.get("/policies/authorizationPolicy")).json()
    domains = (await here.get("/domains")).json()["value"]
    organization = (await here.get("/organization")).json()["value"][0]
    skus = (await here.get("/subscribedSkus")).json()["value"]
    beta = here.directory.origin + "/beta/organization?$select=id,directorySizeQuota"
    quota = (await here.ask("GET", beta)).json()["value"][0]

    assert policy["allowInvitesFrom"] == "none"
    assert [(one["id"], one["isInitial"]) for one in domains] == [
        ("home.onmicrosoft.com", True),
        ("home.example", False),
    ]
    assert organization["id"] == here.directory.tenant.id
    assert [plan["servicePlanName"] for plan in skus[0]["servicePlans"]] == ["AAD_PREMIUM_P2"]
    assert quota["directorySizeQuota"] == {"used": 7, "total": 77}


async def test_the_quota_is_told_in_beta_only(here: Scene) -> None:
    answer = await here.get("/organization", select="id,directorySizeQuota")

    assert answer.status_code == 400


async def test_objects_are_found_by_their_ids(here: Scene) -> None:
    ann, group = await here.id_of("ann@partner.example"), await here.group("Partners")
    ids = [ann, group, "00000000-0000-4000-8000-000000000000"]
    both = await here.ask("POST", "/directoryObjects/getByIds", {"ids": ids})
    only = await here.ask("POST", "/directoryObjects/getByIds", {"ids": ids, "types": ["group"]})

    assert {one["@odata.type"] for one in both.json()["value"]} == {
        "#microsoft.graph.user",
        "#microsoft.graph.group",
    }
    assert [one["id"] for one in only.json()["value"]] == [group]
