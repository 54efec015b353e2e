"""Faults on order."""

from typing import Any

import httpx
import pytest

from tests.sandbox.directory.scene import Scene, refusal


async def test_a_fault_answers_instead_and_nothing_is_done(here: Scene) -> None:
    await here.faults({"method": "POST", "path": "/invitations", "status": 503, "code": "X"})
    answer = await here.invite("zoe@new.example")

    assert refusal(answer) == (503, "X")
    assert (await here.panel("GET", "counters"))["invitations"] == 0
    assert (await here.invite("zoe@new.example")).status_code == 201


@pytest.mark.parametrize(
    ("rule", "statuses"),
    [
        ({"count": 2}, [500, 500, 200, 200]),
        ({"skip": 1}, [200, 500, 200, 200]),
        ({"count": None}, [500, 500, 500, 500]),
        ({"method": "PATCH"}, [200, 200, 200, 200]),
        ({"path": "/groups"}, [200, 200, 200, 200]),
        ({"path": r"\$select=id$"}, [500, 200, 200, 200]),
    ],
)
async def test_a_rule_says_which_and_how_often(
    here: Scene, rule: dict[str, Any], statuses: list[int]
) -> None:
    await here.faults({"status": 500} | rule)
    answers = [await here.ask("GET", "/users?%24select=id") for _ in statuses]

    assert [answer.status_code for answer in answers] == statuses


async def test_chance_is_the_same_every_time(here: Scene) -> None:
    async def thrown() -> list[int]:
        rule = {"status": 500, "count": None, "probability": 0.5, "seed": 7}
        await here.panel("DELETE", "faults")
        await here.faults(rule)
        return [(await here.get("/organization")).status_code for _ in range(12)]

    first = await thrown()

    assert set(first) == {200, 500}
    assert first == await thrown()


async def test_an_answer_can_be_lost_after_the_work(here: Scene) -> None:
    await here.faults({"path": "/invitations", "after_effect": True})
    with pytest.raises(httpx.RemoteProtocolError):
        await here.invite("zoe@new.example")

    assert await here.id_of("zoe@new.example")


async def test_an_answer_can_be_wrong_after_the_work(here: Scene) -> None:
    await here.faults({"path": "/invitations", "after_effect": True, "status": 504})

    assert (await here.invite("zoe@new.example")).status_code == 504
    assert await here.id_of("zoe@new.example")


async def test_a_connection_can_break_before_the_work(here: Scene) -> None:
    await here.faults({"path": "/invitations", "drop": True})
    with pytest.raises(httpx.RemoteProtocolError):
        await here.invite("zoe@new.example")

    assert (await here.get("/users")).status_code == 200
    assert (await here.panel("GET", "counters"))["invitations"] == 0


async def test_headers_and_body_are_sent_as_they_are(here: Scene) -> None:
    rule = {"status": 429, "headers": {"Retry-After": "7"}, "body": "<html>"}
    await here.faults(rule)
    url, token = f"{here.directory.url}/users", here.directory.token("User.Read.All")
    answer = await here.http.get(url, headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.text) == (429, "<html>")
    assert answer.headers["Retry-After"] == "7"


async def test_parts_of_a_batch_are_struck_one_by_one(here: Scene) -> None:
    await here.faults({"path": "^/organization", "status": 503, "skip": 1})
    await here.faults({"path": "^/domains", "after_effect": True})
    urls = ["/organization", "/organization", "/domains"]
    requests = [{"id": str(n), "method": "GET", "url": url} for n, url in enumerate(urls)]
    answer = await here.ask("POST", "/$batch", {"requests": requests})
    statuses = {one["id"]: one["status"] for one in answer.json()["responses"]}

    assert statuses == {"0": 200, "1": 503, "2": 504}


async def test_faults_are_shown_and_cleared(here: Scene) -> None:
    await here.faults({"status": 500, "count": None})
    await here.get("/users")
    shown = await here.panel("GET", "faults")
    await here.panel("DELETE", "faults")

    assert (shown[0]["status"], shown[0]["done"]) == (500, 1)
    assert (await here.get("/users")).status_code == 200


async def test_an_unknown_field_of_a_rule_is_refused(here: Scene) -> None:
    url = f"{here.directory.origin}/sandbox/faults"

    assert (await here.http.post(url, json=[{"statsu": 500}])).status_code == 400
