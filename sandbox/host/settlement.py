"""Tells Service Bus how messages ended: complete, or abandon at once as the real host does."""

import logging
from collections.abc import Sequence

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusReceiver
from azure.servicebus.exceptions import MessageLockLostError, ServiceBusError

log = logging.getLogger(__name__)


async def settle(
    messages: Sequence[ServiceBusReceivedMessage],
    receiver: ServiceBusReceiver,
    failure: Exception | None,
    auto_complete: bool,
) -> None:
    """All alike, one after the other. A message whose lock is lost comes again by itself."""
    if failure is None and not auto_complete:
        return
    say = receiver.complete_message if failure is None else receiver.abandon_message
    for message in messages:
        try:
            await say(message)
        except MessageLockLostError as problem:
            log.warning("message lock lost: %s", problem, extra={"message_id": message.message_id})
        except (ServiceBusError, ValueError) as problem:
            log.warning("not settled: %s", problem, extra={"message_id": message.message_id})
