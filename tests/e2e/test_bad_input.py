"""A file that cannot be taken in: one clear sentence in its results, told once, tried once."""

import random

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from sandbox.town import Town
from tests.e2e import scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

BINARY = random.Random(7).randbytes(4096)
WORKBOOK = b"PK\x03\x04" + BINARY


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", ("0 bytes",)),
        ("binary.csv", b"\x00\x01" + BINARY, ("text", "CSV")),
        ("workbook.csv", WORKBOOK, ("Excel", "CSV")),
        ("no-address.csv", b"name,groups\nAda,Partner-Aurora\n", ("e-mail",)),
    ],
)
async def test_a_file_without_requests_is_refused_in_one_clear_sentence(
    town: Town, name: str, content: bytes, words: tuple[str, ...]
) -> None:
    before = await scene.tally(town, "take_in_upload")
    await scene.drop(town, name, content)
    summary = await scene.settled(town, name)
    (row,) = await scene.rows_of(town, summary["batch"])
    after = await scene.tally(town, "take_in_upload")

    assert (row["status"], row["line"], row["email"]) == ("refused", "", "")
    assert summary["fileRefused"] == {"code": row["reason"], "sentence": row["sentence"]}
    assert summary["rows"] == 0
    assert row["reason"]
    assert row["sentence"][0].isupper()
    assert "\n" not in row["sentence"]
    assert all(word.lower() in row["sentence"].lower() for word in words), row["sentence"]
    assert after["invocations"] - before["invocations"] == 1
    assert after["failures"] == before["failures"]
    assert await _poisoned(town) == 0


async def _poisoned(town: Town) -> int:
    """Blobs that the host gave up."""
    async with QueueClient.from_connection_string(
        town.storage.connection, "webjobs-blobtrigger-poison"
    ) as queue:
        try:
            properties = await queue.get_queue_properties()
        except ResourceNotFoundError:
            return 0
        return int(properties.approximate_message_count or 0)
