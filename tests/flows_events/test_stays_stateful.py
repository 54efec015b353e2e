"""Random files and messages between nights that enforce: what may never happen to a stay."""

import asyncio
import csv
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestRecord
from b2b.domain.request import Address
from b2b.domain.stay import StayEffect
from tests.flows_events.evening import PORTAL
from tests.flows_events.requests import OTHER_PORTAL, SECOND_BOSS, Requests, requests
from tests.flows_sweep.night import BOSS, DAY

OTHERS = ("other-1", "other-2", "other-3")
MANAGED = ("managed-1", "managed-2")
NAMES = (*OTHERS, *MANAGED, "new-1", "new-2", "colleague")
WHOM = st.sampled_from(NAMES)
END = st.none() | st.integers(0, 400)
SPONSOR = st.sampled_from(["", "", BOSS, SECOND_BOSS])
ACCESS = st.sampled_from(["", "groups", "removeGroups"])
DEATH = st.none() | st.integers(1, 30)


class StaysHold(RuleBasedStateMachine):
    """`untouchable`: accounts from before the first request that nobody has adopted."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.office: Requests = self.wait(self.stack.enter_async_context(requests()))
        self.dark = self.office.night
        self.untouchable: dict[str, str] = {}
        self.asked: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self.number = 0

    def wait(self, awaited: Any) -> Any:
        return self.loop.run_until_complete(awaited)

    def teardown(self) -> None:
        self.wait(self.stack.aclose())
        self.loop.close()

    @initialize(ends=st.tuples(st.integers(5, 300), st.integers(5, 300)))
    def a_tenant(self, ends: tuple[int, int]) -> None:
        self.dark.guest("steady", 3000)
        for seen, name in enumerate(OTHERS):
            self.dark.guest(name, None, seen=seen * 100 or None, born=900)
            self.untouchable[self.dark.user(name).id] = name
        for end, name in zip(ends, MANAGED, strict=True):
            self.dark.guest(name, end)
        self.dark.reported()

    @rule(name=WHOM, end=END, access=ACCESS, sponsor=SPONSOR, death=DEATH)
    def a_file(
        self, name: str, end: int | None, access: str, sponsor: str, death: int | None
    ) -> None:
        cells: dict[str, str] = {"email": _address(name)}
        if end is not None:
            cells["expiresOn"] = str(self.day(end))
        if access:
            cells[access] = "Aurora"
        if sponsor:
            cells["sponsorEmail"] = sponsor
        self.number += 1
        file = f"file-{self.number}.csv"
        self.ask(name, lambda: self.office.drop(file, cells), end, sponsor, death)

    @rule(
        name=WHOM, end=END, access=ACCESS, sponsor=SPONSOR, death=DEATH,
        sender=st.sampled_from([PORTAL, OTHER_PORTAL]),
    )  # fmt: skip
    def a_message(
        self, name: str, end: int | None, access: str, sponsor: str, death: int | None, sender: str
    ) -> None:
        body = self.body("guest-invitation/1", name, sender)
        body |= {"expiresOn": str(self.day(end))} if end is not None else {}
        body |= {"sponsor": sponsor} if sponsor else {}
        body |= {access: ["Aurora"]} if access else {}
        self.ask(name, lambda: self.office.send(body), end, sponsor, death)

    @rule(name=WHOM, end=st.integers(0, 365), death=DEATH)
    def a_renewal(self, name: str, end: int, death: int | None) -> None:
        body = self.body("guest-renewal/1", name, PORTAL) | {"expiresOn": str(self.day(end))}
        self.ask(name, lambda: self.office.send(body), end, "", death)

    @rule(data=st.data())
    def something_comes_again(self, data: st.DataObject) -> None:
        """The same file or message, however late: it asks for nothing that it did not ask for."""
        if self.asked:
            again = data.draw(st.integers(0, len(self.asked) - 1))
            before = self.records()
            self.wait(self.asked[again]())
            self.every_change_is_told(before)

    @rule(days=st.integers(1, 70))
    def nights_pass(self, days: int) -> None:
        self.dark.clock.advance(days * DAY)
        self.dark.reported()
        before = self.records()
        self.wait(self.dark.whole())
        assert _promises(self.records()) == _promises(before), "a night moves no end, no sponsor"

    @rule(name=st.sampled_from(NAMES), end=st.none() | st.integers(1, 300))
    def an_operator_adopts(self, name: str, end: int | None) -> None:
        until = None if end is None else self.day(end)
        try:
            record = self.wait(self.dark.taking_back.adopt(_address(name), until, ""))
        except (Refused, TryLater):
            return
        self.untouchable.pop(record.guest, None)

    def ask(
        self,
        name: str,
        act: Callable[[], Coroutine[Any, Any, None]],
        end: int | None,
        sponsor: str,
        death: int | None,
    ) -> None:
        before = self.records()
        self.dark.footing.steps, self.dark.footing.dies_at = 0, death
        self.wait(act())
        self.dark.footing.dies_at = None
        self.asked.append(act)
        after = self.records()
        self.every_change_is_told(before)
        old, new = before.get(_address(name)), after.get(_address(name))
        if old is None or new is None or old.guest != new.guest:
            return
        if end is None and not self.was_brought_back(new):
            assert new.expires_on == old.expires_on, "nobody named an end"
        assert not _shorter(old.expires_on, new.expires_on), "a request shortens no stay"
        assert new.sponsor in (old.sponsor, sponsor), "nobody named that sponsor"

    def every_change_is_told(self, before: dict[str, GuestRecord]) -> None:
        """Old end and new end stand in a row that says so, and in its line of the results."""
        for address, new in self.records().items():
            old = before.get(address)
            same = old is not None and old.guest == new.guest
            was = old.expires_on if old is not None and same else None
            if new.guest is None or (same and was == new.expires_on):
                continue
            told = [
                row
                for row in self.dark.ledger.kept.values()
                if row.stay is not None and row.stay.guest == new.guest
                if (row.stay.before, row.stay.until) == (was, new.expires_on)
            ]
            assert told, f"{address}: from {was} to {new.expires_on}, and no row says so"
            assert any(self.line_says(row.ref.batch, new.expires_on) for row in told)

    def line_says(self, batch: str, end: date | None) -> bool:
        """What an operator said has no results."""
        try:
            table = self.dark.files.text("results", f"{batch}/results.csv")
        except KeyError:
            return False
        lines = list(csv.DictReader(table.splitlines()))
        return any(line["expiresOn"] == f"{end}" in line["sentence"] for line in lines)

    def was_brought_back(self, record: GuestRecord) -> bool:
        return any(
            row.stay is not None
            and row.stay.guest == record.guest
            and row.stay.effect is StayEffect.BROUGHT_BACK
            and row.stay.until == record.expires_on
            for row in self.dark.ledger.kept.values()
        )

    @invariant()
    def who_was_there_before_us_is_left_alone(self) -> None:
        store = self.dark.graph.world.store
        for guest, name in self.untouchable.items():
            assert guest not in store.bin, f"{name} was removed"
            assert store.users[guest].accountEnabled, f"{name} was blocked"
        managed = {record.guest for record in self.records().values()}
        assert not managed & self.untouchable.keys(), "a stay began for a guest of others"

    @invariant()
    def members_are_left_alone(self) -> None:
        for user in self.dark.graph.world.store.of_type("Member").walk():
            assert user.accountEnabled is not False

    def records(self) -> dict[str, GuestRecord]:
        return dict(self.dark.ledger.guests)

    def day(self, days: int) -> date:
        today: date = self.dark.clock().date()
        return today + days * DAY

    def body(self, schema: str, name: str, sender: str) -> dict[str, Any]:
        self.number += 1
        told = {"schema": schema, "sender": sender, "correlationId": f"c-{self.number}"}
        return told | {"email": _address(name)}


def _address(name: str) -> Address:
    return Address(f"{name}@partner.example")


def _shorter(before: date | None, after: date | None) -> bool:
    return after is not None and (before is None or after < before)


def _promises(records: dict[str, GuestRecord]) -> dict[str, tuple[date | None, str]]:
    return {address: (one.expires_on, one.sponsor) for address, one in records.items()}


PATIENT = settings(deadline=None, suppress_health_check=list(HealthCheck))
TestStaysHold = StaysHold.TestCase
TestStaysHold.settings = settings(PATIENT, max_examples=50, stateful_step_count=15)


class ManyStaysHold(StaysHold):
    """The same for longer: `make soak`."""


TestManyStaysHold = pytest.mark.soak(ManyStaysHold.TestCase)
TestManyStaysHold.settings = settings(PATIENT, max_examples=2000, stateful_step_count=25)
