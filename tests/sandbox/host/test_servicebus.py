"""Service Bus triggers: what returns is complete, what raises comes again, nothing is lost."""

import time
from datetime import datetime

from azure.servicebus import ServiceBusMessage

from tests.sandbox.host.bus import Bus
from tests.sandbox.host.conftest import Run
from tests.sandbox.host.running import until

ONE = """
import asyncio, os

@app.service_bus_queue_trigger(arg_name="message", queue_name="%QUEUE%", connection="BUS")
async def take(message: func.ServiceBusMessage) -> None:
    log.info("took", extra={"body": message.get_body().decode(), "count": message.delivery_count})
    await asyncio.sleep(float(os.environ.get("NAP", "0")))
    log.info("ended", extra={"body": message.get_body().decode()})
    if os.environ.get("FAILS"):
        raise RuntimeError("on purpose")
"""
MANY = """
import asyncio, os

@app.service_bus_queue_trigger(arg_name="messages", queue_name="%QUEUE%", connection="BUS",
                               cardinality=func.Cardinality.MANY,
                               data_type=func.DataType.BINARY)
async def take(messages: typing.List[func.ServiceBusMessage]) -> None:
    bodies = [message.get_body().decode() for message in messages]
    counts = [message.delivery_count for message in messages]
    log.info("took", extra={"bodies": bodies, "counts": counts})
    await asyncio.sleep(float(os.environ.get("NAP", "0")))
    if os.environ.get("FAILS") and max(counts) == 1:
        raise RuntimeError("on purpose")
"""
DEAD = """
@app.service_bus_queue_trigger(arg_name="message", queue_name="failing/$deadletterqueue",
                               connection="BUS")
def bury(message: func.ServiceBusMessage) -> None:
    log.info("dead", extra={"body": message.get_body().decode(), "none": message.dead_letter_reason,
                            "reason": message.application_properties["DeadLetterReason"]})
"""


def test_a_message_arrives_whole_and_is_completed(run: Run, bus: Bus) -> None:
    source = """
@app.service_bus_queue_trigger(arg_name="message", queue_name="plain", connection="BUS")
def take(message: func.ServiceBusMessage) -> None:
    log.info("took", extra={name: str(getattr(message, name)) for name in (
        "message_id", "correlation_id", "content_type", "subject", "delivery_count",
        "sequence_number", "application_properties", "user_properties", "lock_token")} |
        {"body": message.get_body().decode()})
"""
    bus.sender("plain").send_messages(
        ServiceBusMessage(
            '{"a": "ä"}',
            message_id="m-1",
            correlation_id="c-1",
            content_type="application/json",
            subject="greeting",
            application_properties={"attempt": 2, "who": "me"},
        )
    )
    host = run(source, BUS=bus.connection_string)
    [line] = host.wait_for("took")
    until(lambda: bus.bodies("plain") == [])

    assert line["body"] == '{"a": "ä"}'
    assert (line["message_id"], line["correlation_id"]) == ("m-1", "c-1")
    assert (line["content_type"], line["subject"]) == ("application/json", "greeting")
    assert (line["delivery_count"], line["sequence_number"]) == ("1", "1")
    assert line["application_properties"] == line["user_properties"]
    assert line["user_properties"] == "{'attempt': 2, 'who': 'me'}"
    assert len(line["lock_token"]) == 36


def test_as_many_run_at_once_as_host_json_says(run: Run, bus: Bus) -> None:
    bus.send("crowd", *map(str, range(6)))
    settings = {"extensions": {"serviceBus": {"maxConcurrentCalls": 3}}}
    host = run(ONE, host_json=settings, QUEUE="crowd", NAP="0.7", BUS=bus.connection_string)
    most = 0

    def all_ended() -> bool:
        nonlocal most
        most = max(most, host.status()["functions"]["take"]["running"])
        return len(host.lines("ended")) == 6

    until(all_ended)

    assert most == 3
    assert sorted(line["body"] for line in host.lines("took")) == [str(n) for n in range(6)]


def test_what_raises_is_delivered_ten_times_and_then_dead_lettered(run: Run, bus: Bus) -> None:
    bus.send("failing", "bad")
    host = run(ONE + DEAD, QUEUE="failing", FAILS="1", BUS=bus.connection_string)
    [dead] = host.wait_for("dead")
    until(lambda: bus.bodies("failing", dead=True) == [])

    assert [line["count"] for line in host.lines("took")] == list(range(1, 11))
    assert (dead["body"], dead["reason"]) == ("bad", "MaxDeliveryCountExceeded")
    assert dead["none"] is None
    assert host.status()["functions"]["take"]["failures"] == 10


def test_a_batch_is_taken_and_completed_together(run: Run, bus: Bus) -> None:
    sent = [str(number) for number in range(50)]
    bus.send("many", *sent)
    settings = {"extensions": {"serviceBus": {"maxMessageBatchSize": 20}}}
    host = run(MANY, host_json=settings, QUEUE="many", BUS=bus.connection_string)
    until(lambda: bus.bodies("many") == [])

    batches = [line["bodies"] for line in host.lines("took")]
    assert [len(batch) for batch in batches] == [20, 20, 10]
    assert [body for batch in batches for body in batch] == sent


