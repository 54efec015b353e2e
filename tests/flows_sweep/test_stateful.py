"""Random tenants, policies, faults and days: what may never happen does not."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from b2b import wire
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import RunId
from b2b.domain.policy import Brake, Mode
from sandbox.directory.seed import plant
from tests.fakes.footing import Died
from tests.flows_sweep.night import DAY, Night, night

FAULTS = ("userType eq 'Guest'", "signInActivity", r"/users/\$count", "role", "^/users/", "mail in")


class Nights(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.dark: Night = self.wait(self.stack.enter_async_context(night()))
        self.shut: set[str] = set()  # blocked by people
        self.thrown: set[str] = set()  # deleted by people
        self.names: list[str] = []
        self.caps = (1, 1)
        self.dark.guest("steady", 3000)  # somebody whose sign-in is told
        member = {"mail": "guest-0@partner.example", "userType": "Member", "displayName": "m"}
        plant(self.dark.graph.world, {"users": [member]})

    def wait(self, awaited: Any) -> Any:
        return self.loop.run_until_complete(awaited)

    def teardown(self) -> None:
        self.wait(self.stack.aclose())
        self.loop.close()

    @rule(
        end=st.integers(-60, 60),
        seen=st.none() | st.integers(0, 400),
        born=st.integers(0, 500),
        pending=st.booleans(),
    )
    def a_guest_comes(self, end: int, seen: int | None, born: int, pending: bool) -> None:
        name = f"g{len(self.names)}"
        state = "PendingAcceptance" if pending else "Accepted"
        self.dark.guest(name, end, seen=seen, born=born, externalUserState=state)
        self.names.append(name)

    @precondition(lambda self: self.names)
    @rule(data=st.data())
    def people_block(self, data: st.DataObject) -> None:
        user = self._someone(data)
        if user is not None and user.accountEnabled:
            user.put("accountEnabled", False)
            self.shut.add(user.id)

    @precondition(lambda self: self.names)
    @rule(data=st.data(), to=st.sampled_from(["Member", "Guest"]))
    def people_change_the_type(self, data: st.DataObject, to: str) -> None:
        user = self._someone(data)
        if user is not None:
            self.dark.graph.world.store.change(user, {"userType": to})

    @rule(
        mode=st.sampled_from(Mode),
        cap=st.integers(0, 3),
        brake=st.sampled_from([Brake(0, 0), Brake(2, 50), Brake(100, 100)]),
        grace=st.sampled_from([1, 30]),
    )
    def the_policy_changes(self, mode: Mode, cap: int, brake: Brake, grace: int) -> None:
        self.dark.terms(
            mode=mode,
            block_cap=cap,
            remove_cap=cap,
            block_brake=brake,
            remove_brake=brake,
            remove_after_block_days=grace,
            settle_days=1,
        )
        self.caps = (cap, cap)

    @rule(path=st.sampled_from(FAULTS), status=st.sampled_from([403, 429, 500]))
    def the_directory_fails(self, path: str, status: int) -> None:
        self.dark.fails(path, status=status, count=2, headers={"Retry-After": "1"})

    @rule(days=st.integers(1, 20), step=st.none() | st.integers(1, 60))
    def a_night_passes(self, days: int, step: int | None) -> None:
        dark = self.dark
        dark.clock.advance(days * DAY)
        dark.footing.steps, dark.footing.dies_at = 0, step
        policy: Any = dark.policy.now
        writes, before = dark.writes, self._gone_and_shut()
        for _ in range(3):
            try:
                self.wait(dark.sweep())
                self.wait(dark.deliver())
            except (Died, TryLater):
                continue
        dark.footing.dies_at = None
        blocked, deleted = (b - a for a, b in zip(before, self._gone_and_shut(), strict=True))
        assert blocked <= policy.lifecycle.block_cap
        assert deleted <= policy.lifecycle.remove_cap
        if policy.lifecycle.mode is Mode.REPORT:
            assert dark.writes == writes

    @precondition(lambda self: self.names)
    @rule(data=st.data())
    def people_enable(self, data: st.DataObject) -> None:
        user = self._someone(data)
        if user is not None and user.accountEnabled is False:
            user.put("accountEnabled", True)
            self.shut.discard(user.id)

    @rule(amid=st.integers(1, 25), step=st.none() | st.integers(1, 40))
    def a_night_is_undone(self, amid: int, step: int | None) -> None:
        """Amid its actions: whoever is away by it still is told by the undo."""
        dark = self.dark
        dark.reported()
        dark.clock.advance(DAY)
        try:
            run = self.wait(dark.sweep())
            self._act_until_death(amid)
        except (Died, TryLater):
            return
        dark.footing.steps, dark.footing.dies_at = 0, step
        for _ in range(3):
            try:
                self.wait(dark.taking_back.undo(run.id))
                self.wait(dark.deliver())
            except (Died, TryLater):
                continue
        dark.footing.dies_at = None
        told = {
            one.guest
            for one in dark.journal.kept_actions.values()
            if one.run == f"undo-{run.id}" and one.outcome and one.outcome.reason
        }
        assert self._away_by(run.id) <= told

    def _act_until_death(self, step: int) -> None:
        """What the process had in hand comes again after everything else."""
        dark = self.dark
        dark.footing.steps, dark.footing.dies_at = 0, step
        while dark.dispatch.bodies:
            body = dark.dispatch.bodies.pop(0)
            try:
                self.wait(dark.departing.depart(*wire.read_departure(body)))
            except (Died, TryLater):
                dark.dispatch.bodies.append(body)
                break
        dark.footing.dies_at = None

    @rule()
    def a_reader_has_a_report(self) -> None:
        self.dark.reported()

    @invariant()
    def members_are_never_touched(self) -> None:
        for user in self.dark.graph.world.store.of_type("Member").walk():
            assert user.accountEnabled is not False or user.id in self.shut or self._ours(user.id)
        assert all(one.userType == "Guest" for one in self.dark.graph.world.store.bin.values())

    @invariant()
    def whoever_is_blocked_or_gone_is_so_by_people_or_by_our_journal(self) -> None:
        store = self.dark.graph.world.store
        for user in store.of_type("Guest").walk():
            assert user.accountEnabled or user.id in self.shut or self._ours(user.id)
        for user in store.bin.values():
            custody = self.dark.journal.kept_custody[GuestId(user.id)]
            assert custody.block is not None
            assert custody.block.sure
            assert custody.removal is not None
            assert user.id not in self.shut

    def _ours(self, guest: str) -> bool:
        custody = self.dark.journal.kept_custody.get(GuestId(guest))
        return custody is not None and custody.block is not None

    def _away_by(self, run: RunId) -> set[GuestId]:
        """Blocked or deleted as that run left them."""
        store = self.dark.graph.world.store
        return {
            one.guest
            for one in self.dark.journal.kept_custody.values()
            for hold in (one.block, one.removal)
            if hold is not None and hold.run == run
            if one.guest in store.bin or store.users[one.guest].accountEnabled is False
        }

    def _gone_and_shut(self) -> tuple[int, int]:
        store = self.dark.graph.world.store
        guests = [*store.users.values(), *store.bin.values()]
        return sum(one.accountEnabled is False for one in guests), len(store.bin)

    def _someone(self, data: st.DataObject) -> Any:
        name = data.draw(st.sampled_from(self.names))
        found = self.dark.graph.world.store.with_mail(f"{name}@partner.example")
        return found[0] if found else None


PATIENT = settings(deadline=None, suppress_health_check=list(HealthCheck))
TestNights = Nights.TestCase
TestNights.settings = settings(PATIENT, max_examples=6, stateful_step_count=12)


class ManyNights(Nights):
    """The same for longer: `make soak`."""


TestManyNights = pytest.mark.soak(ManyNights.TestCase)
TestManyNights.settings = settings(PATIENT, max_examples=150, stateful_step_count=40)
