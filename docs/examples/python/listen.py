"""python listen.py 60: prints what happens to guests, in order, until nothing comes for so long."""

import json
import os
import sys

from azure.identity import DefaultAzureCredential
from azure.servicebus import ServiceBusClient

TOPIC, SUBSCRIPTION = "guest-events", "all-events"
seen: dict[str, str] = {}  # of each source the highest sequence; keep it where it outlives you


def main(patience: str) -> None:
    with (
        connect() as client,
        client.get_subscription_receiver(
            TOPIC, SUBSCRIPTION, max_wait_time=float(patience)
        ) as receiver,
    ):
        for message in receiver:
            take(json.loads(str(message)))
            receiver.complete_message(message)


def take(event: dict) -> None:
    source, sequence = event["source"], event["sequence"]
    if sequence <= seen.get(source, ""):
        return  # sent again, or overtaken by what is newer
    seen[source] = sequence
    data = event["data"]
    why = data["reason"]["sentence"] if data["reason"] else ""
    print(event["type"], sequence, data["correlationId"], data["status"], why, flush=True)


def connect() -> ServiceBusClient:
    if connection := os.environ.get("SERVICEBUS"):  # the sandbox
        return ServiceBusClient.from_connection_string(connection)
    return ServiceBusClient(os.environ["SERVICEBUS_NAMESPACE"], DefaultAzureCredential())


main(*sys.argv[1:])
