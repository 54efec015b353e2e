"""Random messages of two senders and a file, with every property random: none speaks for another.

Each sender has an entrance of its own, so each message bears its stamp; all else in it is theirs.
"""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from b2b import outside, wire
from b2b.domain.batch import LedgerRow
from b2b.domain.dead_letter import DeadLetter
from b2b.domain.errors import TryLater
from b2b.domain.policy import UPLOADS
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.retry import Scalar
from b2b.flows.settling import Turn
from tests.fakes.house import TENANT, a_request
from tests.fakes.queues import ASSIGNMENTS, INVITATIONS, Letter
from tests.flows.examples import a_policy
from tests.flows_events.office import Office

SENDERS = ("supplier-portal", "other-portal")
GUESTS = [f"guest{number}@fabrikam.com" for number in range(3)]
REASONS = ["", "MaxDeliveryCountExceeded", "TTLExpiredException", "moved by hand"]
PAUSED = TryLater(Reason("throttled", "."), timedelta(seconds=30))

scalars = st.text(max_size=20) | st.integers() | st.floats() | st.booleans()
tries: st.SearchStrategy[dict[str, Scalar]] = st.fixed_dictionaries(
    {},
    optional={
        "attempt": scalars,
        "since": scalars
        | st.sampled_from(["2001-01-01T00:00:00+00:00", "2026-11-23T08:00:00+00:00"]),
        "crashes": scalars,
        "interruptions": scalars,
        "seal": scalars | st.just("0" * 64),
    },
)
endings = st.sampled_from(["done", "done", "waits", "crashes", "dead"])


class Crash(Exception):
    pass


