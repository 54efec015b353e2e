"""A message that crashes the app, not one that is refused: kept, told, and no harm to others."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableClient, TableServiceClient

from b2b.adapters.entities import guest_key
from b2b.adapters.tables import GUESTS
from b2b.domain.request import Address
from sandbox.town import Town
from tests.e2e import logs, scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

NONSENSE = {"status": 200, "count": None, "body": "<html>neither JSON nor a user</html>"}
FINE = [f"sound{n}@fabrikam.com" for n in range(1, 6)]


async def break_record(town: Town, address: str) -> None:
    """A word in the ledger that no version of the app has ever written."""
    broken = guest_key(Address(address)) | {"address": address, "standing": "nonsense"}
    async with guests_of(town) as guests:
        await guests.upsert_entity(broken)


async def mend_record(town: Town, address: str) -> None:
    key = guest_key(Address(address))
    async with guests_of(town) as guests:
        await guests.delete_entity(key["PartitionKey"], key["RowKey"])


@asynccontextmanager
async def guests_of(town: Town) -> AsyncIterator[TableClient]:
    connection = town.settings["AzureWebJobsStorage"]
    async with TableServiceClient.from_connection_string(connection) as service:
        await service.create_table_if_not_exists(GUESTS)
        yield service.get_table_client(GUESTS)


@pytest_asyncio.fixture(loop_scope="session")
async def crashed(town: Town) -> dict[str, scene.Row]:
    """A record of the guest that nobody can read; the rows of the file by address."""
    await break_record(town, "poison@fabrikam.com")
    content = "".join(f"{mail},Sound Mind,Partner-Aurora\n" for mail in FINE)
    await scene.drop(
        town, "poison.csv", f"{scene.HEADER}poison@fabrikam.com,Poi Son,Partner-Aurora\n{content}"
    )
    summary = await scene.settled(town, "poison.csv")
    return {row["email"]: row for row in await scene.rows_of(town, summary["batch"])}


async def test_a_record_that_crashes_fails_its_own_row_and_no_other(
    town: Town, crashed: dict[str, scene.Row]
) -> None:
    poison = crashed.pop("poison@fabrikam.com")

    assert (poison["status"], poison["reason"]) == ("failed", "crashed")
    assert {mail: row["status"] for mail, row in crashed.items()} == dict.fromkeys(FINE, "assigned")
    # Each try is a message of its own after a pause: no delivery count grows by a crash.
    assert (await scene.queues(town))["guest-invitations"]["highestDeliveryCount"] < 3
    assert "poison@fabrikam.com" not in await scene.guests(town)


async def test_the_body_of_a_crashed_message_is_kept_where_the_results_say(
    town: Town, crashed: dict[str, scene.Row]
) -> None:
    kept = await town.storage.names("dead-letters")
    named = [name for name in kept if name in crashed["poison@fabrikam.com"]["sentence"]]

    assert len(named) == 1
    body: Any = json.loads(await town.storage.read("dead-letters", named[0]))
    assert body["email"] == "poison@fabrikam.com"
    assert not any(counts["deadLettered"] for counts in (await scene.queues(town)).values())


async def test_a_file_dropped_again_after_the_crash_is_mended_asks_anew(town: Town) -> None:
    address = "mended@fabrikam.com"
    content = f"{scene.HEADER}{address},Men Ded,Partner-Aurora\n"
    await break_record(town, address)
    await scene.drop(town, "mended.csv", content)
    before = await scene.outcomes(town, "mended.csv")
    await mend_record(town, address)
    await scene.drop(town, "mended.csv", content)

    async def over() -> bool:
        return (await scene.outcomes(town, "mended.csv"))[address] == ("assigned", "")

    await scene.until(over)
    assert before[address] == ("failed", "crashed")
    assert (await scene.mails_to(town))[address] == 1


async def test_an_invitation_that_crashes_afterwards_is_mailed_once(town: Town) -> None:
    await _crash_after_inviting(town, "mute@fabrikam.com")

    assert (await scene.mails_to(town))["mute@fabrikam.com"] == 1


async def test_no_log_tells_the_link_in_an_answer_that_crashed_the_app(town: Town) -> None:
    await _crash_after_inviting(town, "talker@fabrikam.com")

    assert logs.leaks(town, {"talker@fabrikam.com", "Tal Ker"}) == []


async def _crash_after_inviting(town: Town, address: str) -> None:
    """The invitation is made, and its answer lacks the guest."""
    answer = {
        "invitedUserEmailAddress": address,
        "inviteRedeemUrl": f"https://login.example/redeem?rd=1&user={address}",
    }
    fault = {"status": 201, "count": None, "after_effect": True, "body": json.dumps(answer)}
    await scene.order(town, method="POST", path="^/invitations", **fault)
    await scene.drop(town, f"{address}.csv", f"{scene.HEADER}{address},Tal Ker,\n")
    await scene.settled(town, f"{address}.csv")


async def test_memberships_that_nobody_can_read_refuse_their_own_rows_and_no_other(
    town: Town,
) -> None:
    people = ["seat-a@fabrikam.com", "seat-b@fabrikam.com", "seat-c@fabrikam.com"]
    content = "".join(f"{mail},Seat,Partner-Finance-Read\n" for mail in people)
    nobody = "stranger@example.com,Stranger,\n"
    await scene.order(town, method="PATCH", path="^/groups/", status=400, count=None)
    await scene.order(town, method="POST", path="checkMemberGroups", **NONSENSE)
    await scene.drop(town, "seats.csv", scene.HEADER + content + nobody)
    await scene.wait_in_a_hurry(town, "seats.csv")
    ended = await scene.outcomes(town, "seats.csv")

    assert {ended[mail] for mail in people} == {("refused", "answer_malformed")}
    assert ended["stranger@example.com"] == ("invited", "")


async def test_no_log_tells_who_crashed_the_app(town: Town, crashed: dict[str, scene.Row]) -> None:
    written = "\n".join(logs.written(town.plan.logs))

    assert "message.crashed" in written
    assert "dead_letter.kept" in written
    assert logs.leaks(town, {"poison@fabrikam.com", "Poi Son", *FINE}) == []
