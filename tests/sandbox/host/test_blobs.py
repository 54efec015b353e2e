"""Blob triggers: every version once, over restarts too; failures end on the poison queue."""

import base64
import json
import uuid

from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from tests.sandbox.host.conftest import Run
from tests.sandbox.host.running import until

STREAM = """
@app.blob_trigger(arg_name="upload", path="%BOX%/{name}.csv", connection="STORAGE")
def take(upload: func.InputStream) -> None:
    content = upload.read().decode()
    log.info("took", extra={"blob": upload.name, "content": content, "size": upload.length})
"""
CLIENTS = """
import azurefunctions.extensions.bindings.blob as sdk

@app.blob_trigger(arg_name="client", path="%BOX%/{name}", connection="STORAGE")
def by_client(client: sdk.BlobClient) -> None:
    content = client.download_blob().readall().decode()
    log.info("client", extra={"content": content, "blob": client.blob_name})

@app.blob_trigger(arg_name="stream", path="%BOX%/{name}", connection="STORAGE")
def by_stream(stream: sdk.StorageStreamDownloader) -> None:
    log.info("stream", extra={"content": stream.readall().decode()})

@app.blob_trigger(arg_name="box", path="%BOX%/{name}", connection="STORAGE")
async def by_container(box: sdk.ContainerClient) -> None:
    log.info("container", extra={"content": box.container_name})
"""
FAILING = """
@app.blob_trigger(arg_name="upload", path="%BOX%/{name}", connection="STORAGE")
async def take(upload: func.InputStream) -> None:
    raise LookupError("never")
"""


def test_a_version_runs_once_also_after_a_restart(run: Run, container: ContainerClient) -> None:
    container.upload_blob("people.csv", b"first")
    container.upload_blob("same.csv", b"always")
    container.upload_blob("people.txt", b"not ours")
    before = run(STREAM, BOX=container.container_name)
    before.wait_for("took", 2)
    before.stop()
    container.upload_blob("people.csv", b"second", overwrite=True)
    container.upload_blob("more/people.csv", b"third")

    after = run(STREAM, BOX=container.container_name)
    after.wait_for("took", 4)
    container.upload_blob("last.csv", b"last")  # once it is seen, all were scanned again
    taken = after.wait_for("took", 5)
    after.stop()

    first = next(line for line in taken if line["content"] == "first")
    assert (first["blob"], first["size"]) == (f"{container.container_name}/people.csv", 5)
    contents = sorted(line["content"] for line in after.lines("took"))
    assert contents == ["always", "first", "last", "second", "third"]


def test_the_clients_of_the_sdk_are_made_by_their_own_extension(
    run: Run, container: ContainerClient
) -> None:
    container.upload_blob("a.bin", b"content")
    host = run(CLIENTS, BOX=container.container_name)

    [client], [stream], [box] = (host.wait_for(each) for each in ("client", "stream", "container"))

    assert (client["content"], client["blob"]) == ("content", "a.bin")
    assert stream["content"] == "content"
    assert box["content"] == container.container_name


def test_a_failing_blob_is_tried_and_then_poisoned_once(
    run: Run, container: ContainerClient, storage: str
) -> None:
    container.upload_blob("bad.csv", b"x")
    settings = {"extensions": {"blobs": {"poisonBlobThreshold": 3}}}
    host = run(FAILING, host_json=settings, BOX=container.container_name)
    host.wait_for("blob given up")
    again = until(lambda: _poison(storage, container.container_name))
    host.stop()

    assert len(host.lines("function failed")) == 3
    assert host.lines("function failed")[0]["error"] == "LookupError"
    assert [each["BlobName"] for each in again] == ["bad.csv"]
    assert again[0]["FunctionId"] == "Host.Functions.take"
    # As azure-sdk-for-net, BlobTriggerMessage, writes it.
    assert (again[0]["Type"], again[0]["BlobType"]) == ("BlobTrigger", "BlockBlob")
    assert again[0]["ETag"].startswith('"0x')
    assert again[0]["ETag"].endswith('"')
    assert [receipt.split("/")[3:] for receipt in _receipts(storage, "bad.csv")] == [
        [again[0]["ETag"], container.container_name, "bad.csv"]
    ]


def test_a_container_may_come_later(run: Run, storage: str) -> None:
    late = ContainerClient.from_connection_string(storage, f"c{uuid.uuid4().hex}")
    host = run(STREAM, BOX=late.container_name)
    late.create_container()
    late.upload_blob("people.csv", b"here")

    [taken] = host.wait_for("took")

    assert taken["content"] == "here"


def test_only_so_many_run_at_once(run: Run, container: ContainerClient) -> None:
    for number in range(6):
        container.upload_blob(f"{number}.csv", b"x")
    slow = """
import asyncio
running = 0

@app.blob_trigger(arg_name="upload", path="%BOX%/{name}", connection="STORAGE")
async def take(upload: func.InputStream) -> None:
    global running
    running += 1
    log.info("together", extra={"running": running})
    await asyncio.sleep(0.05)
    running -= 1
"""
    settings = {"extensions": {"blobs": {"maxDegreeOfParallelism": 2}}}
    host = run(slow, host_json=settings, BOX=container.container_name)

    lines = host.wait_for("together", 6)

    assert max(line["running"] for line in lines) == 2


def _receipts(storage: str, blob: str) -> list[str]:
    hosts = ContainerClient.from_connection_string(storage, "azure-webjobs-hosts")
    names = hosts.list_blob_names(name_starts_with="blobreceipts/")
    return [name for name in names if name.endswith(f"/{blob}")]


def _poison(storage: str, container: str) -> list[dict[str, str]]:
    queue = QueueClient.from_connection_string(storage, "webjobs-blobtrigger-poison")
    peeked = queue.peek_messages(max_messages=32)
    found = [json.loads(base64.b64decode(message.content)) for message in peeked]
    return [each for each in found if each["ContainerName"] == container]
