"""What Azure.Messaging.ServiceBus 7.21 expects of the service, in the frames that it sends.

Sources: learn.microsoft.com/azure/service-bus-messaging (service-bus-amqp-protocol-guide,
service-bus-amqp-request-response, message-transfers-locks-settlement, message-expiration,
service-bus-dead-letter-queues, message-sequencing) and AMQP 1.0; read in November 2026.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusAuthenticationError, ServiceBusError

from sandbox.servicebus import Access, ServiceBus, read
from sandbox.servicebus.codec.content import ANNOTATIONS, APPLICATION, DATA, HEADER
from sandbox.servicebus.codec.decode import decode
from sandbox.servicebus.codec.encode import (
    EMPTY_MAP,
    TRUE,
    binary,
    described,
    long,
    mapping,
    sequence,
    string,
    symbol,
    uint,
)
from sandbox.servicebus.transport import frames

from .conftest import Desk, MakeDesk
from .raw import Frame, Peer, net_modified, peer_of, section

BODY = described(DATA, binary(b"x"))
ENTITIES: dict[str, Any] = {
    "queues": [
        {"name": "work", "maxDeliveryCount": 2},
        {"name": "day", "defaultMessageTimeToLive": "P1D"},
        {"name": "long", "defaultMessageTimeToLive": "P90D"},
        {"name": "picky", "requiresSession": True, "lockDuration": "PT30S"},
    ],
    "topics": [
        {"name": "t", "subscriptions": [{"name": "s", "forwardTo": "work"}]},
        {"name": "u", "subscriptions": [{"name": "s", "forwardTo": "picky"}]},
    ],
}


@pytest_asyncio.fixture
async def bus() -> AsyncIterator[ServiceBus]:
    async with ServiceBus.running(read(ENTITIES), access=Access(anonymous=True)) as running:
        yield running


async def received(peer: Peer, path: str = "work", handle: int = 1) -> Frame:
    await peer.attach(handle, path, receives=True)
    peer.flow(handle, 10)
    return await peer.read(frames.TRANSFER)


async def sent(peer: Peer, path: str = "work") -> None:
    await peer.attach(0, path, receives=False)
    peer.send(0, BODY)
    await peer.read(frames.DISPOSITION)


async def test_the_abandon_of_net_counts_and_ends_as_a_dead_letter(bus: ServiceBus) -> None:
    async with peer_of(bus.port) as peer:
        await peer.open()
        await sent(peer)
        first = await received(peer)
        peer.settle(first.fields[1], net_modified({"tries": long(7)}))
        again = await peer.read(frames.TRANSFER)
        peer.settle(again.fields[1], net_modified({}))
        dead = await received(peer, "work/$DeadLetterQueue", 2)

    assert section(first.payload, HEADER)[4] == 0
    assert section(again.payload, HEADER)[4] == 1
    assert section(again.payload, APPLICATION) == {"tries": 7}
    assert section(dead.payload, APPLICATION)["DeadLetterReason"] == "MaxDeliveryCountExceeded"


async def test_deferral_and_dead_letter_change_properties_too(bus: ServiceBus) -> None:
    info = mapping((symbol("DeadLetterReason"), string("r")), (symbol("n"), long(1)))
    error = described(0x1D, sequence(symbol("com.microsoft:dead-letter"), string(""), info))
    async with peer_of(bus.port) as peer:
        await peer.open()
        await sent(peer, "day")
        await sent(peer, "day")
        first = await received(peer, "day")
        second = await peer.read(frames.TRANSFER)
        peer.settle(first.fields[1], net_modified({"a": long(1)}, elsewhere=TRUE))
        peer.settle(second.fields[1], described(frames.REJECTED, sequence(error)))
        dead = await received(peer, "day/$DeadLetterQueue", 2)
        body = mapping(
            (string("sequence-numbers"), b"\xe0\x0a\x01\x81" + (1).to_bytes(8)),
            (string("receiver-settle-mode"), uint(1)),
        )
        _, answer = await peer.manage("day", "receive-by-sequence-number", body)
        [deferred] = answer["messages"]
        change = mapping(
            (string("lock-tokens"), b"\xe0\x12\x01\x98" + deferred["lock-token"].bytes),
            (string("disposition-status"), string("abandoned")),
            (string("properties-to-modify"), mapping((string("a"), long(2)))),
        )
        await peer.manage("day", "update-disposition", change)
    [kept] = bus.engine.find("day").messages.values()

    assert section(dead.payload, APPLICATION) == {"DeadLetterReason": "r", "n": 1}
    assert section(dead.payload, ANNOTATIONS).get("x-opt-deadletter-source") is None
    assert section(deferred["message"], ANNOTATIONS)["x-opt-message-state"] == 1
    assert section(deferred["message"], APPLICATION) == {"a": 1}
    assert decode(kept.content.application)[0] == {"a": 2}


@pytest.mark.parametrize("path", ["work/$DeadLetterQueue", "t/Subscriptions/s"])
async def test_only_queues_and_topics_are_sent_to(bus: ServiceBus, path: str) -> None:
    async with peer_of(bus.port) as peer:
        await peer.open()
        await peer.attach(0, path, receives=False)
        refusal = await peer.read(frames.DETACH)

    assert b"amqp:not-allowed" in refusal.raw


async def test_transactions_and_rules_are_refused_by_name(bus: ServiceBus) -> None:
    coordinator = described(frames.COORDINATOR, sequence())
    async with peer_of(bus.port) as peer:
        await peer.open()
        await peer.attach(5, "c", receives=False, target=coordinator)
        refusal = await peer.read(frames.DETACH)
        await peer.attach(0, "work", receives=False)
        within = described(frames.TRANSACTIONAL, sequence(binary(b"1")))
        peer.send(0, BODY, state=within)
        not_sent = await peer.read(frames.DISPOSITION)
        facts, _ = await peer.manage("t/Subscriptions/s", "add-rule", EMPTY_MAP)

    assert b"amqp:not-implemented" in refusal.raw
    assert b"amqp:not-implemented" in not_sent.raw
    assert (facts["statusCode"], facts["errorCondition"]) == (501, "amqp:not-implemented")


@pytest.mark.parametrize(
    ("queue", "own", "shown"),
    [("day", None, 86_400_000), ("day", 1000, 1000), ("day", 2**31, 86_400_000),
     ("long", None, 2**32 - 1), ("work", None, None)],
)  # fmt: skip
async def test_the_time_to_live_of_the_queue_is_default_and_limit(
    bus: ServiceBus, queue: str, own: int | None, shown: int | None
) -> None:
    life = b"\x40" if own is None else uint(own)
    header = described(HEADER, sequence(b"\x40", b"\x40", life))
    async with peer_of(bus.port) as peer:
        await peer.open()
        await peer.attach(0, queue, receives=False)
        peer.send(0, header + BODY)
        got = await received(peer, queue)

    fields = section(got.payload, HEADER)
    assert fields[2] == shown
    if queue == "long":
        times = section(got.payload, 0x73)
        assert times[8] - times[9] == 90 * 86_400_000


async def test_what_is_forwarded_keeps_its_first_number_and_has_a_place_to_fail(
    bus: ServiceBus,
) -> None:
    async with peer_of(bus.port) as peer:
        await peer.open()
        await sent(peer, "work")
        await sent(peer, "t")
        await received(peer)
        forwarded = await peer.read(frames.TRANSFER)
        await sent(peer, "u")
        failed = await received(peer, "u/Subscriptions/s/$Transfer/$DeadLetterQueue", 3)

    annotations = section(forwarded.payload, ANNOTATIONS)
    assert annotations["x-opt-sequence-number"] == 2
    assert annotations["x-opt-enqueue-sequence-number"] == 1
    assert section(failed.payload, APPLICATION)["DeadLetterReason"] == "amqp:not-allowed"


async def test_empty_frames_keep_an_idle_connection_and_silence_ends_it() -> None:
    async with ServiceBus.running(read(ENTITIES), idle_timeout=200) as bus, peer_of(bus.port) as p:
        await p.open(idle=uint(100))
        signs = [await p.next() for _ in range(3)]
        end = await p.read(frames.CLOSE)

    assert signs == [None, None, None]
    assert b"amqp:resource-limit-exceeded" in end.raw


@pytest.mark.parametrize(
    ("response", "code", "attached"),
    [(b"\0sandbox\0sandbox", 0, True), (b"\0sandbox\0wrong", 1, False), (b"nonsense", 1, False)],
)
async def test_plain_is_answered(response: bytes, code: int, attached: bool) -> None:
    init = frames.frame(0, frames.SASL_INIT, symbol("PLAIN"), binary(response), kind=1)
    async with ServiceBus.running(read(ENTITIES)) as bus, peer_of(bus.port) as peer:
        peer.writer.write(frames.SASL_HEADER + init)
        outcome = await peer.read(frames.SASL_OUTCOME)
        assert decode(outcome.fields[0])[0] == code
        if attached:
            await peer.open()
            await sent(peer)


@pytest.mark.parametrize(("token", "status"), [("a.b.c", 202), ("SharedAccessSignature x", 401)])
async def test_a_link_needs_a_token_for_its_path(token: str, status: int) -> None:
    async with ServiceBus.running(read(ENTITIES)) as bus, peer_of(bus.port) as peer:
        await peer.open()
        assert await peer.put_token("amqps://h:5671/day", token) == status
        await peer.attach(0, "work", receives=False)
        refusal = await peer.read(frames.DETACH)

    assert b"amqp:unauthorized-access" in refusal.raw


async def test_a_wrong_key_is_refused_as_the_sdk_expects() -> None:
    async with ServiceBus.running(read(ENTITIES)) as bus:
        wrong = bus.connection_string.replace("AccessKey=sandbox", "AccessKey=other")
        client = ServiceBusClient.from_connection_string(wrong, retry_total=0)
        async with client:
            with pytest.raises(ServiceBusAuthenticationError):
                await client.get_queue_sender("work").__aenter__()


def test_peek_answers_as_many_large_messages_as_fit(desk: Desk) -> None:
    sender, receiver = desk.pair()
    for _ in range(4):
        sender.send_messages(ServiceBusMessage(bytes(100_000)), timeout=10)

    assert len(receiver.peek_messages(300, timeout=10)) == 2
    transfer = desk.receiver(sub_queue=ServiceBusSubQueue.TRANSFER_DEAD_LETTER)
    assert transfer.peek_messages(1, timeout=10) == []


def test_a_lost_session_is_told_when_it_is_used(make_desk: MakeDesk) -> None:
    desk = make_desk(requiresSession=True, lockDuration="PT30S")
    sender, holder = desk.pair(session_id="a")
    sender.send_messages(ServiceBusMessage(b"x", session_id="a"), timeout=10)
    [message] = holder.receive_messages(1, max_wait_time=5)
    desk.advance(31)
    with pytest.raises(ServiceBusError) as settled:
        holder.complete_message(message)

    assert type(settled.value).__name__ == "SessionLockLostError"