def test_a_failing_batch_comes_again_as_a_whole(run: Run, bus: Bus) -> None:
    bus.send("many-failing", "a", "b", "c")
    host = run(MANY, QUEUE="many-failing", FAILS="1", BUS=bus.connection_string)
    until(lambda: bus.bodies("many-failing") == [])

    counts = [count for line in host.lines("took") for count in line["counts"]]
    assert sorted(counts) == [1, 1, 1, 2, 2, 2]


def test_a_subscription_is_listened_to(run: Run, bus: Bus) -> None:
    source = """
@app.service_bus_topic_trigger(arg_name="message", topic_name="news", subscription_name="all",
                               connection="BUS")
async def take(message: func.ServiceBusMessage) -> None:
    log.info("took", extra={"body": message.get_body().decode()})
"""
    host = run(source, BUS=bus.connection_string)
    bus.publish("news", "hello")

    [line] = host.wait_for("took")

    assert line["body"] == "hello"


def test_the_lock_of_one_is_renewed_while_it_runs(run: Run, bus: Bus) -> None:
    bus.send("renewed", "long work")
    host = run(ONE, QUEUE="renewed", NAP="4.5", BUS=bus.connection_string)
    host.wait_for("function succeeded")
    until(lambda: bus.bodies("renewed") == [])

    assert [line["count"] for line in host.lines("took")] == [1]
    assert not host.lines("message lock lost")


def test_the_locks_of_a_batch_are_not_renewed(run: Run, bus: Bus) -> None:
    bus.send("short-many", "long work")
    host = run(MANY, QUEUE="short-many", NAP="1.5", BUS=bus.connection_string)

    host.wait_for("message lock lost")
    lines = host.wait_for("took", 2)

    assert [line["counts"] for line in lines[:2]] == [[1], [2]]


def test_a_function_over_its_time_gives_the_message_back(run: Run, bus: Bus) -> None:
    bus.send("late", "slow")
    host = run(
        ONE,
        host_json={"functionTimeout": "00:00:00.2"},
        QUEUE="late",
        NAP="30",
        BUS=bus.connection_string,
    )

    lines = host.wait_for("took", 2)

    assert [line["count"] for line in lines[:2]] == [1, 2]
    assert host.lines("function failed")[0]["error"] == "TimedOut"


def test_without_automatic_completion_a_message_comes_again(run: Run, bus: Bus) -> None:
    bus.send("unsettled", "again")
    settings = {"extensions": {"serviceBus": {"autoCompleteMessages": False}}}
    host = run(ONE, host_json=settings, QUEUE="unsettled", BUS=bus.connection_string)

    lines = host.wait_for("took", 2)

    assert [line["count"] for line in lines[:2]] == [1, 2]


def test_what_is_in_hand_is_finished_when_told_to_stop_and_the_rest_left(
    run: Run, bus: Bus
) -> None:
    bus.send("kept", *map(str, range(5)))
    settings = {"extensions": {"serviceBus": {"maxConcurrentCalls": 1}}}
    host = run(ONE, host_json=settings, QUEUE="kept", NAP="0.5", BUS=bus.connection_string)
    host.wait_for("took")

    code = host.stop()

    ended = [line["body"] for line in host.lines("ended")]
    after = run(ONE, QUEUE="kept", BUS=bus.connection_string)
    left = after.wait_for("took", 5)[1:]

    assert code == 0
    assert ended == ["0"]
    assert [(line["body"], line["count"]) for line in left] == [(n, 1) for n in "1234"]


def test_a_killed_host_loses_nothing(run: Run, bus: Bus) -> None:
    sent = [str(number) for number in range(40)]
    bus.send("fatal", *sent)
    first = run(ONE, QUEUE="fatal", NAP="0.1", BUS=bus.connection_string)
    first.wait_for("took", 5)
    first.kill()
    in_hand = {line["body"] for line in first.lines("took")}
    in_hand -= {line["body"] for line in first.lines("ended")}

    second = run(ONE, QUEUE="fatal", NAP="0", BUS=bus.connection_string)
    until(lambda: bus.bodies("fatal") == [])

    assert {line["body"] for line in second.lines("ended")} == set(sent)
    again = {line["body"] for line in second.lines("took") if line["count"] == 2}
    assert in_hand <= again


def test_an_idle_host_takes_up_a_message_and_stops_at_once(run: Run, bus: Bus) -> None:
    for cardinality, queue in ((ONE, "idle"), (MANY, "idle-many")):
        bus.sender(queue)
        host = run(cardinality, QUEUE=queue, BUS=bus.connection_string)
        delays = []
        for number in range(1, 6):
            sent = time.time()
            bus.send(queue, str(number))
            line = host.wait_for("took", number)[-1]
            delays.append(datetime.fromisoformat(line["time"]).timestamp() - sent)
        told = time.monotonic()
        host.stop()

        assert sorted(delays)[2] < 0.15, (queue, delays)
        assert time.monotonic() - told < 3


def test_an_operator_can_hand_in_a_body(run: Run, bus: Bus) -> None:
    host = run(ONE, QUEUE="typed", FAILS="1", BUS=bus.connection_string)

    answer = host.post("/admin/functions/take?wait=1", {"input": '{"by": "hand"}'})

    assert answer.json() == {"error": "RuntimeError"}
    assert host.lines("took")[0]["body"] == '{"by": "hand"}'
    assert host.lines("took")[0]["count"] == 0
