"""Whatever a sender puts into a queue, the listener goes on, as the genuine one does.

azure-sdk-for-net, ServiceBusListener: a message whose binding fails is abandoned at once;
AmqpMessageExtensions.GetBody: a value or a sequence has no `Body` (both read on 2026-11-29).
"""

from typing import Any

import pytest
from azure.servicebus.amqp import AmqpAnnotatedMessage

from tests.sandbox.host.bus import Bus
from tests.sandbox.host.conftest import Run
from tests.sandbox.host.running import until

ONE = """
@app.service_bus_queue_trigger(arg_name="message", queue_name="%QUEUE%", connection="BUS",
                               data_type=func.DataType.%KIND%)
async def take(message: func.ServiceBusMessage) -> None:
    log.info("took", extra={"size": len(message.get_body())})
"""
MANY = """
@app.service_bus_queue_trigger(arg_name="messages", queue_name="%QUEUE%", connection="BUS",
                               data_type=func.DataType.%KIND%,
                               cardinality=func.Cardinality.MANY)
async def take(messages: typing.List[func.ServiceBusMessage]) -> None:
    for message in messages:
        log.info("took", extra={"size": len(message.get_body())})
"""
DEAD = """
@app.service_bus_queue_trigger(arg_name="message", queue_name="refused/$deadletterqueue",
                               connection="BUS")
async def bury(message: func.ServiceBusMessage) -> None:
    log.info("buried")
"""
ODD: list[dict[str, Any]] = [
    {"value_body": {"k": 1}},
    {"value_body": {b"k": b"\xff"}},
    {"value_body": None},
    {"sequence_body": [[1, "two"]]},
    {"data_body": [b"\xff\xfe"], "application_properties": {"k": b"v", "n": 1.5}},
    {"data_body": b"[" * 100_000},
    {"data_body": b'{"ApplicationProperties": "x"}'},
    {"data_body": b"x" * 200_000},
]


@pytest.mark.parametrize("kind", ["BINARY", "STRING", "UNDEFINED"])
@pytest.mark.parametrize(("queue", "source"), [("odd", ONE), ("odd-many", MANY)])
def test_no_message_ends_the_listener(
    run: Run, bus: Bus, queue: str, source: str, kind: str
) -> None:
    for odd in ODD:
        bus.sender(queue).send_messages(AmqpAnnotatedMessage(**odd))
    one = {"extensions": {"serviceBus": {"maxMessageBatchSize": 1}}}
    source = source.replace("%KIND%", kind)
    host = run(source, host_json=one, QUEUE=queue, BUS=bus.connection_string)
    until(lambda: bus.count(queue) == 0)
    bus.send(queue, '{"at": "last"}')

    until(lambda: bus.count(queue) == 0)

    sizes = {line["size"] for line in host.lines("took")}
    assert len('{"at": "last"}') in sizes
    assert not host.lines("receiver lost")
    assert {line["error"] for line in host.lines("function failed")} >= {"CannotBind"}
    assert host.stop() == 0


def test_a_dead_letter_that_no_decoder_takes_comes_again_for_ever_and_without_a_pause(
    run: Run, bus: Bus
) -> None:
    """A dead-letter queue has no maximum of deliveries."""
    source = ONE.replace("%KIND%", "STRING") + DEAD
    bus.send("refused", '{"EnqueuedTimeUtc": "x"}')
    host = run(source, QUEUE="refused", BUS=bus.connection_string)

    host.wait_for("function failed", 40)

    failed = [line["function"] for line in host.lines("function failed")]
    assert failed.count("take") == 10
    assert failed.count("bury") >= 30
    assert not host.lines("took")
    assert not host.lines("buried")
