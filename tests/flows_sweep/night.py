"""Nights over a tenant of the stand-in, on the wire; ledger, journal and files in memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from b2b import wire
from b2b.adapters.graph.accounts import GraphAccounts
from b2b.adapters.graph.colleagues import GraphColleagues
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.directory import GraphDirectory
from b2b.adapters.graph.listing import GraphRoll
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.adapters.graph.packages import GraphPackages
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId, GuestRecord, Standing
from b2b.domain.lifecycle import Action, ActionId, Custody, Hold, Rule, Run, RunId, State
from b2b.domain.pace import Pace
from b2b.domain.policy import Brake, Lifecycle, Mode, Partner, PartnerDomain, Policy
from b2b.domain.reason import Reason
from b2b.domain.request import Address, RequestId, TenantId
from b2b.flows.departure import Departing
from b2b.flows.packages import Packaging
from b2b.flows.sponsoring import Sponsoring
from b2b.flows.sweep import Sweep
from b2b.flows.taking_back import TakingBack
from sandbox.directory import Directory
from sandbox.directory.faults import Fault
from sandbox.directory.seed import plant
from tests.adapters.standin import SCOPE, Token
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Died, Footing
from tests.fakes.grants import FakeGrants
from tests.fakes.journal import FakeJournal
from tests.fakes.ledger import FakeLedger
from tests.fakes.policy import FakePolicy

ROLES = (
    *("User.Read.All", "GroupMember.Read.All", "AuditLog.Read.All"),
    *("User.EnableDisableAccount.All", "User.DeleteRestore.All", "User.RevokeSessions.All"),
    *("RoleManagement.Read.Directory", "EntitlementManagement.Read.All"),
)
BOSS = "boss@home.example"
DAY = timedelta(days=1)
TRIES = 6
WIDE = Lifecycle(
    mode=Mode.ENFORCE,
    block_brake=Brake(100, 100),
    remove_brake=Brake(100, 100),
    most_change_percent=100,
)
POLICY = Policy(
    version="v1",
    own_domains=("home.example",),
    partners=(Partner(name="Partner", domains=(PartnerDomain("partner.example"),), sponsor=BOSS),),
    lifecycle=WIDE,
)


@dataclass
class FakeDispatch:
    """Message bodies in the order in which they were sent; the same action may come again."""

    bodies: list[bytes] = field(default_factory=list)

    async def depart(self, actions: Sequence[Action]) -> None:
        self.bodies += [wire.write_departure(one) for one in actions]


class Night:
    """`fails` orders faults, `sweep` is one turn, `deliver` brings what was queued."""

    def __init__(self, graph: Directory, roles: Sequence[str] = ROLES) -> None:
        self.graph = graph
        self.clock = FakeClock(datetime.now(UTC).replace(microsecond=0))
        self.footing = Footing()
        self.ledger = FakeLedger(self.footing)
        self.journal = FakeJournal(self.ledger, self.footing)
        self.files, self.dispatch = FakeFiles(self.footing), FakeDispatch()
        self.policy = FakePolicy(POLICY)
        self.pauses: list[float] = []
        fast = {budget: Pace(rate=1000, fastest=1000) for budget in Budget}
        adapter = connect(Token(graph.token(*roles)), graph.url, SCOPE)
        pacing = Pacing(lambda: self.clock().timestamp(), self._tick, fast)
        self.grants = FakeGrants(self.footing)
        packages = GraphPackages(adapter, pacing)
        colleagues = GraphColleagues(adapter, pacing)
        sponsoring = Sponsoring(colleagues=colleagues, links=colleagues, clock=self.clock)
        packaging = Packaging(
            packages=packages,
            grants=self.grants,
            clock=self.clock,
            look_again=timedelta(seconds=15),
            replication=timedelta(minutes=5),
        )
        accounts, roll = GraphAccounts(adapter, pacing), GraphRoll(adapter, pacing, page=3)
        self.sweeping = Sweep(
            roll=roll,
            packages=packages,
            journal=self.journal,
            files=self.files,
            dispatch=self.dispatch,
            policy=self.policy,
            clock=self.clock,
            pause=self._pause,
            every=DAY,
            turn=timedelta(minutes=8),
        )
        self.departing = Departing(
            accounts=accounts,
            roll=roll,
            packages=packages,
            sponsoring=sponsoring,
            journal=self.journal,
            ledger=self.ledger,
            files=self.files,
            policy=self.policy,
            clock=self.clock,
        )
        self.taking_back = TakingBack(
            accounts=accounts,
            directory=GraphDirectory(adapter, graph.tenant.initial_domain),
            journal=self.journal,
            ledger=self.ledger,
            dispatch=self.dispatch,
            packaging=packaging,
            sponsoring=sponsoring,
            policy=self.policy,
            clock=self.clock,
            tenant=TenantId("t"),
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))

    async def _tick(self, seconds: float) -> None:
        """This clock knows no less than a microsecond: a shorter wait would never be over."""
        self.clock.advance(max(timedelta(seconds=seconds), timedelta(microseconds=1)))

    # What stands before the night

    def guest(
        self, name: str, end: int | None = 200, *, seen: int | None = 1, **given: Any
    ) -> GuestId:
        """`end`: days from today to the last day of the stay; None: we promised nothing."""
        user: dict[str, Any] = {"mail": f"{name}@partner.example", "displayName": name}
        user["createdDateTime"] = self.ago(given.pop("born", 400))
        if seen is not None:
            user["signInActivity"] = {"lastSignInDateTime": self.ago(seen)}
        plant(self.graph.world, {"users": [user | given]})
        guest = GuestId(self.user(name).id)
        if end is not None:
            self.promise(name, guest, end, user["createdDateTime"])
        return guest

    def promise(self, name: str, guest: GuestId, end: int, since: str) -> None:
        record = GuestRecord(
            address=Address(f"{name}@partner.example"),
            standing=Standing.INVITED,
            request=RequestId("r"),
            since=datetime.fromisoformat(since),
            guest=guest,
            partner="Partner",
            sponsor=BOSS,
            expires_on=(self.clock() + end * DAY).date(),
            version="0",
        )
        self.ledger.guests[record.address] = record

    def blocked_by_us(self, name: str, days: int, rule: Rule = Rule.EXPIRED) -> GuestId:
        guest = self.guest(name, -days - 5, accountEnabled=False)
        hold = Hold(
            at=self.clock() - days * DAY,
            run=RunId("old"),
            action=ActionId("b" * 32),
            rule=rule,
            sure=True,
        )
        self.journal.kept_custody[guest] = Custody(guest=guest, block=hold, version="0")
        return guest

    def reported(self, days_ago: int = 1) -> None:
        """A report that an enforcing run needs."""
        run = RunId(f"report-{days_ago}")
        guests = self.graph.world.store.of_type("Guest").alive
        at = self.clock() - days_ago * DAY
        report = Run(
            id=run, state=State.DONE, mode=Mode.REPORT, started=at, finished=at, guests=guests
        )
        self.journal.kept_runs[run] = report

    def ago(self, days: int) -> str:
        return f"{self.clock() - days * DAY:%Y-%m-%dT%H:%M:%SZ}"

    def fails(self, path: str, method: str = "GET", **how: Any) -> None:
        self.graph.world.faults.rules.append(Fault(method=method, path=path, **how))

    def terms(self, **changes: Any) -> None:
        self.policy.now = replace(POLICY, lifecycle=replace(WIDE, **changes))

    # The night

    async def sweep(self) -> Run:
        return await self.sweeping.go_on()

    async def deliver(self) -> None:
        """Until nothing waits; a process that dies is started again."""
        while self.dispatch.bodies:
            await self._deliver(self.dispatch.bodies.pop(0))

    async def _deliver(self, body: bytes) -> None:
        for _ in range(TRIES):
            try:
                return await self.departing.depart(*wire.read_departure(body))
            except TryLater as wait:
                self.clock.advance(wait.after)
            except Died:
                continue
            except Refused:
                return None
        return None

    async def whole(self) -> Run:
        run = await self.sweep()
        await self.deliver()
        return run

    async def through_deaths(self) -> None:
        """Turn after turn, as the timer and the queue bring them, until nothing is left."""
        for _ in range(TRIES):
            try:
                await self.sweep()
            except Died:
                continue
            await self.deliver()

    # What the tests ask

    def user(self, name: str) -> Any:
        return self.graph.world.store.with_mail(f"{name}@partner.example")[0]

    def enabled(self) -> set[str]:
        everyone = self.graph.world.store.of_type("Guest").walk()
        return {one.displayName or "" for one in everyone if one.accountEnabled}

    def deleted(self) -> set[str]:
        return {one.displayName or "" for one in self.graph.world.store.bin.values()}

    @property
    def writes(self) -> int:
        return int(self.graph.world.counters.shown()["writes"])

    def findings(self, run: Run) -> str:
        return self.files.text("reports", f"sweeps/{run.id}/findings.csv")

    def endings(self) -> dict[str, str]:
        """By name of the guest: how the last action on it ended."""
        found = {}
        for one in self.journal.kept_actions.values():
            reason = one.outcome.reason if one.outcome else None
            ending = str(one.outcome.ending) if one.outcome else "pending"
            words = f"{one.kind} {ending}" + (f" {reason.code}" if reason else "")
            found[one.address.partition("@")[0]] = words
        return found


@asynccontextmanager
async def night(roles: Sequence[str] = ROLES, **settings: Any) -> AsyncIterator[Night]:
    """A tenant with a boss and nobody else."""
    seed = {"users": [{"mail": BOSS, "userType": "Member"}]}
    async with Directory.running(seed=seed, quotas=False, **settings) as graph:
        yield Night(graph, roles)


def faulty() -> Reason:
    return Reason("policy_faulty", "The policy has faults.")


def give_package(dark: Night, name: str) -> None:
    """By somebody else, and without an end."""
    policy = {"displayName": f"P {name}", "assigned": [dark.user(name).id]}
    plant(dark.graph.world, {"accessPackages": [{"displayName": name, "policies": [policy]}]})
