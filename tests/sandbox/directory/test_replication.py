"""A guest just invited is not everywhere at once."""

from typing import Any

from tests.sandbox.directory.scene import EVENTUAL, Scene, refusal, words

DELAY = 60


async def test_a_fresh_guest_is_not_found_by_any_read(here: Scene) -> None:
    await here.settings(replicationSeconds=DELAY)
    zoe = await here.invited("zoe@new.example")
    wanted: dict[str, Any] = {"filter": "mail eq 'zoe@new.example'"}
    by_id = await here.get(f"/users/{zoe}")

    assert refusal(by_id) == (404, "Request_ResourceNotFound")
    assert (await here.get("/users", **wanted)).json()["value"] == []
    assert (await here.get("/users/$count", EVENTUAL, **wanted)).text == "0"
    assert len((await here.get("/users")).json()["value"]) == 5
    assert (await here.ask("PATCH", f"/users/{zoe}", {"city": "Ulm"})).status_code == 404
    assert (await here.get(f"/users/{zoe}/memberOf")).status_code == 404


async def test_after_the_delay_it_is_there(here: Scene) -> None:
    await here.settings(replicationSeconds=DELAY)
    zoe = await here.invited("zoe@new.example")
    await here.advance(DELAY)

    assert (await here.get(f"/users/{zoe}")).status_code == 200
    assert await here.id_of("zoe@new.example") == zoe


async def test_group_adds_fail_in_both_known_ways_and_then_work(here: Scene) -> None:
    await here.settings(replicationSeconds=DELAY)
    group, zoe = await here.group("Empty"), await here.invited("zoe@new.example")
    first = await here.add(group, zoe)
    await here.advance(DELAY * 0.6)
    second = await here.add(group, zoe)
    await here.advance(DELAY * 0.4)
    third = await here.add(group, zoe)

    assert refusal(first) == (404, "Request_ResourceNotFound")
    assert refusal(second) == (400, "Request_BadRequest")
    assert "Not a valid reference update" in words(second)
    assert third.status_code == 204
    assert await here.members(group) == [zoe]


async def test_a_second_invitation_meets_the_fresh_guest(here: Scene) -> None:
    await here.settings(replicationSeconds=DELAY)

    assert await here.invited("zoe@new.example") == await here.invited("zoe@new.example")


async def test_without_a_delay_a_guest_is_there_at_once(here: Scene) -> None:
    zoe = await here.invited("zoe@new.example")

    assert await here.id_of("zoe@new.example") == zoe
