"""Queues in memory: messages with ids, dropped when their id was sent within the last hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from b2b import wire
from b2b.domain.access import Assignment
from b2b.domain.mail import Letter as Mail
from b2b.domain.request import BatchId, GuestRequest
from b2b.domain.retry import Copy, Scalar
from b2b.ports import Clock
from tests.fakes.footing import Footing

INVITATIONS, ASSIGNMENTS, RESULTS = "guest-invitations", "guest-assignments", "guest-results"
MAILS = "guest-mails"
REMEMBERED = timedelta(hours=1)
SLOT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Letter:
    """`at`: not delivered before that moment. `deliveries`: how often it was, so far."""

    queue: str
    id: str
    body: bytes
    at: datetime
    properties: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    deliveries: int = 0


class FakeQueues:
    def __init__(self, clock: Clock, footing: Footing) -> None:
        self.letters: list[Letter] = []
        self._seen: dict[tuple[str, str], datetime] = {}
        self._clock = clock
        self._footing = footing

    # What the tests ask, and what the host does

    def held(self, queue: str) -> list[Letter]:
        return [letter for letter in self.letters if letter.queue == queue]

    def next_at(self) -> datetime | None:
        return min((letter.at for letter in self.letters), default=None)

    def take(self) -> list[Letter]:
        """What a host is given at once: one message, or all that are due of the assignments."""
        due = [letter for letter in self.letters if letter.at <= self._clock()]
        first = min(due, key=lambda letter: letter.at, default=None)
        if first is None:
            return []
        several = first.queue == ASSIGNMENTS
        taken = [one for one in due if one.queue == ASSIGNMENTS] if several else [first]
        self.letters = [one for one in self.letters if one not in taken]
        return [replace(one, deliveries=one.deliveries + 1) for one in taken]

    def abandon(self, letters: Sequence[Letter]) -> None:
        """Delivered again at once, as after a crash."""
        self.letters.extend(letters)

    def put(self, letter: Letter) -> None:
        seen = self._seen.get((letter.queue, letter.id))
        if seen is not None and self._clock() - seen < REMEMBERED:
            return
        self._seen[letter.queue, letter.id] = self._clock()
        self.letters.append(letter)

    # The port

    async def invite(self, requests: Sequence[tuple[GuestRequest, int]]) -> None:
        for request, generation in requests:
            self._footing.tread()
            name = _versioned(request.id, generation)
            self.put(Letter(INVITATIONS, name, wire.write_request(request), self._clock()))
        self._footing.tread()

    async def assign(self, assignment: Assignment, generation: int, after: timedelta) -> None:
        self._footing.tread()
        name = _versioned(assignment.request, generation)
        body = wire.write_assignment(assignment)
        self.put(Letter(ASSIGNMENTS, name, body, self._clock() + after))
        self._footing.tread()

    async def deliver(self, letters: Sequence[Mail], after: timedelta) -> None:
        self._footing.tread()
        for one in letters:
            self.put(Letter(MAILS, one.errand, wire.write_mail(one.id), self._clock() + after))
        self._footing.tread()

    async def publish(self, batch: BatchId) -> None:
        self._footing.tread()
        slot = int(self._clock().timestamp() / SLOT.total_seconds()) + 1
        end = datetime.fromtimestamp(slot * SLOT.total_seconds(), UTC)
        at = end + timedelta(seconds=5)
        self.put(Letter(RESULTS, f"{batch}.{slot}", wire.write_publish(batch), at))
        self._footing.tread()

    async def send_again(self, queue: str, copy: Copy) -> None:
        self._footing.tread()
        self.put(Letter(queue, copy.message_id, copy.body, copy.at, dict(copy.properties)))
        self._footing.tread()


def _versioned(identity: str, generation: int) -> str:
    return f"{identity}.{generation}" if generation else identity
