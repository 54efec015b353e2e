"""POST /$batch. https://learn.microsoft.com/graph/json-batching"""

from typing import Any

import pytest

from tests.sandbox.directory.scene import Scene, refusal

Requests = list[dict[str, Any]]
JSON = {"Content-Type": "application/json"}


async def _batch(here: Scene, requests: Requests) -> Any:
    return await here.ask("POST", "/$batch", {"requests": requests})


async def _answers(here: Scene, requests: Requests) -> dict[str, dict[str, Any]]:
    answer = await _batch(here, requests)
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["responses"]}


def _get(identity: str, url: str, **more: Any) -> dict[str, Any]:
    return {"id": identity, "method": "GET", "url": url, **more}


async def test_each_request_has_its_own_answer(here: Scene) -> None:
    found = "/users?$filter=mail eq 'ann@partner.example'&$select=id"
    answers = await _answers(here, [_get("a", found), _get("b", "users/nobody")])

    assert answers["a"]["status"] == 200
    assert len(answers["a"]["body"]["value"]) == 1
    assert answers["b"]["status"] == 404
    assert answers["b"]["body"]["error"]["code"] == "Request_ResourceNotFound"


async def test_headers_go_inside(here: Scene) -> None:
    url = "/users/$count?$filter=userType eq 'Guest'"
    eventual = {"ConsistencyLevel": "eventual"}
    answers = await _answers(here, [_get("a", url), _get("b", url, headers=eventual)])

    assert (answers["a"]["status"], answers["b"]["status"]) == (400, 200)
    assert answers["b"]["body"] == "3"


async def test_a_write_in_a_batch_is_done(here: Scene) -> None:
    ann = await here.id_of("ann@partner.example")
    body = {"accountEnabled": False}
    request = {"id": "1", "method": "PATCH", "url": f"/users/{ann}", "headers": JSON, "body": body}
    answers = await _answers(here, [request])
    user = await here.get(f"/users/{ann}", select="accountEnabled")

    assert answers["1"]["status"] == 204
    assert "body" not in answers["1"]
    assert user.json()["accountEnabled"] is False


async def test_twenty_requests_are_the_most(here: Scene) -> None:
    requests = [_get(str(number), "/organization") for number in range(21)]

    assert len(await _answers(here, requests[:20])) == 20
    assert refusal(await _batch(here, requests))[0] == 400


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [_get("a", "/users"), _get("A", "/users")],
        [{"id": "1", "method": "GET"}],
        [{"id": "1", "method": "LOOK", "url": "/users"}],
        [{"id": "1", "method": "POST", "url": "/invitations", "body": {}}],
        [_get("1", "/users", dependsOn=["2"])],
        [_get("1", "/users", colour="red")],
    ],
)
async def test_a_malformed_batch_is_refused_whole(here: Scene, requests: Requests) -> None:
    assert refusal(await _batch(here, requests))[0] == 400


async def test_a_failed_parent_fails_its_children(here: Scene) -> None:
    requests = [
        _get("1", "/users/nobody"),
        _get("2", "/organization", dependsOn=["1"]),
        _get("3", "/organization", dependsOn=["2"]),
        _get("4", "/organization"),
    ]
    answers = await _answers(here, requests)

    assert [answers[one]["status"] for one in "1234"] == [404, 424, 424, 200]


async def test_each_request_is_limited_on_its_own(here: Scene) -> None:
    await here.settings(budgets={"writes": 3})
    ann = await here.id_of("ann@partner.example")
    patch = {"method": "PATCH", "url": f"/users/{ann}", "headers": JSON, "body": {"city": "Ulm"}}
    answers = await _answers(here, [{"id": str(number)} | patch for number in range(5)])

    assert [answers[str(number)]["status"] for number in range(5)] == [204] * 3 + [429] * 2
    assert float(answers["4"]["headers"]["Retry-After"]) > 0


async def test_answers_do_not_come_in_the_order_asked(here: Scene) -> None:
    requests = [_get(str(number), "/organization") for number in range(3)]
    answers = (await _batch(here, requests)).json()["responses"]

    assert [one["id"] for one in answers] == ["2", "1", "0"]


async def test_a_batch_needs_a_token_and_no_batch_inside(here: Scene) -> None:
    inner = {"id": "1", "method": "POST", "url": "/$batch", "headers": JSON, "body": {"a": 1}}
    answers = await _answers(here, [inner])
    bare = await here.ask("POST", "/$batch", {"requests": [inner]}, {"Authorization": ""})

    assert answers["1"]["status"] == 404
    assert bare.status_code == 401


async def test_a_batch_is_counted_with_its_parts(here: Scene) -> None:
    await _answers(here, [_get("1", "/users"), _get("2", "/organization")])
    counters = await here.panel("GET", "counters")

    assert (counters["batches"], counters["innerRequests"], counters["reads"]) == (1, 2, 2)
    assert counters["byOperation"] == {"GET /users": 1, "GET /organization": 1}
