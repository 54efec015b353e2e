"""What every herald promises: the fake, and a topic of Service Bus through the unmodified SDK."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.servicebus.aio import ServiceBusClient

from b2b.adapters.herald import BusHerald
from b2b.cloud_events import write_event
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.happening import Happening, HappeningId, Numbered, What
from b2b.ports.events import Herald
from sandbox.servicebus import ServiceBus, read_file
from tests.fakes.footing import Footing
from tests.fakes.house import TENANT
from tests.fakes.outbox import FakeHerald

ENTITIES = Path(__file__).resolve().parents[2] / "infra" / "servicebus.json"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def news(count: int) -> list[Numbered]:
    guest = str(uuid4())
    return [
        Numbered(
            Happening(
                id=HappeningId(uuid4().hex),
                what=What.INVITED,
                subject=guest,
                at=NOW,
                guest=GuestId(guest),
                correlation="c-1",
                sender="portal",
            ),
            number,
        )
        for number in range(1, count + 1)
    ]


class Square(Protocol):
    @property
    def herald(self) -> Herald: ...

    async def heard(self) -> list[dict[str, Any]]: ...


class HeraldContract:
    async def test_news_are_heard_in_order_and_as_they_were(self, square: Square) -> None:
        told = news(3)
        await square.herald.announce(told)

        assert await square.heard() == [json.loads(write_event(one, TENANT)) for one in told]

    async def test_no_news_are_no_message(self, square: Square) -> None:
        await square.herald.announce([])

        assert await square.heard() == []

    async def test_more_than_one_message_can_hold(self, square: Square) -> None:
        told = news(400)
        await square.herald.announce(told)

        assert [one["sequence"] for one in await square.heard()] == [
            f"{number:010d}" for number in range(1, 401)
        ]


@dataclass
class FakeSquare:
    herald: FakeHerald

    async def heard(self) -> list[dict[str, Any]]:
        return [json.loads(write_event(one, TENANT)) for one in self.herald.heard]


class TestFakeHerald(HeraldContract):
    @pytest.fixture
    def square(self) -> Square:
        return FakeSquare(FakeHerald(Footing()))


@dataclass
class BusSquare:
    herald: BusHerald
    client: ServiceBusClient

    async def heard(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with self.client.get_subscription_receiver("guest-events", "all-events") as receiver:
            while some := await receiver.receive_messages(500, max_wait_time=0.5):
                for message in some:
                    assert message.content_type == "application/cloudevents+json"
                    event = json.loads(b"".join(message.body))
                    assert (message.message_id, message.session_id) == (
                        event["id"],
                        event["subject"],
                    )
                    found.append(event)
                    await receiver.complete_message(message)
        return found


class TestBusHerald(HeraldContract):
    @pytest_asyncio.fixture
    async def square(self) -> AsyncIterator[Square]:
        async with ServiceBus.running(read_file(ENTITIES)) as bus:
            client = ServiceBusClient.from_connection_string(bus.connection_string)
            herald = BusHerald(client, "guest-events", TENANT)
            yield BusSquare(herald, client)
            await herald.close()
            await client.close()

    async def test_a_topic_that_is_not_there_is_a_reason_to_wait(self, square: BusSquare) -> None:
        nowhere = BusHerald(square.client, "no-such-topic", TENANT)
        with pytest.raises(TryLater):
            await nowhere.announce(news(1))
