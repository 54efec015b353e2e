"""Event Grid's blob trigger: the webhook's answers, and the queue behind it.

Held against azure-sdk-for-net, HttpRequestProcessor, BlobsExtensionConfigProvider and
BlobQueueTriggerExecutor (read on 2026-11-29), and a run of the genuine extension 5.3.10.
"""

import base64
import json
import uuid
from typing import Any

import httpx
import pytest
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from sandbox.host.keys import BLOBS_KEY
from tests.sandbox.host.conftest import Run
from tests.sandbox.host.running import KEYS, RunningHost, until

HOOK = "/runtime/webhooks/blobs?functionName=Host.Functions.take"
CREATED = "Microsoft.Storage.BlobCreated"
SOURCE = """
import asyncio, os

@app.blob_trigger(arg_name="upload", path="%BOX%/in/{name}", connection="STORAGE",
                  source=func.BlobSource.EVENT_GRID)
async def take(upload: func.InputStream) -> None:
    log.info("took", extra={"blob": upload.name})
    await asyncio.sleep(float(os.environ.get("NAP", "0")))
    if "bad" in upload.name:
        raise RuntimeError("on purpose")
"""


@pytest.fixture
def host(run: Run, container: ContainerClient) -> RunningHost:
    container.upload_blob("in/a b.csv", b"x")
    return run(SOURCE, BOX=container.container_name)


def event(container: ContainerClient, name: str, kind: str = CREATED) -> dict[str, Any]:
    url = f"https://account.blob.core.windows.net/{container.container_name}/{name}"
    data = {"url": url, "eTag": "0x8D", "blobType": "BlockBlob", "api": "PutBlob"}
    return {"id": "1", "eventType": kind, "subject": "of no account", "data": data}


def notify(host: RunningHost, content: object, path: str = HOOK) -> int:
    return host.post(path, content, **{"aeg-event-type": "Notification"}).status_code


def test_every_event_runs_the_function_whatever_its_type_or_container(
    host: RunningHost, container: ContainerClient, storage: str
) -> None:
    other = ContainerClient.from_connection_string(storage, f"c{uuid.uuid4().hex}")
    other.create_container()
    other.upload_blob("elsewhere.csv", b"x")
    deleted = event(container, "in/a%20b.csv", "Microsoft.Storage.BlobDeleted")

    first = notify(host, [deleted, event(other, "elsewhere.csv")])
    second = notify(host, event(container, "in/a%20b.csv"))
    taken = host.wait_for("took", 3)

    assert (first, second) == (202, 202)
    ours, theirs = container.container_name, other.container_name
    expected = [f"{ours}/in/a b.csv", f"{ours}/in/a b.csv", f"{theirs}/elsewhere.csv"]
    assert sorted(line["blob"] for line in taken) == sorted(expected)


def test_what_is_not_there_is_taken_and_passed_over(
    host: RunningHost, container: ContainerClient
) -> None:
    nobody = HOOK.replace("take", "nobody")

    codes = [
        notify(host, event(container, "in/gone.csv")),
        notify(host, event(container, "in/a%20b.csv"), nobody),
        notify(host, event(container, "in/a%20b.csv")),
    ]
    host.wait_for("took")
    host.wait_for("event for no function of ours")
    host.stop()

    assert codes == [202, 202, 202]
    assert len(host.lines("took")) == 1


def test_the_header_and_not_the_body_says_what_a_call_is(
    host: RunningHost, container: ContainerClient
) -> None:
    check = {"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent"}
    body = [check | {"data": {"validationCode": "abc"}}]

    validated = host.post(HOOK, body, **{"aeg-event-type": "SubscriptionValidation"})
    stranger = host.post(
        HOOK.replace("take", "nobody"), body, **{"aeg-event-type": "SubscriptionValidation"}
    )
    bare = host.post(HOOK, body)
    gone = host.post(HOOK, body, **{"aeg-event-type": "Unsubscribe"})

    assert validated.json() == stranger.json() == {"validationResponse": "abc"}
    assert (bare.status_code, gone.status_code) == (400, 202)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "7",
        '[{"eventType": "x"}]',
        '[{"data": {"url": "https://a.example/b/c"}}]',
        '{"specversion": "1.0", "data": {"url": "https://a.example/b/c", "blobType": "BlockBlob"}}',
    ],
)
def test_what_is_no_event_of_event_grid_is_an_error_of_the_server(
    host: RunningHost, content: str
) -> None:
    headers = {"aeg-event-type": "Notification", "x-functions-key": KEYS[BLOBS_KEY]}

    answer = httpx.post(host.address + HOOK, content=content, headers=headers)

    assert answer.status_code == 500


def test_the_webhook_asks_for_its_key(host: RunningHost, container: ContainerClient) -> None:
    def told(query: str) -> int:
        url = f"{host.address}{HOOK}{query}"
        header = {"aeg-event-type": "Notification"}
        content = [event(container, "in/gone.csv")]
        return httpx.post(url, json=content, headers=header).status_code

    assert [told(query) for query in ("", "&code=wrong", "&code=blobs", "&code=master")] == [
        *(401, 401),
        *(202, 202),
    ]


def test_events_outlive_the_host(run: Run, container: ContainerClient) -> None:
    for name in ("one", "two"):
        container.upload_blob(f"in/{name}", b"x")
    one = {"extensions": {"blobs": {"maxDegreeOfParallelism": 1}}}
    first = run(SOURCE, host_json=one, BOX=container.container_name, NAP="60")
    notify(first, [event(container, "in/one"), event(container, "in/two")])
    [held] = first.wait_for("took")
    first.kill()

    second = run(SOURCE, host_json=one, BOX=container.container_name)
    taken = second.wait_for("took", 2)

    expected = {f"{container.container_name}/in/{name}" for name in ("one", "two")}
    assert {held["blob"], taken[1]["blob"]} == expected


def test_a_failing_event_is_tried_five_times_and_then_poisoned(
    run: Run, container: ContainerClient, storage: str
) -> None:
    container.upload_blob("in/bad.csv", b"x")
    host = run(SOURCE, BOX=container.container_name)

    notify(host, event(container, "in/bad.csv"))
    host.wait_for("blob given up")
    [poison] = until(lambda: _poison(storage, container.container_name))

    assert len(host.lines("took")) == 5
    assert poison == {
        "Type": "BlobTrigger",
        "FunctionId": "Host.Functions.take",
        "BlobType": "BlockBlob",
        "ContainerName": container.container_name,
        "BlobName": "in/bad.csv",
        "ETag": '"0x8D"',
    }


def _poison(storage: str, container: str) -> list[dict[str, str]]:
    queue = QueueClient.from_connection_string(storage, "webjobs-blobtrigger-poison")
    peeked = queue.peek_messages(max_messages=32)
    found = [json.loads(base64.b64decode(message.content)) for message in peeked]
    return [each for each in found if each["ContainerName"] == container]
