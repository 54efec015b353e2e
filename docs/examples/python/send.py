"""python send.py guest-invitations invitation.json"""

import json
import os
import sys
from pathlib import Path

from azure.identity import DefaultAzureCredential
from azure.servicebus import ServiceBusClient, ServiceBusMessage


def main(queue: str, file: str) -> None:
    body = json.loads(Path(file).read_text(encoding="utf-8"))
    message = ServiceBusMessage(
        json.dumps(body),
        content_type="application/json",
        # Service Bus drops a second message of this id within the hour; Guestkeeper knows it by
        # sender and correlationId whenever it comes.
        message_id=f"{body['sender']}.{body['correlationId']}",
    )
    with connect() as client, client.get_queue_sender(queue) as sender:
        sender.send_messages(message)


def connect() -> ServiceBusClient:
    if connection := os.environ.get("SERVICEBUS"):  # the sandbox
        return ServiceBusClient.from_connection_string(connection)
    return ServiceBusClient(os.environ["SERVICEBUS_NAMESPACE"], DefaultAzureCredential())


main(*sys.argv[1:])
