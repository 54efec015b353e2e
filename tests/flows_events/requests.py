"""Files and messages beside nights of the sweep, over one tenant of the stand-in."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from b2b import outside, wire
from b2b.domain.errors import Refused, TryLater
from b2b.domain.policy import UPLOADS, Partner, PartnerDomain, Policy
from b2b.domain.request import GroupId, TenantId
from b2b.flows.asking import Asking
from b2b.flows.assignment import Assigning
from b2b.flows.file_brakes import FileBrakes
from b2b.flows.intake import Intake
from b2b.flows.results import Results
from sandbox.directory.seed import plant
from tests.fakes.access_removals import FakeAccessRemovals
from tests.fakes.footing import Died, Footing
from tests.fakes.queues import ASSIGNMENTS, INVITATIONS, FakeQueues, Letter
from tests.flows_events.evening import PORTAL, Evening
from tests.flows_sweep.night import BOSS, ROLES, TRIES, WIDE, Night, night

TENANT = TenantId("t")
OTHER_PORTAL = "other-portal"
SECOND_BOSS = "second@home.example"
GROUP = GroupId("00000000-0000-4000-8000-0000000000a1")
WRITES = ("User.Invite.All", "GroupMember.ReadWrite.All")
POLICY = Policy(
    version="v1",
    own_domains=("home.example",),
    partners=(
        Partner(
            name="Partner",
            domains=(PartnerDomain("partner.example"),),
            sponsor=BOSS,
            senders=frozenset({UPLOADS, PORTAL, OTHER_PORTAL}),
            groups={"Aurora": GROUP},
        ),
    ),
    lifecycle=WIDE,
)


@dataclass
class Requests:
    """`drop` is a file, `send` a message; both end when no message is left in a queue."""

    night: Night
    asking: Asking
    assigning: Assigning
    intake: Intake
    results: Results
    queues: FakeQueues
    files: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, dark: Night) -> "Requests":
        evening = Evening.of(dark)
        onboarding = evening.asking.onboarding
        queues = onboarding.queues
        assert isinstance(queues, FakeQueues)
        onboarding = replace(onboarding, bring_back=dark.taking_back.bring_back)
        return cls(
            dark,
            replace(evening.asking, onboarding=onboarding),
            Assigning(
                directory=onboarding.directory,
                packaging=onboarding.packaging,
                removals=FakeAccessRemovals(Footing()),
                ledger=onboarding.ledger,
                queues=queues,
                policy=dark.policy,
                clock=dark.clock,
            ),
            Intake(
                files=dark.files,
                ledger=dark.ledger,
                queues=queues,
                policy=dark.policy,
                brakes=FileBrakes(braking=evening.braking, ledger=dark.ledger),
                clock=dark.clock,
                tenant=TENANT,
            ),
            Results(files=dark.files, ledger=dark.ledger),
            queues,
        )

    async def drop(self, name: str, cells: Mapping[str, str]) -> None:
        """A file with one row. Dropped again under the same name it is a newer version."""
        lines = [",".join(cells), ",".join(cells.values())]
        self.night.files.put("uploads", name, "\n".join(lines).encode())
        await self._alive(lambda: self.intake.take_in(name))
        await self.deliver()

    async def send(self, body: Mapping[str, Any]) -> None:
        raw = json.dumps(body).encode()
        letter = Letter(INVITATIONS, f"m-{len(raw)}-{self.night.clock()}", raw, self.night.clock())
        self.queues.letters.append(letter)
        await self.deliver()

    async def deliver(self) -> None:
        while (moment := self.queues.next_at()) is not None:
            self.night.clock.reach(moment)
            for letter in self.queues.take():
                await self._alive(lambda letter=letter: self._turn(letter))
        self.night.footing.dies_at = None

    async def _turn(self, letter: Letter) -> None:
        if letter.queue == ASSIGNMENTS:
            assignment = wire.read_assignment(letter.body)
            for wait in (await self.assigning.assign([assignment])).values():
                raise wait
        elif letter.queue != INVITATIONS:
            await self.results.publish(wire.read_publish(letter.body))
        elif b'"sender"' in letter.body:
            await self.asking.obey(outside.read_invitation(letter.body, TENANT))
        else:
            await self.asking.onboarding.onboard(wire.read_request(letter.body, TENANT))

    async def _alive(self, act: Any) -> None:
        """Again after a death, and after a pause; refused messages are set aside."""
        for _ in range(TRIES):
            try:
                await act()
            except Died:
                continue
            except TryLater as wait:
                self.night.clock.advance(wait.after + timedelta(seconds=1))
                continue
            except Refused:
                return
            return


@asynccontextmanager
async def requests() -> AsyncIterator[Requests]:
    """Two sponsors, one colleague with an address of the partner's, and one group."""
    async with night((*ROLES, *WRITES)) as dark:
        dark.policy.now = POLICY
        member = {"mail": "colleague@partner.example", "userType": "Member"}
        second = {"mail": SECOND_BOSS, "userType": "Member"}
        group = {"displayName": "Aurora", "id": GROUP}
        plant(dark.graph.world, {"users": [second, member], "groups": [group]})
        yield Requests.of(dark)
