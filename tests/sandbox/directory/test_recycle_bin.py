"""Deleted users: found, counted, restored with their groups, gone after 30 days."""

import pytest

from tests.sandbox.directory.scene import EVENTUAL, Scene, names, refusal

BIN = "/directory/deletedItems"
CAST = f"{BIN}/microsoft.graph.user"
DAY = 24 * 3600


async def _delete(here: Scene, mail: str) -> str:
    identity = await here.id_of(mail)
    await here.ask("DELETE", f"/users/{identity}")
    return identity


async def test_a_deleted_user_is_in_the_bin(here: Scene) -> None:
    ann = await _delete(here, "ann@partner.example")
    listed = (await here.get(CAST, select="id,deletedDateTime,mail")).json()["value"]

    assert [user["id"] for user in listed] == [ann]
    assert listed[0]["deletedDateTime"]
    assert (await here.get(f"{BIN}/{ann}")).json()["displayName"] == "Ann"


async def test_the_id_leads_the_user_principal_name_while_in_the_bin(here: Scene) -> None:
    before = (await here.get("/users", filter="mail eq 'ann@partner.example'")).json()["value"][0]
    ann = await _delete(here, "ann@partner.example")
    binned = (await here.get(f"{BIN}/{ann}", select="userPrincipalName")).json()
    await here.ask("POST", f"{BIN}/{ann}/restore")
    after = (await here.get("/users", filter="mail eq 'ann@partner.example'")).json()["value"][0]

    assert binned["userPrincipalName"] == ann.replace("-", "") + before["userPrincipalName"]
    assert after["userPrincipalName"] == before["userPrincipalName"]


async def test_the_bin_is_filtered_and_counted(here: Scene) -> None:
    await _delete(here, "ann@partner.example")
    await _delete(here, "cid@other.example")
    found = await here.get(CAST, filter="mail eq 'cid@other.example'")

    assert names(found) == ["Cid"]
    assert refusal(await here.get(f"{CAST}/$count"))[0] == 400
    assert (await here.get(f"{CAST}/$count", EVENTUAL)).text == "2"


async def test_a_restored_user_has_the_old_id_and_groups(here: Scene) -> None:
    group = await here.group("Partners")
    ann = await _delete(here, "ann@partner.example")
    gone = await here.members(group)
    answer = await here.ask("POST", f"{BIN}/{ann}/restore")

    assert gone == []
    assert answer.status_code == 200
    assert answer.json()["id"] == ann
    assert await here.id_of("ann@partner.example") == ann
    assert await here.members(group) == [ann]
    assert (await here.get(CAST)).json()["value"] == []


@pytest.mark.parametrize(("days", "status"), [(29, 200), (31, 404)])
async def test_after_thirty_days_nothing_can_be_restored(
    here: Scene, days: int, status: int
) -> None:
    ann = await _delete(here, "ann@partner.example")
    await here.advance(days * DAY)

    assert (await here.ask("POST", f"{BIN}/{ann}/restore")).status_code == status


async def test_a_user_deleted_for_good_is_gone(here: Scene) -> None:
    ann = await _delete(here, "ann@partner.example")

    assert (await here.ask("DELETE", f"{BIN}/{ann}")).status_code == 204
    assert (await here.ask("POST", f"{BIN}/{ann}/restore")).status_code == 404
    assert (await here.invite("ann@partner.example")).status_code == 201


async def test_who_was_never_deleted_is_not_in_the_bin(here: Scene) -> None:
    ann = await here.id_of("ann@partner.example")

    assert refusal(await here.get(f"{BIN}/{ann}")) == (404, "Request_ResourceNotFound")
