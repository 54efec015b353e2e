"""A house of fakes that other services write to and hear from."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any, cast

from b2b import outside
from b2b.domain.command import Asked
from b2b.domain.errors import Refused, TryLater
from b2b.domain.outcome import Outcome
from b2b.flows.asking import Asking
from b2b.flows.message_brakes import MessageBrakes
from b2b.flows.renewing import Renewing
from b2b.flows.sender_links import SenderLinks
from b2b.flows.telling import Telling, ToldLedger
from b2b.flows.welcome import Welcome
from b2b.flows.wrong_messages import WrongMessages
from b2b.ports import Ledger
from tests.fakes.footing import Died
from tests.fakes.house import TENANT, FakeHouse
from tests.fakes.journal import FakeJournal
from tests.fakes.outbox import FakeAwaited, FakeHerald, FakeOutbox
from tests.fakes.queues import INVITATIONS, Letter
from tests.flows.examples import AURORA, FINANCE, a_policy

PORTAL = "supplier-portal"
SERVED = a_policy(senders=frozenset({PORTAL}))
Wish = dict[str, Any]


class Office(FakeHouse):
    """`post` is another service sending; `herald` is what it hears."""

    def __init__(self, **how: Any) -> None:
        super().__init__(how.pop("policy", SERVED), **how)
        self.directory.group(AURORA)
        self.directory.group(FINANCE)
        footing = self.footing
        self.due, self.herald = FakeOutbox(footing), FakeHerald(footing)
        self.awaited = FakeAwaited(footing)
        self._ids = count()
        self.start()

    def start(self) -> None:
        """A new process: what it held in memory is gone."""
        self.telling = Telling(
            outbox=self.due,
            herald=self.herald,
            ledger=self.ledger,
            journal=FakeJournal(self.ledger, self.footing),
            queues=self.queues,
            clock=self.clock,
            links=SenderLinks(self.files),
        )
        told = cast(Ledger, ToldLedger(self.ledger, self.telling))
        welcome = Welcome(awaited=self.awaited, telling=self.telling, clock=self.clock)
        self.onboarding = replace(self.onboarding, ledger=told, on_invited=welcome)
        self.assigning = replace(self.assigning, ledger=told)
        self.dead_letters = replace(self.dead_letters, ledger=told)
        self.sending_again = replace(self.sending_again, dead_letters=self.dead_letters)
        self.wrong = WrongMessages(ledger=self.ledger, telling=self.telling)
        self.asking = Asking(
            ledger=told,
            queues=self.queues,
            onboarding=self.onboarding,
            renewing=Renewing(
                directory=self.directory,
                ledger=told,
                policy=self.policy,
                clock=self.clock,
                bring_back=self.onboarding.bring_back,
                packaging=self.packaging,
            ),
            farewell=NobodyLeaves(),
            brakes=MessageBrakes(braking=self.braking, policy=self.policy),
        )

    def post(self, *bodies: Wish | bytes) -> None:
        """Each under an id of its own, so that no duplicate is dropped on the way."""
        for body in bodies:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.queues.put(Letter(INVITATIONS, f"outside-{next(self._ids)}", raw, self.clock()))

    async def everything(self, *, times: int = 1) -> None:
        """All messages, and in the end the timer."""
        await self.deliver(times=times)
        await self.telling.flush()

    async def everything_through_death(self) -> None:
        """As `everything`; who dies outside of a message is started again by the host."""
        for _ in range(3):
            try:
                await self.everything()
            except Died:
                self.start()

    async def _give(self, letters: Sequence[Letter]) -> None:
        died = self.footing.dies_at is not None and self.footing.steps < self.footing.dies_at
        await super()._give(letters)
        if died and self.footing.steps >= (self.footing.dies_at or 0):
            self.start()

    async def _turn(self, letters: Sequence[Letter]) -> Any:
        if letters[0].queue != INVITATIONS:
            return await super()._turn(letters)
        body = letters[0].body
        try:
            await self.asking.obey(outside.read_invitation(body, TENANT))
        except TryLater as wait:
            return {letters[0]: wait}
        except Refused as refusal:
            day = self.clock().date()
            await self.wrong.turn_away(body, outside.told_by(body), refusal.reason, day)
        return {}

    @property
    def today(self) -> date:
        return self.clock().date()

    def in_days(self, days: int) -> str:
        return (self.today + timedelta(days=days)).isoformat()

    def day_file(self) -> str:
        return self.files.text("results", f"messages/{self.today}.csv")


class NobodyLeaves:
    async def leave(self, asked: Asked, day: date) -> Outcome:
        raise AssertionError("not here")


def wish(correlation: str = "c-1", email: str = "lena@fabrikam.com", **more: Any) -> Wish:
    return {
        "schema": outside.INVITATION,
        "sender": PORTAL,
        "correlationId": correlation,
        "email": email,
    } | more