class Senders(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        terms = a_policy(senders=frozenset({*SENDERS, UPLOADS}))
        self.office = Office(policy=terms)
        self.bodies: list[bytes] = []  # of everybody, for anybody to send as theirs
        self.seals: list[dict[str, Scalar]] = []  # of copies, as if seen
        self.ids: list[str] = ["", "order#1"]

    def wait(self, awaited: Any) -> Any:
        return self.loop.run_until_complete(awaited)

    def teardown(self) -> None:
        self.loop.close()

    @rule(line=st.integers(2, 4), groups=st.sampled_from([(), ("Aurora",)]))
    def a_file_asks(self, line: int, groups: tuple[str, ...]) -> None:
        request = a_request(GUESTS[line - 2], line=line, groups=groups)
        if request.row not in self.office.ledger.kept:
            self.wait(self.office.ask(request))
            self.bodies.append(wire.write_request(request))
            self.ids.append(request.id)

    @rule(
        sender=st.sampled_from(SENDERS),
        named=st.sampled_from(SENDERS),
        number=st.integers(0, 2),
        correlation=st.sampled_from(["c-1", "c-2"]),
        groups=st.sampled_from([[], ["Aurora"]]),
        properties=tries,
        ending=endings,
        why=st.sampled_from(REASONS),
    )
    def a_sender_asks(
        self,
        sender: str,
        named: str,
        number: int,
        correlation: str,
        groups: list[str],
        properties: dict[str, Scalar],
        ending: str,
        why: str,
    ) -> None:
        wish = {
            "schema": outside.INVITATION,
            "sender": named,
            "correlationId": correlation,
            "email": GUESTS[number],
            "groups": groups,
        }
        body = json.dumps(wish).encode()
        self.bodies.append(body)
        self._comes(sender, body, f"{sender}-{len(self.bodies)}", properties, ending, why)

    @precondition(lambda self: self.bodies)
    @rule(
        data=st.data(),
        sender=st.sampled_from(SENDERS),
        properties=tries,
        ending=endings,
        why=st.sampled_from(REASONS),
    )
    def a_sender_sends_what_another_sent(
        self,
        data: st.DataObject,
        sender: str,
        properties: dict[str, Scalar],
        ending: str,
        why: str,
    ) -> None:
        body = data.draw(st.sampled_from(self.bodies))
        name = data.draw(st.sampled_from(self.ids))
        if self.seals:
            properties = data.draw(st.sampled_from([properties, *self.seals]))
        self._comes(sender, body, name, properties, ending, why)

    @precondition(lambda self: self.office.queues.letters)
    @rule(data=st.data(), ending=endings, why=st.sampled_from(REASONS))
    def what_waits_is_delivered(self, data: st.DataObject, ending: str, why: str) -> None:
        letter = data.draw(st.sampled_from(self.office.queues.letters))
        self.office.queues.letters.remove(letter)
        self.office.clock.reach(letter.at)
        self._deliver(letter, ending, why)

    def _comes(
        self,
        sender: str,
        body: bytes,
        name: str,
        properties: dict[str, Scalar],
        ending: str,
        why: str,
    ) -> None:
        """By the entrance of `sender`, which writes its stamp over theirs."""
        stamped = properties | {"sender": sender}
        letter = Letter(INVITATIONS, name, body, self.office.clock(), stamped, 1)
        self._deliver(letter, ending, why)

    def _deliver(self, letter: Letter, ending: str, why: str) -> None:
        before, heard = dict(self.office.ledger.kept), len(self.office.herald.heard)
        self.wait(self._settle(letter, ending, why))
        self._keeps_copies()
        changed = [row for ref, row in self.office.ledger.kept.items() if before.get(ref) != row]
        self._only_of(letter, changed)
        stamp = letter.properties.get("sender")
        if stamp is not None:
            told = {one.happening.sender for one in self.office.herald.heard[heard:]}
            assert told <= {stamp}

    def _only_of(self, letter: Letter, changed: list[LedgerRow]) -> None:
        stamp = letter.properties.get("sender")
        if stamp is not None:
            assert {row.sender for row in changed} <= {stamp}
        elif letter.queue == ASSIGNMENTS:
            asked = wire.read_assignment(letter.body)  # its row, and the line of the day's book
            assert {row.request for row in changed} <= {asked.request}
        elif letter.queue == INVITATIONS:
            assert {row.sender for row in changed} <= {UPLOADS}

    async def _settle(self, letter: Letter, ending: str, why: str) -> None:
        office, message = self.office, self.office.received(letter)
        if ending == "dead":
            dead = replace(message, properties={**message.properties, "DeadLetterReason": why})
            await office.dead_letter_queue.take(letter.queue, DeadLetter(message=dead))
        elif letter.queue == ASSIGNMENTS:
            act = office.assigning.assign
            await office.settling.settle_together(
                letter.queue, [message], wire.read_assignment, act
            )
        else:
            await office.settling.settle(
                letter.queue, message, self._turn(letter, ending), self._answer
            )
        await office.telling.flush()

    def _turn(self, letter: Letter, ending: str) -> Turn:
        async def turn(message: ReceivedMessage) -> None:
            if ending == "waits":
                raise PAUSED
            if ending == "crashes":
                raise Crash
            if letter.queue == INVITATIONS:
                await self.office.asking.obey(
                    outside.read_invitation(message.body, TENANT, message.stamp)
                )

        return turn

    async def _answer(self, message: ReceivedMessage, reason: Reason) -> None:
        signature = outside.told_by(message.body, message.stamp)
        await self.office.wrong.turn_away(message.body, signature, reason, message.first_day)

    def _keeps_copies(self) -> None:
        for letter in self.office.queues.letters:
            if "seal" in letter.properties and dict(letter.properties) not in self.seals:
                self.seals.append(dict(letter.properties))


PATIENT = settings(deadline=None, suppress_health_check=list(HealthCheck))
TestSenders = Senders.TestCase
TestSenders.settings = settings(PATIENT, max_examples=50, stateful_step_count=20)


class ManySenders(Senders):
    """The same for longer: `make soak`."""


TestManySenders = pytest.mark.soak(ManySenders.TestCase)
TestManySenders.settings = settings(PATIENT, max_examples=2000, stateful_step_count=40)
