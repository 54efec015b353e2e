"""A tenant with guests of every kind on the wire, and a census of it; the rest is in memory."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from b2b.adapters.graph.census import GraphRegister
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.listing import GraphRoll
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.adapters.report.page import draw
from b2b.domain.activity import Summary, month_of
from b2b.domain.finding import Finding
from b2b.domain.guest import GuestId, GuestRecord, Standing
from b2b.domain.lifecycle import ActionId, Custody, Hold, Rule, RunId
from b2b.domain.pace import Pace
from b2b.domain.policy import Partner, PartnerDomain, Policy
from b2b.domain.request import Address, RequestId
from b2b.flows.census import Census
from sandbox.directory import Directory
from sandbox.directory.faults import Fault
from sandbox.directory.newcomers import identity_of
from sandbox.directory.seed import plant
from tests.adapters.standin import SCOPE, Token
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Footing
from tests.fakes.journal import FakeJournal
from tests.fakes.ledger import FakeLedger
from tests.fakes.policy import FakePolicy

ROLES = (
    *("User.Read.All", "AuditLog.Read.All", "RoleManagement.Read.Directory"),
    "GroupMember.Read.All",
)
ROLE = "62e90394-69f5-4237-9190-012177145e10"
ADMINS = "00000000-0000-4000-8000-0000000000ad"
BOSS, LEFT = "boss@home.example", "left@home.example"
DAY = timedelta(days=1)
PAGE = 3  # accounts: a list of many pages
HOSTILE = '"><script>alert(1)</script>'
FORMULA = '=HYPERLINK("https://evil.example","click")'
POLICY = Policy(
    version="v1",
    own_domains=("home.example",),
    partners=(
        Partner(name="Fabrikam", domains=(PartnerDomain("fabrikam.example", subdomains=True),)),
        Partner(name="Café Contoso", domains=(PartnerDomain("contoso.example"),), sponsor=BOSS),
    ),
)


@dataclass(slots=True)
class Scene:
    """`run` is one turn of the timer; `text` what it left in `reports`."""

    graph: Directory
    clock: FakeClock
    files: FakeFiles
    ledger: FakeLedger
    journal: FakeJournal
    policy: FakePolicy
    census: Census
    active: dict[date, Summary] = field(default_factory=dict)
    troubled: list[Finding] = field(default_factory=list)  # what the export finds

    def guest(
        self, mail: str, *, seen: int | None = None, born: int = 400, **given: Any
    ) -> GuestId:
        """`seen`, `born`: days ago."""
        user: dict[str, Any] = {"mail": mail, "createdDateTime": self.ago(born)}
        if seen is not None:
            user["signInActivity"] = {"lastSignInDateTime": self.ago(seen)}
        plant(self.graph.world, {"users": [user | given]})
        return GuestId(identity_of(mail))

    def promised(
        self, mail: str, end: int | None = 200, *, sponsor: str = BOSS, **given: Any
    ) -> GuestId:
        """A managed guest. `end`: days from today to the last day of the stay."""
        guest = self.guest(mail, **given)
        record = GuestRecord(
            address=Address(mail),
            standing=Standing.INVITED,
            request=RequestId("r"),
            since=self.clock() - 400 * DAY,
            guest=guest,
            partner="Fabrikam",
            sponsor=sponsor,
            expires_on=None if end is None else (self.clock() + end * DAY).date(),
            version="0",
        )
        self.ledger.guests[record.address] = record
        return guest

    def blocked_by_us(self, mail: str) -> None:
        guest = self.promised(mail, -10, accountEnabled=False)
        action = ActionId("b" * 32)
        hold = Hold(at=self.clock(), run=RunId("old"), action=action, rule=Rule.EXPIRED, sure=True)
        self.journal.kept_custody[guest] = Custody(guest=guest, block=hold, version="0")

    def goes(self, mail: str) -> None:
        """Into the recycle bin."""
        user = self.graph.world.store.with_mail(mail)[0]
        self.graph.world.store.discard(user, self.ago(0))

    def holds_role(self, mail: str, where: str = "roleAssignments") -> None:
        plant(self.graph.world, {where: [{"principalId": mail, "roleDefinitionId": ROLE}]})

    def holds_role_by_group(self, mail: str) -> None:
        group = {"id": ADMINS, "displayName": "Admins", "isAssignableToRole": True}
        plant(self.graph.world, {"groups": [group | {"members": [mail]}]})
        self.holds_role(ADMINS)

    def fails(self, path: str, **how: Any) -> None:
        self.graph.world.faults.rules.append(Fault(method="GET", path=path, **how))

    def ago(self, days: int) -> str:
        return f"{self.clock() - days * DAY:%Y-%m-%dT%H:%M:%SZ}"

    def active_guests(self, number: int, *, partial: bool = False) -> None:
        """What the export knows of this month."""
        self.active[self.today.replace(day=1)] = Summary(
            month=month_of(self.today),
            active_guests=number,
            through_until=self.clock(),
            partial=partial,
        )

    async def run(self) -> bool:
        return await self.census.go_on()

    @property
    def today(self) -> date:
        return self.clock().date()

    def text(self, name: str) -> str:
        return self.files.text("reports", f"census/{self.today}/{name}")

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text("census.json"))
        return found

    def left(self) -> set[str]:
        return {name for where, name in self.files.blobs if where == "reports"}

    def requests(self) -> dict[str, int]:
        found: dict[str, int] = self.graph.world.counters.shown()["byOperation"]
        return found


@asynccontextmanager
async def scene(
    roles: Sequence[str] = ROLES, page: int = PAGE, **settings: Any
) -> AsyncIterator[Scene]:
    """A tenant with a boss, one who left, and nobody else."""
    members = [
        {"mail": BOSS, "userType": "Member"},
        {"mail": LEFT, "userType": "Member", "accountEnabled": False},
    ]
    async with Directory.running(seed={"users": members}, quotas=False, **settings) as graph:
        yield _scene(graph, roles, page)


def _scene(graph: Directory, roles: Sequence[str], page: int) -> Scene:
    clock = FakeClock(datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0))
    footing = Footing()
    ledger = FakeLedger(footing)
    journal, files, policy = FakeJournal(ledger, footing), FakeFiles(footing), FakePolicy(POLICY)
    active: dict[date, Summary] = {}
    troubled: list[Finding] = []

    async def pause(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    async def export(month: date) -> Summary | None:
        return active.get(month.replace(day=1))

    async def troubles() -> Sequence[Finding]:
        return troubled

    fast = {budget: Pace(rate=1000, fastest=1000) for budget in Budget}
    adapter = connect(Token(graph.token(*roles)), graph.url, SCOPE)
    pacing = Pacing(lambda: clock().timestamp(), pause, fast)
    census = Census(
        register=GraphRegister(adapter, pacing, page=page),
        roll=GraphRoll(adapter, pacing, page=page),
        journal=journal,
        files=files,
        policy=policy,
        active=export,
        export=troubles,
        draw=draw,
        clock=clock,
        pause=pause,
        turn=timedelta(minutes=8),
    )
    return Scene(graph, clock, files, ledger, journal, policy, census, active, troubled)


def fill(now: Scene) -> None:
    """Guests of every kind, members that look alike, a program, and hostile names."""
    now.promised("in.order@fabrikam.example", seen=1)
    now.promised("sub@mail.fabrikam.example", seen=40, born=29)
    now.promised("ends.soon@fabrikam.example", 10, seen=5)
    now.promised("over@fabrikam.example", -3, seen=20)
    now.promised("alone@fabrikam.example", sponsor=LEFT, seen=200)
    now.promised("nobodys@fabrikam.example", None, sponsor="", seen=3)
    now.promised("waiting@fabrikam.example", born=70, externalUserState="PendingAcceptance")
    now.promised("fresh@fabrikam.example", born=3, externalUserState="PendingAcceptance")
    now.blocked_by_us("blocked.by.us@fabrikam.example")
    now.guest("blocked.by.others@contoso.example", accountEnabled=False, seen=400)
    now.guest("unmanaged@contoso.example", seen=8)
    now.guest("never.seen@contoso.example")
    now.guest("stranger@elsewhere.example", seen=2, displayName=HOSTILE)
    now.guest("formula@elsewhere.example", displayName=FORMULA, seen=1)
    now.guest("admin@contoso.example", seen=1)
    now.holds_role("admin@contoso.example")
    now.guest("may.be.admin@contoso.example", seen=1)
    now.holds_role("may.be.admin@contoso.example", "roleEligibilities")
    now.guest("internal@home.example", seen=1)  # one of our own, made a guest
    now.guest("binned@contoso.example", deletedDateTime=now.ago(2))
    now.guest("member.alike@fabrikam.example", userType="Member", seen=1)
    now.guest("binned.member@fabrikam.example", userType="Member", deletedDateTime=now.ago(2))
    agent: dict[str, Any] = {"@odata.type": "#microsoft.graph.agentUser", "userType": "Guest"}
    now.guest("agent@fabrikam.example", **agent)
