"""Without a policy, or with a faulty one, nobody is invited; once it is put right, they are."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from azure.storage.blob.aio import BlobServiceClient

from sandbox.town import Town
from tests.e2e import scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADDRESS = "{}@fabrikam.com"
CONTENT = scene.HEADER + ADDRESS + ",Wai Ting,Partner-Aurora\n"


@pytest_asyncio.fixture(loop_scope="session")
async def lawless(town: Town) -> AsyncIterator[Town]:
    """The host has never seen a policy."""
    await _remove_policy(town)
    await _start_anew(town)
    yield town
    await town.put_example_policy()


@pytest.mark.parametrize(
    ("name", "policy", "code", "words"),
    [
        ("lawless", None, "policy_missing", "config/policy.toml"),
        ("broken", b"own_domains = [", "policy_faulty", "line 1"),
    ],
)
async def test_a_file_is_refused_until_there_is_a_policy_and_taken_when_dropped_again(
    lawless: Town, name: str, policy: bytes | None, code: str, words: str
) -> None:
    town, file, address = lawless, f"{name}.csv", ADDRESS.format(name)
    if policy is not None:
        await town.storage.put("config", "policy.toml", policy)
    await scene.drop(town, file, CONTENT.format(name))
    refused = await scene.settled(town, file)
    rows = await scene.rows_of(town, refused["batch"])
    invited = address in await scene.guests(town)

    assert refused["fileRefused"]["code"] == code
    assert words in refused["fileRefused"]["sentence"]
    assert [row["reason"] for row in rows] == [code]
    assert not invited

    await town.put_example_policy()
    await scene.drop(town, file, CONTENT.format(name))

    async def taken() -> bool:
        return (await scene.outcomes(town, file)).get(address) == ("assigned", "")

    await scene.until(taken)
    assert (await scene.summary_of(town, file))["fileRefused"] is None
    assert (await scene.mails_to(town))[address] == 1


async def _remove_policy(town: Town) -> None:
    async with BlobServiceClient.from_connection_string(town.storage.connection) as blobs:
        await blobs.get_blob_client("config", "policy.toml").delete_blob()


async def _start_anew(town: Town) -> None:
    assert town.host is not None
    await town.host.stop()
    await town.start_host()
